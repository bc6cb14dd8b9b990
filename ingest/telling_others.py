"""The worker tells other programs what happened: webhooks, one after the other."""

import http.client
import socket
import ssl
from contextlib import closing

from library import webhooks
from library.errors import InvalidInputError
from library.models import Delivery, now
from library.outside import Outside, reach
from library.store import Library

PATIENCE = 10.0  # seconds for each step of an answer
MOST_READ = 4096  # bytes of an answer; only its status counts


class Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, whatever the name means a moment later."""

    def __init__(self, to: Outside) -> None:
        super().__init__(to.host, to.port, timeout=PATIENCE)
        self._to = to

    def connect(self) -> None:
        """Connect to the address; the certificate must be the name's."""
        sock: socket.socket = socket.create_connection((self._to.ip, self._to.port), PATIENCE)
        if self._to.https:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._to.host)
        self.sock = sock


class Messenger:
    """Sends what is due, and keeps how it went."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def send_due(self) -> int:
        """Send all that is due now; gives how much that was."""
        with self._library.reading() as db:
            waiting = [(row, row.webhook) for row in webhooks.due(db)]
        for delivery, _ in waiting:
            status, error = self._send(delivery)
            with self._library.transaction() as db:
                webhooks.settle(db, delivery.id, status=status, error=error)
        return len(waiting)

    def _send(self, delivery: Delivery) -> tuple[int | None, str]:
        """The status of the answer; where there is none, why."""
        settings = self._library.settings
        try:
            to = reach(delivery.webhook.url, webhooks.allowed_hosts(settings))
        except InvalidInputError as error:
            return None, str(error)
        try:
            body, headers = webhooks.signed(settings, delivery, now())
            with closing(Pinned(to)) as connection:
                connection.request("POST", to.target, body, headers)
                answer = connection.getresponse()
                answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            return None, f"{to.host} did not answer: {str(error) or type(error).__name__}"
        # A redirection is an answer like any other that is not 2xx: it is not followed.
        return answer.status, ""
