"""Topics to read: the vocabulary, one topic with what was said about it, and SKOS for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import may_classify, session_for
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import MentoringSession, Topic, TopicState
from library.store import Transaction
from library.vocabulary import filed, labels, relations, session_topics, skos, topics
from library.vocabulary.session_topics import Said
from search.topic_suggestions import synonyms
from web import parameters
from web.context import library, viewer
from web.standards.description import absolute

bp = Blueprint("topics", __name__)

PAGE = 30  # sessions
MOST_PROOFS = 5  # moments on a topic's page
DECISIONS = {
    "confirm": TopicState.CONFIRMED,
    "decline": TopicState.DECLINED,
    "open": None,
}


@dataclass(frozen=True)
class Branch:
    """A topic in the list, with what stands right below it."""

    topic: Topic
    sessions: int  # that the reader may see
    narrower: Sequence["Branch"] = ()


@bp.get("/topics")
def index() -> str:
    """The vocabulary as a list in steps; a topic below two others stands below both."""
    with library().reading() as db:
        known = {topic.id: topic for topic in topics.visible(db, viewer())}
        below, _ = relations.pairs(db)
        counts = filed.counts(db, viewer())
    return render_template("topics/index.html", branches=branches(known, below, counts))


def branches(
    known: Mapping[int, Topic], below: set[tuple[int, int]], counts: Mapping[int, int]
) -> list[Branch]:
    """The topics in two steps: those below none, and those below each of them, at any distance."""
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
    """A topic: what it means, what stands around it, and the sessions about it."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        topic = topics.visible_one(db, viewer(), topic_id)
        if topic.id != topic_id:
            return redirect(url_for("topics.page", topic_id=topic.id))
        known = {one.id: one for one in topics.visible(db, viewer())}
        found = filed.sessions_about(db, viewer(), topic.id, limit=PAGE + 1, before_id=before)
        return render_template(
            "topics/page.html",
            topic=topic,
            synonyms=synonyms(topic),
            broader=_these(known, relations.broader_of(db, topic.id)),
            narrower=_these(known, relations.narrower_of(db, topic.id)),
            related=_these(known, relations.related_to(db, topic.id)),
            sessions=found[:PAGE],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
            count=filed.count_about(db, viewer(), topic.id),
            proofs=filed.proofs_about(db, viewer(), topic.id, limit=MOST_PROOFS),
        )


def _these(known: Mapping[int, Topic], ids: Sequence[int]) -> list[Topic]:
    return sorted((known[i] for i in ids if i in known), key=lambda topic: topic.folded)


@bp.get("/topics/vocabulary.<form>")
def vocabulary(form: str) -> Response:
    """The topics as SKOS: .rdf, .ttl or .jsonld."""
    if form not in set(skos.Format):
        raise NotFoundError("The vocabulary is there as .rdf, .ttl and .jsonld.")
    kind = skos.Format(form)
    with library().reading() as db:
        data = skos.written(
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
    """Confirm or decline a topic of a session, take that back, or add one by its name."""
    with library().transaction() as db:
        if (name := parameters.text(request.form, "name", longest=labels.LONGEST)) != "":
            session = session_for(db, viewer(), session_id)
            topic_id, state = _named(db, session, name).id, TopicState.CONFIRMED
            session_topics.decide(db, viewer(), session_id, {topic_id: state})
        else:
            wanted = parameters.identifier(request.form, "topic")
            if wanted is None or request.form.get("do") not in DECISIONS:
                raise InvalidInputError("Choose a topic, and whether the session is about it.")
            session_topics.decide(db, viewer(), session_id, {wanted: DECISIONS[request.form["do"]]})
    flash("The topics are saved.")
    return redirect(url_for("sessions.page", session_id=session_id) + "#topics")


def _named(db: Transaction, session: MentoringSession, name: str) -> Topic:
    if not may_classify(db, viewer(), session):
        raise NotAllowedError("Only its owner and its curators say what a session is about.")
    if (topic := topics.by_name(db, name)) is None:
        raise InvalidInputError(
            f"“{name}” is not in the vocabulary. Choose one from the list, or ask an "
            "administrator to add it."
        )
    return topic


@dataclass(frozen=True, kw_only=True)
class Classified:
    """What a session's page shows of its topics."""

    may_classify: bool = False
    said: Sequence[Said] = ()  # for those who may classify
    confirmed: Sequence[Topic] = ()
    known: Sequence[Topic] = ()  # to choose from

    @property
    def suggested(self) -> list[Said]:
        """What waits for a decision."""
        return [one for one in self.said if one.state is TopicState.SUGGESTED]

    @property
    def declined(self) -> list[Said]:
        """What somebody said no to."""
        return [one for one in self.said if one.state is TopicState.DECLINED]


def classified(db: Transaction, session: MentoringSession) -> Classified:
    """The topics of a session that the reader may see."""
    confirmed = filed.confirmed(db, viewer(), [session.id]).get(session.id, [])
    if not may_classify(db, viewer(), session):
        return Classified(confirmed=confirmed)
    return Classified(
        may_classify=True,
        said=session_topics.said_of(db, session),
        confirmed=confirmed,
        known=topics.visible(db, viewer()),
    )
