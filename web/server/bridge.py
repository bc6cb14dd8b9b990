"""ASGI-to-WSGI bridge: uvicorn's event loop calls the Flask application in thread pools."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.exceptions import ClientDisconnected, HTTPException, ServiceUnavailable

from library.translation import mark
from web.server.adaptive_chunk_size import ChunkSizer, LargeChunkLimit
from web.server.request_body import Body, BodyStream, Receive
from web.server.timeouts import Timeouts
from web.server.wsgi_call import Application, WsgiResponse
from web.server.wsgi_environ import environ_of

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_THREADS = 8
BODY_THREADS = 32  # maximum number of concurrent requests with a streamed body
BODIES_OF_ONE_ADDRESS = 16
SENDING_THREADS = 4  # read the next chunk of long responses
SENDING_SECONDS = 120.0  # timeout for a client to receive one chunk of `STEP` bytes
START, BODY = "http.response.start", "http.response.body"
CLOSE = (b"connection", b"close")
SIGN_OF_LIFE = "/healthz"
BUSY = mark("Too many uploads are in progress. Try again in a minute.")


class Bridge:
    """ASGI application that calls a WSGI application in threads.

    Page threads do not wait for slow clients. A small body is received completely before a page
    thread starts. A large body is read by a thread of a separate pool. The event loop sends the
    responses. The health check has its own thread, so it responds while all other threads are busy.

    Args:
        app: WSGI application.
        trusted_proxies: Number of trusted reverse proxies. With 0, proxy headers are removed.
    """

    def __init__(self, app: Application, *, trusted_proxies: int = 0) -> None:
        self._app = app
        self._trusted = trusted_proxies
        self.patience = Timeouts()
        self._pages = ThreadPoolExecutor(PAGE_THREADS, "page")
        self._bodies = ThreadPoolExecutor(BODY_THREADS, "body")
        self._sending = ThreadPoolExecutor(SENDING_THREADS, "sending")
        self._signs = ThreadPoolExecutor(1, "healthz")
        self._paces = LargeChunkLimit()
        self._arriving: list[str] = []  # one client address for each body that is being streamed

    def close(self) -> None:
        """Shut down the thread pools. Block until running calls have finished."""
        for pool in (self._pages, self._bodies, self._sending, self._signs):
            pool.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI HTTP request."""
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
        """Handle a request whose body the application reads while it is received.

        Raises:
            ServiceUnavailable: All body threads are in use, or the client address uses
                `BODIES_OF_ONE_ADDRESS` threads already.
        """
        address = environ["REMOTE_ADDR"]
        self._arriving.append(address)
        try:
            # Behind a proxy, all clients have the address of the proxy.
            limited = not self._trusted and address not in {"127.0.0.1", "::1"}
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
        """Call the application and send its response."""
        loop = asyncio.get_running_loop()
        answer = WsgiResponse(self._app, environ)
        try:
            piece = await loop.run_in_executor(pool, answer.begin)
            headers = answer.headers if body.complete else [*answer.headers, CLOSE]
            await send({"type": START, "status": answer.status, "headers": headers})
            await self._deliver(answer, piece, receive, send)
        except TimeoutError:
            log.info("%s: the client did not receive the response in time", environ["PATH_INFO"])
        finally:
            if answer.closing:
                await loop.run_in_executor(self._sending, answer.close)

    async def _deliver(
        self, answer: WsgiResponse, piece: bytes, receive: Receive, send: Send
    ) -> None:
        """Send the response body at the speed of the client, with one chunk of read-ahead.

        Raises:
            TimeoutError: The client received nothing in time, or the server is closing.
        """
        loop = asyncio.get_running_loop()
        disconnected = asyncio.ensure_future(_left(receive)) if not answer.ended else None
        pace, coming = ChunkSizer(self._paces), None
        try:
            while True:
                if not answer.ended:
                    coming = loop.run_in_executor(self._sending, answer.more, pace.size)
                async with self.patience.within(SENDING_SECONDS * pace.pieces):
                    await send({"type": BODY, "body": piece, "more_body": coming is not None})
                if coming is None or (disconnected is not None and disconnected.done()):
                    return
                pace.sent(len(piece))
                piece, coming = await coming, None
        finally:
            if coming is not None:
                await asyncio.wait([coming])
            self._paces.leave(pace)


async def _left(receive: Receive) -> None:
    """Wait until the client has disconnected. Discard all bytes that it sends until then."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(error: HTTPException, send: Send) -> None:
    """Send an error response without calling the application, and close the connection."""
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
