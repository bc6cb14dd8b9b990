"""Who speaks in a session, from a program: named, confirmed, or the reason why nobody is."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import session_to_edit
from library.accounts import people
from library.consent import release_holds
from library.editing import speaker_naming
from library.models import MentoringSession
from library.store import Transaction
from web import release_words
from web import speaker_naming as acts
from web.context import library, viewer
from web.speaker_naming import Wish
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.speaker_schemas import SpeakersSaidSchema, SpeakersSchema

bp = Blueprint("api_speakers", __name__, url_prefix="/api/v1/sessions", description="Who speaks.")

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/speakers")
@bp.response(200, SpeakersSchema)
def index(session_id: int) -> Answer:
    """The speakers of a session, and what is not known about them yet."""
    with library().reading() as db:
        return _answer(_written(db, session_to_edit(db, viewer(), session_id)))


@bp.post("/<int:session_id>/speakers")
@bp.doc(parameters=[MATCH])
@bp.arguments(SpeakersSaidSchema)
@bp.response(200, SpeakersSchema)
def say(given: dict[str, Any], session_id: int) -> Answer:
    """Name speakers, confirm names from a file, or give a reason why nobody is named.

    Everyone who is named is asked to agree, and can then see the session.
    """
    with library().reading() as db:
        require_match(tag_of(_written(db, session_to_edit(db, viewer(), session_id))))
    acts.carry_out(session_id, [Wish(**one) for one in given["speakers"]])
    with library().reading() as db:
        return _answer(_written(db, session_to_edit(db, viewer(), session_id)))


def _answer(content: dict[str, Any]) -> Answer:
    return content, 200, {"ETag": tag_of(content)}


def _written(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    known = release_holds.look(db, session)
    holds = {(hold.source_id, hold.label): hold for hold in known.holds}
    first = speaker_naming.first_segments(db, session)
    names = people.names(db, [one.person_id for one in known.speakers])
    listed = []
    for one in known.speakers:
        if one.note:
            continue
        place, identity = (one.source_id, one.label), one.identity
        segment, hold = first.get(place), holds.get(place)
        listed.append(
            {
                "source_id": one.source_id,
                "label": one.label,
                "hold": hold.kind if hold else None,
                "person_id": one.person_id,
                "name": names.get(one.person_id or 0, ""),
                "origin": identity.origin if identity else None,
                "excuse": identity.excuse if identity else None,
                "confirmed_at": identity.confirmed_at if identity else None,
                "first_words": segment.text[:300] if segment else "",
                "start": segment.start if segment else None,
            }
        )
    return {
        "session_id": session.id,
        "release": session.release,
        "words": release_words.now(db, session),
        "speakers": listed,
        "holds": known.holds if session.visibility.needs_release else [],
        "links": {
            "self": url_for("api_speakers.index", session_id=session.id),
            "release": url_for("api_releases.one", session_id=session.id),
            "page": url_for("speakers.page", session_id=session.id),
        },
    }
