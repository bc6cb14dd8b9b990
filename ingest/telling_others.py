"""Delivery of webhooks by the worker: each receiver in a thread of its own, with a deadline."""

import http.client
import logging
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from library import webhooks
from library.errors import InvalidInputError, LibraryError
from library.models import Delivery, now
from library.outside import Outside, reach
from library.store import Library

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for each step of an answer
DEADLINE = 20.0  # seconds for the whole exchange, however slowly the answer trickles in
MOST_READ = 4096  # bytes of an answer; only its status counts


class Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name resolves to later."""

    def __init__(self, to: Outside) -> None:
        super().__init__(to.host, to.port, timeout=PATIENCE)
        self._to = to

    def connect(self) -> None:
        """Connect to the address; the certificate must be the name's."""
        sock: socket.socket = socket.create_connection((self._to.ip, self._to.port), PATIENCE)
        if self._to.https:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._to.host)
        self.sock = sock

    def break_off(self) -> None:
        """End the connection from another thread: whoever reads from it gets an error."""
        sock = self.sock
        if isinstance(sock, socket.socket):
            with suppress(OSError):  # it is closed already
                sock.shutdown(socket.SHUT_RDWR)


class Messenger:
    """Sends deliveries that are due and keeps the results.

    A receiver that is slow or does not answer delays its own deliveries only.
    """

    def __init__(self, library: Library, deadline: float = DEADLINE) -> None:
        self._library, self._deadline = library, deadline
        self._threads: dict[int, threading.Thread] = {}

    def send_due(self) -> None:
        """Begin to send everything that is due to receivers to which nothing is being sent."""
        self._threads = {hook: one for hook, one in self._threads.items() if one.is_alive()}
        waiting: dict[int, list[Delivery]] = defaultdict(list)
        with self._library.reading() as db:
            for row in webhooks.due(db, busy=list(self._threads)):
                waiting[row.webhook.id].append(row)
        for hook, rows in waiting.items():
            # A daemon: what a dying worker has not finished is sent again with the same number.
            thread = threading.Thread(
                target=self._send_all, args=(rows,), name=f"webhook-{hook}", daemon=True
            )
            self._threads[hook] = thread
            thread.start()

    def wait(self) -> None:
        """Wait until nothing is being sent."""
        for thread in self._threads.values():
            thread.join()

    def _send_all(self, rows: Sequence[Delivery]) -> None:
        try:
            for delivery in rows:
                status, error = self._send(delivery)
                with self._library.transaction() as db:
                    webhooks.settle(db, delivery.id, status=status, error=error)
        except LibraryError as error:  # a busy database: it is sent again, with the same number
            log.warning("webhooks: %s", error)
        except Exception:
            log.exception("webhooks: a delivery failed")

    def _send(self, delivery: Delivery) -> tuple[int | None, str]:
        """Return the status of the answer; where there is none, the reason."""
        settings = self._library.settings
        try:
            to = reach(delivery.webhook.url, webhooks.allowed_hosts(settings))
        except InvalidInputError as error:
            return None, str(error)
        try:
            body, headers = webhooks.signed(settings, delivery, now())
            with closing(Pinned(to)) as connection, self._ended_in_time(connection):
                connection.request("POST", to.target, body, headers)
                answer = connection.getresponse()
                answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            return None, f"{to.host} did not answer: {str(error) or type(error).__name__}"
        # A redirection is an answer like any other that is not 2xx: it is not followed.
        return answer.status, ""

    @contextmanager
    def _ended_in_time(self, connection: Pinned) -> Iterator[None]:
        """Break the connection off when the deadline is over."""
        timer = threading.Timer(self._deadline, connection.break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
