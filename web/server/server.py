"""Web server process: uvicorn on one listening socket until SIGINT or SIGTERM."""

import logging
import socket
from functools import partial
from typing import Any

import uvicorn

from web.server.bridge import Bridge
from web.server.connections import Connection, ConnectionLimit, allow_connections
from web.server.wsgi_call import Application

KEEP_ALIVE = 75  # seconds; longer than the keep-alive timeout of nginx
LAST_SECONDS = 60  # for running requests to finish when the server closes


class Server(uvicorn.Server):
    """uvicorn server for one WSGI application, with graceful shutdown on a signal."""

    def __init__(self, app: Application, *, trusted_proxies: int = 0) -> None:
        self._bridge = Bridge(app, trusted_proxies=trusted_proxies)
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                self._bridge,
                loop="asyncio",
                http=partial(Connection, limit=ConnectionLimit(allow_connections())),  # type: ignore[arg-type]
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # `web.security` handles these headers
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=LAST_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting connections, shorten the timeouts and wait for running requests."""
        self._bridge.patience.leave()
        await super().shutdown(sockets)

    def serve_on(self, listener: socket.socket) -> None:
        """Serve on a bound socket until the server closes.

        uvicorn raises the received signal again after closing. An exception of the signal handler
        is passed on to the caller.
        """
        try:
            self.run(sockets=[listener])
        finally:
            self._bridge.close()


def serve(app: Any, listener: socket.socket, *, trusted_proxies: int = 0) -> None:
    """Serve *app* on a bound socket until SIGINT or SIGTERM."""
    Server(app, trusted_proxies=trusted_proxies).serve_on(listener)
