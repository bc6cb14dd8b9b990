"""API resource and schemas for the speakers of a session."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from library.access import session_to_edit
from library.accounts import people
from library.consent import release_holds
from library.models import HoldKind, MentoringSession, NameOrigin, Release, UnnamedReason
from library.speakers import naming
from library.speakers.naming import LONGEST_NAME
from library.speakers.unnamed_reasons import LONGEST_REASON
from library.store import Transaction
from library.translation import gettext
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.openapi.schemas import AN_ID, LINKS, CleanText, RequestSchema
from web.rendering import release_state_text
from web.speakers import speaker_edits as acts
from web.speakers.speaker_edits import MOST, SpeakerChange

WAYS = ("name", "excuse", "confirm", "reopen")


class ReleaseHoldSchema(Schema):
    """A reason why a session is not released yet, even if all speakers consent."""

    kind = fields.Enum(HoldKind, by_value=True)
    source_id = fields.Integer(
        allow_none=True, metadata={"description": "Null if the hold is about the whole session."}
    )
    label = fields.String(
        metadata={
            "description": "Speaker label in the transcript; empty for lines without a speaker."
        }
    )
    person_id = fields.Integer(
        allow_none=True,
        metadata={"description": "For an unconfirmed name: the assumed person."},
    )
    sentence = fields.String()


class SpeakerSchema(Schema):
    """A speaker of a transcript, with the name or with what is missing to identify the speaker."""

    source_id = fields.Integer()
    label = fields.String(
        metadata={"description": "Label in the transcript; empty for segments without a speaker."}
    )
    hold = fields.Enum(
        HoldKind,
        by_value=True,
        allow_none=True,
        metadata={"description": "What is missing; null if the speaker is identified."},
    )
    person_id = fields.Integer(allow_none=True)
    name = fields.String(metadata={"description": "Name of the person; empty if none."})
    origin = fields.Enum(
        NameOrigin,
        by_value=True,
        allow_none=True,
        metadata={"description": "Origin of the name."},
    )
    excuse = fields.Enum(
        UnnamedReason,
        by_value=True,
        allow_none=True,
        metadata={"description": "Reason why no name is needed."},
    )
    confirmed_at = fields.AwareDateTime(allow_none=True)
    first_words = fields.String()
    start = fields.Float(
        allow_none=True, metadata={"description": "Start of the first words, in seconds."}
    )


class SpeakersSchema(Schema):
    """The speakers of a session, and the reasons why it is not released yet."""

    session_id = fields.Integer()
    release = fields.Enum(Release, by_value=True)
    words = fields.String(metadata={"description": "State of the release as a sentence."})
    speakers = fields.List(fields.Nested(SpeakerSchema))
    holds = fields.List(fields.Nested(ReleaseHoldSchema))
    links = LINKS


class SpeakerSaidSchema(RequestSchema):
    """A change of one speaker: exactly one of name, excuse, confirm and reopen."""

    source_id = fields.Integer(required=True, validate=AN_ID)
    label = fields.String(required=True, validate=validate.Length(max=LONGEST_NAME))
    name = CleanText(validate=validate.Length(1, LONGEST_NAME))
    person_id = fields.Integer(
        validate=AN_ID,
        metadata={"description": "With a name that several people have: id of the person."},
    )
    somebody_else = fields.Boolean(
        metadata={"description": "With a name: true for a new person with this name."}
    )
    excuse = fields.Enum(UnnamedReason, by_value=True)
    reason = CleanText(
        validate=validate.Length(max=LONGEST_REASON),
        metadata={"description": "With an excuse: explanation for the consent ledger."},
    )
    confirm = fields.Boolean(metadata={"description": "True: the name in the file is right."})
    reopen = fields.Boolean(metadata={"description": "True: revoke an earlier excuse."})

    @validates_schema
    def _one_way(self, given: dict[str, Any], **_: Any) -> None:
        if sum(bool(given.get(way)) for way in WAYS) != 1:
            raise ValidationError(gettext("Send exactly one of name, excuse, confirm and reopen."))


class SpeakersSaidSchema(RequestSchema):
    """Changes of speakers of a session."""

    speakers = fields.List(
        fields.Nested(SpeakerSaidSchema), required=True, validate=validate.Length(1, MOST)
    )


# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"


bp = Blueprint(
    "api_speakers", __name__, url_prefix="/api/v1/sessions", description="Speakers of sessions."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/speakers")
@bp.response(200, SpeakersSchema)
def index(session_id: int) -> Answer:
    """Return the speakers of a session, and what is missing to identify each speaker."""
    with library().reading() as db:
        return _answer(_written(db, session_to_edit(db, viewer(), session_id)))


@bp.post("/<int:session_id>/speakers")
@bp.doc(parameters=[MATCH])
@bp.arguments(SpeakersSaidSchema)
@bp.response(200, SpeakersSchema)
def say(given: dict[str, Any], session_id: int) -> Answer:
    """Name speakers, confirm names from a file, or give a reason why no name is needed.

    Each named person is asked for consent, and can then see the session.
    """
    with library().reading() as db:
        require_match(tag_of(_written(db, session_to_edit(db, viewer(), session_id))))
    acts.apply_changes(session_id, [SpeakerChange(**one) for one in given["speakers"]])
    with library().reading() as db:
        return _answer(_written(db, session_to_edit(db, viewer(), session_id)))


def _answer(content: dict[str, Any]) -> Answer:
    return content, 200, {"ETag": tag_of(content)}


def _written(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    known = release_holds.read(db, session)
    holds = {(hold.source_id, hold.label): hold for hold in known.holds}
    first = naming.first_segments(db, session)
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
        "words": release_state_text.present_state(db, session),
        "speakers": listed,
        "holds": known.holds if session.visibility.needs_release else [],
        "links": {
            "self": url_for("api_speakers.index", session_id=session.id),
            "release": url_for("api_releases.one", session_id=session.id),
            "page": url_for("speakers.page", session_id=session.id),
        },
    }
