"""The bridge from uvicorn's event loop to the Flask application, which runs in threads."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.exceptions import ClientDisconnected, HTTPException, ServiceUnavailable

from web.server.answers import Answer, Application
from web.server.bodies import Body, BodyStream, Receive
from web.server.environ import environ_of
from web.server.paces import Pace, Paces
from web.server.patience import Patience

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_THREADS = 8
BODY_THREADS = 32  # requests at once whose body is still on its way
BODIES_OF_ONE_ADDRESS = 16
SENDING_THREADS = 4  # read the next piece of long answers
SENDING_SECONDS = 120.0  # for a client to take a piece of the usual size
START, BODY = "http.response.start", "http.response.body"
CLOSE = (b"connection", b"close")
SIGN_OF_LIFE = "/healthz"
BUSY = "Many files are arriving at this moment. Try again in a minute."


class Bridge:
    """An ASGI application that calls a WSGI one.

    Threads never wait for slow clients: a small body is complete before a page thread begins,
    a large one is read by a thread of its own pool, and answers are sent by the event loop. The
    sign of life has its own thread, so that it answers while all others are busy.

    Args:
        app: the WSGI application.
        trusted_proxies: number of proxies in front; with none, headers of proxies are removed.
    """

    def __init__(self, app: Application, *, trusted_proxies: int = 0) -> None:
        self._app = app
        self._trusted = trusted_proxies
        self.patience = Patience()
        self._pages = ThreadPoolExecutor(PAGE_THREADS, "page")
        self._bodies = ThreadPoolExecutor(BODY_THREADS, "body")
        self._sending = ThreadPoolExecutor(SENDING_THREADS, "sending")
        self._signs = ThreadPoolExecutor(1, "healthz")
        self._paces = Paces()
        self._arriving: list[str] = []  # addresses of the bodies that are on their way

    def close(self) -> None:
        """Wait until the threads have finished what they do."""
        for pool in (self._pages, self._bodies, self._sending, self._signs):
            pool.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = environ_of(scope, trusted_proxies=self._trusted)
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            chunked = "HTTP_TRANSFER_ENCODING" in environ
            if chunked:
                environ.pop("CONTENT_LENGTH", None)
            body = Body(receive, None if chunked else length, self.patience)
            whole = None
            if "HTTP_EXPECT" not in environ or (not length and not chunked):
                whole = await body.gather(chunked=chunked)
            if whole is None:
                await self._streamed(environ, body, receive, send)
                return
            if chunked:
                environ["CONTENT_LENGTH"] = str(len(whole))
            environ["wsgi.input"] = io.BytesIO(whole)
            pool = self._signs if environ["PATH_INFO"] == SIGN_OF_LIFE else self._pages
            await self._answer(environ, pool, body, receive, send)
        except ClientDisconnected:
            return
        except HTTPException as error:
            await _refuse(error, send)

    async def _streamed(
        self, environ: dict[str, Any], body: Body, receive: Receive, send: Send
    ) -> None:
        """Answer a request whose body the application reads from the connection."""
        address = environ["REMOTE_ADDR"]
        self._arriving.append(address)
        try:
            limited = not self._trusted and address not in {"127.0.0.1", "::1"}  # else a proxy's
            if len(self._arriving) > BODY_THREADS or (
                limited and self._arriving.count(address) > BODIES_OF_ONE_ADDRESS
            ):
                raise ServiceUnavailable(BUSY, retry_after=10)
            environ["wsgi.input"] = BodyStream(body, asyncio.get_running_loop())
            await self._answer(environ, self._bodies, body, receive, send)
        finally:
            self._arriving.remove(address)

    async def _answer(
        self,
        environ: dict[str, Any],
        pool: ThreadPoolExecutor,
        body: Body,
        receive: Receive,
        send: Send,
    ) -> None:
        """Call the application and send what it gives."""
        loop = asyncio.get_running_loop()
        answer = Answer(self._app, environ)
        try:
            piece = await loop.run_in_executor(pool, answer.begin)
            headers = answer.headers if body.complete else [*answer.headers, CLOSE]
            await send({"type": START, "status": answer.status, "headers": headers})
            await self._deliver(answer, piece, receive, send)
        except TimeoutError:
            log.info("%s was not taken in time", environ["PATH_INFO"])
        finally:
            if answer.closing:
                await loop.run_in_executor(self._sending, answer.close)

    async def _deliver(self, answer: Answer, piece: bytes, receive: Receive, send: Send) -> None:
        """Send the body of an answer as fast as the client takes it; read one piece ahead.

        Raises:
            TimeoutError: the client takes nothing, or the server is closing.
        """
        loop = asyncio.get_running_loop()
        gone = asyncio.ensure_future(_left(receive)) if not answer.ended else None
        pace, coming = Pace(self._paces), None
        try:
            while True:
                if not answer.ended:
                    coming = loop.run_in_executor(self._sending, answer.more, pace.size)
                async with self.patience.within(SENDING_SECONDS * pace.pieces):
                    await send({"type": BODY, "body": piece, "more_body": coming is not None})
                if coming is None or (gone is not None and gone.done()):
                    return
                pace.sent(len(piece))
                piece, coming = await coming, None
        finally:
            if coming is not None:
                await asyncio.wait([coming])
            self._paces.leave(pace)


async def _left(receive: Receive) -> None:
    """Return when the client has left; what it still sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(error: HTTPException, send: Send) -> None:
    """Answer a request that the application was not asked about."""
    words = (error.description or error.name).encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(words)).encode()),
        CLOSE,
    ]
    if isinstance(error, ServiceUnavailable):
        headers.append((b"retry-after", b"10"))
    await send({"type": START, "status": error.code or 500, "headers": headers})
    await send({"type": BODY, "body": words, "more_body": False})
