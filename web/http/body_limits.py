"""Request body limits and permissions per route, checked before the body is read.

The CSRF token is part of the body, so these checks must run before CSRF validation.
"""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request

from library import access
from library.access import Viewer
from library.capture.quota import in_words
from library.consent.requests import session_to_note
from library.errors import NotAllowedError, NotReadyError, StorageFullError, TooLargeError
from web.http.context import library, viewer

MIB = 1024 * 1024
OF_GUESTS = 64 * 1024  # bytes; guests send only small forms such as sign-in
SMALL = MIB  # bytes; for every route that is not in `RULES`
FORM_OVERHEAD = 8 * MIB  # bytes of form fields beside a file; also the limit of long text forms
TRANSCRIPT = 64 * MIB  # bytes of a transcript file with word times
FORMS_AT_ONCE = 4  # space for this number of maximum-size files is shared by all current forms
READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Body limit of a route that accepts more than `SMALL` bytes.

    Attributes:
        most: Maximum size in bytes. None means the maximum upload size plus `FORM_OVERHEAD`.
        require: Permission check. Called with the viewer and the URL variables; raises if the
            viewer may not send this request.
    """

    most: int | None
    require: Callable[[Viewer, dict[str, Any]], object]


def _adder(who: Viewer, _named: dict[str, Any]) -> None:
    if not who.may_add_sessions(members_may_upload=library().settings.members_may_upload):
        raise NotAllowedError("Only mentors and administrators can add sessions here.")


def _admin(who: Viewer, _named: dict[str, Any]) -> None:
    access.require_admin(who)


def _editor(who: Viewer, named: dict[str, Any]) -> None:
    with library().reading() as db:
        access.session_to_edit(db, who, named["session_id"])


def _participant(who: Viewer, named: dict[str, Any]) -> None:
    with library().reading() as db:
        session_to_note(db, who, named["session_id"])


def _curator(who: Viewer, named: dict[str, Any]) -> None:
    with library().reading() as db:
        access.require_curator(db, who, named["collection_id"])


RULES = {
    "add.create": Rule(most=None, require=_adder),
    "api_sessions.add": Rule(most=None, require=_adder),
    "uploads.append": Rule(most=None, require=_adder),
    "uploads.overridden": Rule(most=None, require=_adder),
    "mine.add_transcript": Rule(most=TRANSCRIPT, require=_editor),
    "notes.add": Rule(most=FORM_OVERHEAD, require=_participant),
    "api_notes.add": Rule(most=FORM_OVERHEAD, require=_participant),
    "correct.keep": Rule(most=FORM_OVERHEAD, require=_editor),
    "api_transcripts.put": Rule(most=FORM_OVERHEAD, require=_editor),
    "showcase.put_cover": Rule(most=FORM_OVERHEAD, require=_curator),
    "api_covers.put": Rule(most=FORM_OVERHEAD, require=_curator),
    "roster.bring": Rule(most=FORM_OVERHEAD, require=_admin),
    "api_people.take_in": Rule(most=FORM_OVERHEAD, require=_admin),
    "vocabulary.bring_in": Rule(most=FORM_OVERHEAD, require=_admin),
    "api_topics.bring_in": Rule(most=FORM_OVERHEAD, require=_admin),
}


class UploadReservations:
    """Thread-safe count of the bytes reserved for temporary files of current form uploads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0

    def add(self, size: int, most: int) -> bool:
        """Reserve *size* bytes. Return False if the total would exceed *most* bytes.

        The first reservation always succeeds.
        """
        with self._lock:
            if self._bytes and self._bytes + size > most:
                return False
            self._bytes += size
            return True

    def remove(self, size: int) -> None:
        """Release *size* reserved bytes."""
        with self._lock:
            self._bytes -= size


_arriving = UploadReservations()


def init_app(app: Flask) -> None:
    """Register the hook that releases the reserved bytes of a form at the end of its request."""

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        if size := g.pop("arriving", 0):
            _arriving.remove(size)


def apply_guest_limit() -> None:
    """Apply the body limit of guests to a request until its viewer is authenticated."""
    request.max_content_length = OF_GUESTS


def check_request() -> None:
    """Check permission and size of a request before its body is read.

    Raises:
        NotAllowedError: The viewer may not send this request.
        NotFoundError: The object in the URL does not exist, or the viewer may not see it.
        TooLargeError: The body exceeds the limit of the route.
        StorageFullError: The disk has too little free space for the body.
        NotReadyError: Too many large forms are being uploaded at the same time.
        HTTPException: The URL or the method does not exist.
    """
    if request.routing_exception is not None and request.method not in READING:
        raise request.routing_exception
    rule = RULES.get(request.endpoint or "") if request.method not in READING else None
    if rule is not None:
        rule.require(viewer(), request.view_args or {})
    most = _most(rule)
    request.max_content_length = most
    _require_fitting(most)
    if rule is not None and request.mimetype == "multipart/form-data":
        _require_capacity(request.content_length or most, FORMS_AT_ONCE * most)


def largest() -> int:
    """Return the largest file, in bytes, that the requested route accepts.

    Error messages name this number.
    """
    most = request.max_content_length or 0
    return min(most, library().settings.max_upload_bytes)


def discard_body() -> None:
    """Discard the unread body, so that no later handler of the rejected request reads it."""
    request.environ["wsgi.input"] = io.BytesIO()
    request.environ["CONTENT_LENGTH"] = "0"
    request.__dict__.pop("content_length", None)


def has_body_of_unknown_size() -> bool:
    """Return True if the request has a body but no Content-Length header."""
    return request.content_length is None and "Transfer-Encoding" in request.headers


def _most(rule: Rule | None) -> int:
    if not viewer().is_member:
        return OF_GUESTS
    if rule is None:
        return SMALL
    file = library().settings.max_upload_bytes + FORM_OVERHEAD
    return file if rule.most is None else rule.most


def _require_fitting(most: int) -> None:
    size = request.content_length or 0
    if size > most or (has_body_of_unknown_size() and not viewer().is_member):
        raise TooLargeError(
            "The request is too large. The limit is %(size)s.", size=in_words(largest())
        )


def _require_capacity(size: int, most: int) -> None:
    """Reserve *size* bytes for a form; all current forms together may reserve *most* bytes.

    The disk needs twice the size: each file is on it as a temporary and as a stored file.

    Raises:
        StorageFullError: The disk has too little free space.
        NotReadyError: Too many large forms are being uploaded at the same time.
    """
    if size > SMALL and library().files.free_bytes() < 2 * size:
        raise StorageFullError
    if not _arriving.add(size, most):
        raise NotReadyError("Too many large files are being uploaded. Try again later.")
    g.arriving = size
