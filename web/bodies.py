"""The largest body of each route, and who may send it: decided from the head of a request.

The form token that proves a request to be wanted stands in the body, so all of this comes first.
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
from library.consent.asked import session_to_note
from library.errors import NotAllowedError, NotReadyError, StorageFullError, TooLargeError
from web.context import library, viewer

MIB = 1024 * 1024
OF_GUESTS = 64 * 1024  # bytes; guests only send the sign-in form and the like
SMALL = MIB  # bytes; for every route that is not in `RULES`
FORM_OVERHEAD = 8 * MIB  # bytes of fields around a file; also of forms that hold many words
TRANSCRIPT = 64 * MIB  # bytes of a transcript file with the times of its words
FORMS_AT_ONCE = 4  # largest files that forms may hold in temporary files together
READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A route that takes more than `SMALL` bytes.

    Attributes:
        most: bytes; None: a file as large as the library takes, and its form.
        require: raises for a viewer who may not send them; gets what the address names.
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


class Arriving:
    """Bytes of forms that may lie in temporary files at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0

    def add(self, size: int, most: int) -> bool:
        """Count a form; False where that would be more than *most* bytes in all."""
        with self._lock:
            if self._bytes and self._bytes + size > most:
                return False
            self._bytes += size
            return True

    def remove(self, size: int) -> None:
        """Count a form no longer."""
        with self._lock:
            self._bytes -= size


_arriving = Arriving()


def init_app(app: Flask) -> None:
    """Give up the room of a form when its request is over."""

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        if size := g.pop("arriving", 0):
            _arriving.remove(size)


def suspect() -> None:
    """Let nothing read more than a guest may send, until it is known who asks."""
    request.max_content_length = OF_GUESTS


def judge() -> None:
    """Refuse a request whose body is not wanted, before a byte of it is read.

    Raises:
        NotAllowedError: the viewer may not send this.
        NotFoundError: what the address names does not exist for the viewer.
        TooLargeError: the body is larger than the route takes.
        StorageFullError: the disk has no room for it.
        NotReadyError: too many large forms are arriving at once.
        HTTPException: the address or its method does not exist.
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
        _require_room(request.content_length or most, FORMS_AT_ONCE * most)


def largest() -> int:
    """Return the bytes of the largest file, or else body, that this route takes, to be told."""
    most = request.max_content_length or 0
    return min(most, library().settings.max_upload_bytes)


def forget() -> None:
    """Leave the body unread, also by what looks at the request after it was refused."""
    request.environ["wsgi.input"] = io.BytesIO()
    request.environ["CONTENT_LENGTH"] = "0"
    request.__dict__.pop("content_length", None)


def has_body_of_unknown_size() -> bool:
    """Return whether a body comes whose size the head does not tell."""
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
        raise TooLargeError(f"This is larger than this address takes: up to {in_words(largest())}.")


def _require_room(size: int, most: int) -> None:
    """Keep room for a form's files: once as they arrive, once as they are kept."""
    if size > SMALL and library().files.free_bytes() < 2 * size:
        raise StorageFullError
    if not _arriving.add(size, most):
        raise NotReadyError("Many large files are arriving at this moment. Try again later.")
    g.arriving = size
