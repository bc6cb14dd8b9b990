"""Delivery of webhooks by the worker, in one thread for each receiver, with a deadline."""

import http.client
import logging
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from library.errors import InvalidInputError, LibraryError
from library.models import Delivery, now
from library.notifications import webhooks
from library.notifications.ssrf import ResolvedHost, resolve_public
from library.store import Library
from library.translation import gettext

log = logging.getLogger(__name__)

PATIENCE = 10.0  # timeout of each socket operation in seconds
DEADLINE = 20.0  # seconds for the whole exchange, also if the response arrives slowly
MOST_READ = 4096  # bytes of a response; only its status is used


class PinnedHTTPConnection(http.client.HTTPConnection):
    """HTTP connection to the checked IP address, so that DNS rebinding cannot redirect it."""

    def __init__(self, to: ResolvedHost) -> None:
        super().__init__(to.host, to.port, timeout=PATIENCE)
        self._to = to

    def connect(self) -> None:
        """Connect to the checked IP address. With HTTPS, the certificate must match the host."""
        sock: socket.socket = socket.create_connection((self._to.ip, self._to.port), PATIENCE)
        if self._to.https:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._to.host)
        self.sock = sock

    def break_off(self) -> None:
        """Shut the socket down from another thread, so that pending reads end."""
        sock = self.sock
        if isinstance(sock, socket.socket):
            with suppress(OSError):  # already closed
                sock.shutdown(socket.SHUT_RDWR)


class WebhookSender:
    """Sender of due webhook deliveries. Stores the result of each delivery.

    A receiver that is slow or does not answer delays only its own deliveries.
    """

    def __init__(self, library: Library, deadline: float = DEADLINE) -> None:
        self._library, self._deadline = library, deadline
        self._threads: dict[int, threading.Thread] = {}

    def send_due(self) -> None:
        """Start one thread for each receiver that has due deliveries and no running thread."""
        self._threads = {hook: one for hook, one in self._threads.items() if one.is_alive()}
        waiting: dict[int, list[Delivery]] = defaultdict(list)
        with self._library.reading() as db:
            for row in webhooks.due(db, busy=list(self._threads)):
                waiting[row.webhook.id].append(row)
        for hook, rows in waiting.items():
            # Daemon: unfinished deliveries of a stopped worker are sent again with the same id.
            thread = threading.Thread(
                target=self._send_all, args=(rows,), name=f"webhook-{hook}", daemon=True
            )
            self._threads[hook] = thread
            thread.start()

    def wait(self) -> None:
        """Wait until all deliveries that were started have ended."""
        for thread in self._threads.values():
            thread.join()

    def _send_all(self, rows: Sequence[Delivery]) -> None:
        try:
            for delivery in rows:
                status, error = self._send(delivery)
                with self._library.transaction() as db:
                    webhooks.record_result(db, delivery.id, status=status, error=error)
        except LibraryError as error:  # busy database: sent again, with the same id
            log.warning("webhooks: %s", error)
        except Exception:
            log.exception("webhooks: a delivery failed")

    def _send(self, delivery: Delivery) -> tuple[int | None, str]:
        """Send one delivery. Return the HTTP status and "", or None and the error."""
        settings = self._library.settings
        try:
            to = resolve_public(delivery.webhook.url, webhooks.allowed_hosts(settings))
        except InvalidInputError as error:
            return None, str(error)
        try:
            body, headers = webhooks.signed_request(settings, delivery, now())
            with closing(PinnedHTTPConnection(to)) as connection, self._ended_in_time(connection):
                connection.request("POST", to.target, body, headers)
                answer = connection.getresponse()
                answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            return None, gettext(
                "%(host)s did not answer: %(reason)s",
                host=to.host,
                reason=str(error) or type(error).__name__,
            )
        # Redirects are not followed: they count as failed, as every status that is not 2xx.
        return answer.status, ""

    @contextmanager
    def _ended_in_time(self, connection: PinnedHTTPConnection) -> Iterator[None]:
        """Shut the connection down if the `with` block takes longer than the deadline."""
        timer = threading.Timer(self._deadline, connection.break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
