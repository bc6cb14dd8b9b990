"""The server itself: uvicorn over one listening socket, closed by a signal."""

import logging
import socket
from functools import partial
from typing import Any

import uvicorn

from web.server.answers import Application
from web.server.bridge import Bridge
from web.server.connections import Connection, Room, allow_connections

KEEP_ALIVE = 75  # seconds without a request; longer than nginx keeps its own connections
LAST_SECONDS = 60  # that running requests get when the server closes


class Server(uvicorn.Server):
    """Serves one application until a signal comes, and lets running requests finish."""

    def __init__(self, app: Application, *, trusted_proxies: int = 0) -> None:
        self._bridge = Bridge(app, trusted_proxies=trusted_proxies)
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                self._bridge,
                loop="asyncio",
                http=partial(Connection, room=Room(allow_connections())),  # type: ignore[arg-type]
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # the site reads them itself; see `web.security`
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=LAST_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections, and let what runs finish."""
        self._bridge.patience.leave()
        await super().shutdown(sockets)

    def serve_on(self, listener: socket.socket) -> None:
        """Serve on a bound socket; returns, or raises what its signal raises, when closed."""
        try:
            self.run(sockets=[listener])
        finally:
            self._bridge.close()


def serve(app: Any, listener: socket.socket, *, trusted_proxies: int = 0) -> None:
    """Serve *app* on a bound socket until SIGINT or SIGTERM."""
    Server(app, trusted_proxies=trusted_proxies).serve_on(listener)
