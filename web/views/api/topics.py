"""Topics from a program: the vocabulary, and what sessions are about."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from library.access import may_classify, require_admin, session_for
from library.models import MentoringSession, Topic, TopicState
from library.store import Transaction
from library.vocabulary import (
    filed,
    importing,
    labels,
    relations,
    session_topics,
    skos,
    topic_merging,
    topics,
)
from library.vocabulary.topics import Wording
from search.topic_suggestions import synonyms
from web.context import library, viewer
from web.standards.description import absolute
from web.views.api.door_schemas import BroughtSchema, VocabularySchema
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import AN_ID, CleanText, PageSchema

bp = Blueprint("api_topics", __name__, url_prefix="/api/v1", description="What sessions are about.")

IDS = fields.List(fields.Integer(validate=AN_ID), validate=validate.Length(max=100))


class TopicSchema(Schema):
    """A topic of the vocabulary."""

    id = fields.Integer()
    label = fields.String()
    definition = fields.String()
    synonyms = fields.List(fields.String())
    broader = fields.List(fields.Integer())
    narrower = fields.List(fields.Integer())
    related = fields.List(fields.Integer())
    uri = fields.String(allow_none=True, metadata={"description": "Where it comes from."})
    sessions = fields.Integer(metadata={"description": "That you may see, also narrower ones."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class TopicListSchema(Schema):
    """A part of the vocabulary, the newest topic first."""

    topics = fields.List(fields.Nested(TopicSchema))
    next = fields.String(allow_none=True)


class WordingSchema(Schema):
    """What is said of a topic."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    label = CleanText(required=True, validate=validate.Length(1, labels.LONGEST))
    definition = CleanText(load_default="", validate=validate.Length(max=topics.LONGEST_DEFINITION))
    synonyms = fields.List(
        CleanText(validate=validate.Length(1, labels.LONGEST)),
        validate=validate.Length(max=labels.MOST_SYNONYMS),
    )
    broader = IDS
    related = IDS


class IntoSchema(Schema):
    """The topic that stays."""

    into = fields.Integer(required=True, validate=AN_ID)


class MergeSchema(Schema):
    """A merge, to be undone by its number."""

    id = fields.Integer()
    kept = fields.Integer()
    gone = fields.Integer()


class AboutSchema(Schema):
    """A topic of a session."""

    topic = fields.Integer()
    label = fields.String()
    state = fields.Enum(TopicState, by_value=True)
    score = fields.Float(allow_none=True)
    passages = fields.List(fields.Integer())


class SessionTopicsSchema(Schema):
    """What a session is about; suggestions only for those who decide."""

    session_id = fields.Integer()
    topics = fields.List(fields.Nested(AboutSchema))


class PutTopicsSchema(Schema):
    """Exactly what a session is about."""

    topics = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(max=session_topics.MOST_AT_ONCE),
    )


@bp.get("/topics")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TopicListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The topics that you may know of, newest first."""
    with library().reading() as db:
        shown, last = cut(page, behind(page, topics.visible(db, viewer())))
        written = _written(db, shown)
    return {"topics": written, "next": following("api_topics.index", page, last)}


@bp.post("/topics")
@bp.arguments(WordingSchema)
@bp.response(201, TopicSchema)
def add(given: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add a topic; for administrators."""
    with library().transaction() as db:
        topic = topics.add(db, viewer(), Wording(**given))
        [written] = _written(db, [topic])
        return written, 201, {"ETag": etag(topic), "Location": written["links"]["self"]}


@bp.post("/topics/import")
@bp.arguments(VocabularySchema)
@bp.response(200, BroughtSchema)
def bring_in(given: dict[str, Any]) -> Any:
    """Take in a vocabulary as SKOS; what is here already is brought up to date."""
    require_admin(viewer())
    base = absolute("topics.index").removesuffix("/topics")
    concepts = skos.read(given["text"].encode(), given["format"])
    return importing.bring_in(library(), viewer(), concepts, base=base)


@bp.get("/topics/<int:topic_id>")
@bp.response(200, TopicSchema)
def one(topic_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One topic; one that was merged into another is that one."""
    with library().reading() as db:
        topic = topics.visible_one(db, viewer(), topic_id)
        [written] = _written(db, [topic])
        return written, 200, {"ETag": etag(topic)}


@bp.put("/topics/<int:topic_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WordingSchema)
@bp.response(200, TopicSchema)
def describe(given: dict[str, Any], topic_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Describe a topic, unless somebody else did since you read it; for administrators."""
    with library().transaction() as db:
        topic = topics.to_change(db, viewer(), topic_id)
        require_match(etag(topic))
        topics.describe(db, viewer(), topic, Wording(**given))
        [written] = _written(db, [topic])
        return written, 200, {"ETag": etag(topic)}


@bp.delete("/topics/<int:topic_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(topic_id: int) -> None:
    """Remove a topic; for administrators."""
    with library().transaction() as db:
        topic = topics.to_change(db, viewer(), topic_id)
        require_match(etag(topic))
        topics.remove(db, viewer(), topic)


@bp.post("/topics/<int:topic_id>/merge")
@bp.arguments(IntoSchema)
@bp.response(200, MergeSchema)
def merge(given: dict[str, Any], topic_id: int) -> dict[str, Any]:
    """Let another topic take this one in; for administrators."""
    with library().transaction() as db:
        done = topic_merging.merge(db, viewer(), given["into"], topic_id)
        return {"id": done.id, "kept": done.kept_id, "gone": done.gone_id}


@bp.delete("/topics/merges/<int:merge_id>")
@bp.response(200, TopicSchema)
def undo(merge_id: int) -> dict[str, Any]:
    """Undo a merge; for administrators."""
    with library().transaction() as db:
        topic = topic_merging.undo(db, viewer(), merge_id)
        [written] = _written(db, [topic])
        return written


@bp.get("/sessions/<int:session_id>/topics")
@bp.response(200, SessionTopicsSchema)
def about(session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """What a session is about; with suggestions, for those who decide."""
    with library().reading() as db:
        content = _about(db, session_for(db, viewer(), session_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/sessions/<int:session_id>/topics")
@bp.doc(parameters=[MATCH])
@bp.arguments(PutTopicsSchema)
@bp.response(200, SessionTopicsSchema)
def put(given: dict[str, Any], session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say exactly what a session is about; for its owner and its curators."""
    with library().transaction() as db:
        require_match(tag_of(_about(db, session_for(db, viewer(), session_id))))
        session_topics.put(db, viewer(), session_id, given["topics"])
        content = _about(db, session_for(db, viewer(), session_id))
    return content, 200, {"ETag": tag_of(content)}


def etag(topic: Topic) -> str:
    """The state of a topic's description, as an entity tag (RFC 9110)."""
    return f'"{topic.id}-{topic.updated_at.timestamp():.6f}"'


def _written(db: Transaction, found: Sequence[Topic]) -> list[dict[str, Any]]:
    known = {topic.id for topic in topics.visible(db, viewer())}
    counts = filed.counts(db, viewer())

    def these(ids: Sequence[int]) -> list[int]:
        return [i for i in ids if i in known]

    return [
        {
            "id": topic.id,
            "label": topic.label,
            "definition": topic.definition,
            "synonyms": synonyms(topic),
            "broader": these(relations.broader_of(db, topic.id)),
            "narrower": these(relations.narrower_of(db, topic.id)),
            "related": these(relations.related_to(db, topic.id)),
            "uri": topic.uri,
            "sessions": counts.get(topic.id, 0),
            "links": {
                "self": url_for("api_topics.one", topic_id=topic.id),
                "page": url_for("topics.page", topic_id=topic.id),
            },
        }
        for topic in found
    ]


def _about(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    decides = may_classify(db, viewer(), session)
    said = session_topics.said_of(db, session)
    shown = [one for one in said if decides or one.state is TopicState.CONFIRMED]
    return {
        "session_id": session.id,
        "topics": [
            {
                "topic": one.topic.id,
                "label": one.topic.label,
                "state": one.state,
                "score": one.score,
                "passages": [proof.passage_id for proof in one.proofs],
            }
            for one in shown
        ],
    }
