"""API resources for the vocabulary and the topics of sessions."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import may_classify, require_admin, session_for
from library.models import MentoringSession, Topic, TopicState
from library.store import Transaction
from library.vocabulary import (
    confirmed_topics,
    labels,
    merge_topics,
    relations,
    session_topics,
    skos,
    skos_import,
    topics,
)
from library.vocabulary.topics import Wording
from search.topics.suggestions import synonyms
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema
from web.publishing.standards.description import absolute


class VocabularySchema(RequestSchema):
    """A SKOS vocabulary to import."""

    format = fields.Enum(skos.Format, by_value=True, required=True)
    text = fields.String(required=True, validate=validate.Length(1, skos.LARGEST))


class ImportResultSchema(Schema):
    """Result of a vocabulary import."""

    new = fields.Integer()
    known = fields.Integer()
    refused = fields.List(fields.String())


bp = Blueprint(
    "api_topics",
    __name__,
    url_prefix="/api/v1",
    description="Topics of the vocabulary and of sessions.",
)

IDS = fields.List(fields.Integer(validate=AN_ID), validate=validate.Length(max=100))


class TopicSchema(Schema):
    """A topic of the vocabulary, with its synonyms and related topics."""

    id = fields.Integer()
    label = fields.String()
    definition = fields.String()
    synonyms = fields.List(fields.String())
    broader = fields.List(fields.Integer())
    narrower = fields.List(fields.Integer())
    related = fields.List(fields.Integer())
    uri = fields.String(
        allow_none=True,
        metadata={"description": "URI of the imported concept; null if it has none."},
    )
    sessions = fields.Integer(
        metadata={"description": "Number of visible sessions about this topic or a narrower one."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


class TopicListSchema(Schema):
    """One page of the vocabulary, newest topic first."""

    topics = fields.List(fields.Nested(TopicSchema))
    next = fields.String(allow_none=True)


class WordingSchema(RequestSchema):
    """Label, definition, synonyms and relations of a topic."""

    label = CleanText(required=True, validate=validate.Length(1, labels.LONGEST))
    definition = CleanText(load_default="", validate=validate.Length(max=topics.LONGEST_DEFINITION))
    synonyms = fields.List(
        CleanText(validate=validate.Length(1, labels.LONGEST)),
        validate=validate.Length(max=labels.MOST_SYNONYMS),
    )
    broader = IDS
    related = IDS


class IntoSchema(Schema):
    """Id of the topic into which another topic is merged."""

    into = fields.Integer(required=True, validate=AN_ID)


class MergeSchema(Schema):
    """A merge of two topics. Its id is needed to undo the merge."""

    id = fields.Integer()
    kept = fields.Integer()
    gone = fields.Integer()


class AboutSchema(Schema):
    """A topic of a session: confirmed, suggested or declined, with its evidence."""

    topic = fields.Integer()
    label = fields.String()
    state = fields.Enum(TopicState, by_value=True)
    score = fields.Float(allow_none=True)
    passages = fields.List(fields.Integer())


class SessionTopicsSchema(Schema):
    """Topics of a session. Suggestions are included only for the owner and curators."""

    session_id = fields.Integer()
    topics = fields.List(fields.Nested(AboutSchema))


class PutTopicsSchema(Schema):
    """Complete list of the topics of a session."""

    topics = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(max=session_topics.MOST_AT_ONCE),
    )


@bp.get("/topics")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TopicListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the topics that you may see, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, topics.visible(db, viewer())))
        written = _written(db, shown)
    return {"topics": written, "next": next_url("api_topics.index", page, last)}


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
@bp.response(200, ImportResultSchema)
def bring_in(given: dict[str, Any]) -> Any:
    """Import a SKOS vocabulary. Known topics are updated; for administrators."""
    require_admin(viewer())
    base = absolute("topics.index").removesuffix("/topics")
    concepts = skos.read(given["text"].encode(), given["format"])
    return skos_import.import_concepts(library(), viewer(), concepts, base=base)


@bp.get("/topics/<int:topic_id>")
@bp.response(200, TopicSchema)
def one(topic_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return a topic. For the id of a merged topic, return the topic that it was merged into."""
    with library().reading() as db:
        topic = topics.visible_one(db, viewer(), topic_id)
        [written] = _written(db, [topic])
        return written, 200, {"ETag": etag(topic)}


@bp.put("/topics/<int:topic_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WordingSchema)
@bp.response(200, TopicSchema)
def describe(given: dict[str, Any], topic_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Replace a topic. Fails with 412 if the topic has changed. For administrators."""
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
    """Merge a topic into another topic; for administrators."""
    with library().transaction() as db:
        done = merge_topics.merge(db, viewer(), given["into"], topic_id)
        return {"id": done.id, "kept": done.kept_id, "gone": done.gone_id}


@bp.delete("/topics/merges/<int:merge_id>")
@bp.response(200, TopicSchema)
def undo(merge_id: int) -> dict[str, Any]:
    """Undo a merge of two topics; for administrators."""
    with library().transaction() as db:
        topic = merge_topics.undo(db, viewer(), merge_id)
        [written] = _written(db, [topic])
        return written


@bp.get("/sessions/<int:session_id>/topics")
@bp.response(200, SessionTopicsSchema)
def about(session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return the topics of a session. The owner and curators also get suggestions."""
    with library().reading() as db:
        content = _about(db, session_for(db, viewer(), session_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/sessions/<int:session_id>/topics")
@bp.doc(parameters=[MATCH])
@bp.arguments(PutTopicsSchema)
@bp.response(200, SessionTopicsSchema)
def put(given: dict[str, Any], session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Replace the topics of a session; for its owner and curators."""
    with library().transaction() as db:
        require_match(tag_of(_about(db, session_for(db, viewer(), session_id))))
        session_topics.replace_confirmed(db, viewer(), session_id, given["topics"])
        content = _about(db, session_for(db, viewer(), session_id))
    return content, 200, {"ETag": tag_of(content)}


def etag(topic: Topic) -> str:
    """Return the entity tag (RFC 9110) of a topic."""
    return f'"{topic.id}-{topic.updated_at.timestamp():.6f}"'


def _written(db: Transaction, found: Sequence[Topic]) -> list[dict[str, Any]]:
    known = {topic.id for topic in topics.visible(db, viewer())}
    counts = confirmed_topics.counts(db, viewer())

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
    evidence = session_topics.topics_with_evidence(db, session)
    shown = [one for one in evidence if decides or one.state is TopicState.CONFIRMED]
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
