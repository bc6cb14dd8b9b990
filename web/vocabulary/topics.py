"""Topic list, topic page, SKOS export, and the topics of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import may_classify, session_for
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import MentoringSession, Topic, TopicState
from library.store import Transaction
from library.translation import gettext
from library.vocabulary import confirmed_topics, labels, relations, session_topics, skos, topics
from library.vocabulary.session_topics import SessionTopicEvidence
from search.topics.suggestions import synonyms
from web.http import params
from web.http.context import library, viewer
from web.publishing.standards.description import absolute

bp = Blueprint("topics", __name__)

PAGE = 30  # sessions
MOST_PROOFS = 5  # passages on a topic page
DECISIONS = {
    "confirm": TopicState.CONFIRMED,
    "decline": TopicState.DECLINED,
    "open": None,
}


@dataclass(frozen=True)
class Branch:
    """Topic with its narrower topics, in the tree of topics."""

    topic: Topic
    sessions: int  # visible to the viewer
    narrower: Sequence["Branch"] = ()


@bp.get("/topics")
def index() -> str:
    """Show the vocabulary as a tree. A topic with two broader topics appears under both."""
    with library().reading() as db:
        known = {topic.id: topic for topic in topics.visible(db, viewer())}
        below, _ = relations.pairs(db)
        counts = confirmed_topics.counts(db, viewer())
    return render_template("vocabulary/topics.html", branches=branches(known, below, counts))


def branches(
    known: Mapping[int, Topic], below: set[tuple[int, int]], counts: Mapping[int, int]
) -> list[Branch]:
    """Return the topics without a broader topic, each with all topics below it.

    Args:
        known: Topics that the viewer may see, by id.
        below: Pairs (id of the narrower topic, id of the broader topic).
        counts: Number of sessions by topic id.
    """
    children: dict[int, set[int]] = {}
    for narrower, broader in below:
        if narrower in known and broader in known:
            children.setdefault(broader, set()).add(narrower)
    roots = [i for i in known if not any(i in ids for ids in children.values())]

    def under(topic_id: int) -> list[int]:
        found, left = set(), [topic_id]
        while left:
            for child in children.get(left.pop(), ()):
                if child not in found:
                    found.add(child)
                    left.append(child)
        return [i for i in known if i in found]

    return [
        Branch(known[i], counts.get(i, 0), [Branch(known[n], counts.get(n, 0)) for n in under(i)])
        for i in roots
    ]


@bp.get("/topics/<int:topic_id>")
def page(topic_id: int) -> ResponseReturnValue:
    """Show a topic with its definition, related topics and sessions."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        topic = topics.visible_one(db, viewer(), topic_id)
        if topic.id != topic_id:
            return redirect(url_for("topics.page", topic_id=topic.id))
        known = {one.id: one for one in topics.visible(db, viewer())}
        found = confirmed_topics.sessions_about(
            db, viewer(), topic.id, limit=PAGE + 1, before_id=before
        )
        return render_template(
            "vocabulary/topic.html",
            topic=topic,
            synonyms=synonyms(topic),
            broader=_these(known, relations.broader_of(db, topic.id)),
            narrower=_these(known, relations.narrower_of(db, topic.id)),
            related=_these(known, relations.related_to(db, topic.id)),
            sessions=found[:PAGE],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
            count=confirmed_topics.count_about(db, viewer(), topic.id),
            proofs=confirmed_topics.proofs_about(db, viewer(), topic.id, limit=MOST_PROOFS),
        )


def _these(known: Mapping[int, Topic], ids: Sequence[int]) -> list[Topic]:
    return sorted((known[i] for i in ids if i in known), key=lambda topic: topic.folded)


@bp.get("/topics/vocabulary.<form>")
def vocabulary(form: str) -> Response:
    """Export the vocabulary as SKOS: .rdf, .ttl or .jsonld."""
    if form not in set(skos.Format):
        raise NotFoundError("The vocabulary is available as .rdf, .ttl and .jsonld.")
    kind = skos.Format(form)
    with library().reading() as db:
        data = skos.serialize(
            topics.visible(db, viewer()),
            relations.pairs(db),
            base=absolute("topics.index").removesuffix("/topics"),
            title=f"{library().settings.site_name}: topics",
            form=kind,
        )
    response = Response(data, mimetype=kind.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="topics.{kind.value}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/sessions/<int:session_id>/topics")
def decide(session_id: int) -> ResponseReturnValue:
    """Confirm or decline a topic of a session, undo that decision, or add a topic by name."""
    with library().transaction() as db:
        if (name := params.text(request.form, "name", longest=labels.LONGEST)) != "":
            session = session_for(db, viewer(), session_id)
            topic_id, state = _named(db, session, name).id, TopicState.CONFIRMED
            session_topics.decide(db, viewer(), session_id, {topic_id: state})
        else:
            wanted = params.identifier(request.form, "topic")
            if wanted is None or request.form.get("do") not in DECISIONS:
                raise InvalidInputError("Choose a topic, and confirm or decline it.")
            session_topics.decide(db, viewer(), session_id, {wanted: DECISIONS[request.form["do"]]})
    flash(gettext("The topics are saved."))
    return redirect(url_for("sessions.page", session_id=session_id) + "#topics")


def _named(db: Transaction, session: MentoringSession, name: str) -> Topic:
    if not may_classify(db, viewer(), session):
        raise NotAllowedError("Only the owner and curators can change the topics of a session.")
    if (topic := topics.by_name(db, name)) is None:
        raise InvalidInputError(
            "“%(name)s” is not in the vocabulary. Choose one from the list, or ask an "
            "administrator to add it.",
            name=name,
        )
    return topic


@dataclass(frozen=True, kw_only=True)
class Classified:
    """Topics of a session as shown on its page."""

    may_classify: bool = False
    evidence: Sequence[SessionTopicEvidence] = ()  # empty unless the viewer may classify
    confirmed: Sequence[Topic] = ()
    known: Sequence[Topic] = ()  # all topics to choose from

    @property
    def suggested(self) -> list[SessionTopicEvidence]:
        """Suggested topics that no person has confirmed or declined yet."""
        return [one for one in self.evidence if one.state is TopicState.SUGGESTED]

    @property
    def declined(self) -> list[SessionTopicEvidence]:
        """Declined topics."""
        return [one for one in self.evidence if one.state is TopicState.DECLINED]


def classified(db: Transaction, session: MentoringSession) -> Classified:
    """Return the topics of a session that the viewer may see."""
    confirmed = confirmed_topics.confirmed(db, viewer(), [session.id]).get(session.id, [])
    if not may_classify(db, viewer(), session):
        return Classified(confirmed=confirmed)
    return Classified(
        may_classify=True,
        evidence=session_topics.topics_with_evidence(db, session),
        confirmed=confirmed,
        known=topics.visible(db, viewer()),
    )
