"""Care of the vocabulary: topics added, described, merged, removed, and taken in as SKOS."""

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.errors import InvalidInputError, TooLargeError
from library.vocabulary import (
    filed,
    importing,
    labels,
    relations,
    session_topics,
    skos,
    starter_topics,
    topic_merging,
    topics,
)
from library.vocabulary.importing import Brought
from library.vocabulary.topics import Wording
from search.topic_suggestions import synonyms
from web import parameters, sent_meanwhile
from web.context import library, viewer
from web.sent_meanwhile import Work
from web.standards.description import absolute

bp = Blueprint("vocabulary", __name__, url_prefix="/care/topics")

SHOWN = 5  # sentences of what was left out


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/")
def page() -> str:
    """All topics, and the ways to more."""
    with library().reading() as db:
        known = topics.visible(db, viewer())
        return render_template(
            "care/topics.html",
            topics=known,
            counts=filed.counts(db, viewer()),
            merges=[
                (merge, topics.get(db, merge.kept_id), merge.gone_id)
                for merge in topic_merging.recent(db)
            ],
            names=labels.preferred(db),
            waiting=session_topics.to_decide(db, viewer(), limit=20),
        )


@bp.post("/")
def add() -> ResponseReturnValue:
    """Add a topic."""
    with library().transaction() as db:
        topic = topics.add(db, viewer(), _wording())
    flash(f"“{topic.label}” is in the vocabulary.")
    return redirect(url_for("vocabulary.one", topic_id=topic.id))


@bp.post("/starter")
def starter() -> ResponseReturnValue:
    """Put the vocabulary that comes with the program beside what is there."""
    with library().transaction() as db:
        new = starter_topics.load(db, viewer())
    flash(f"{new} topics were added. Sessions get suggestions in the next minutes.")
    return redirect(url_for("vocabulary.page"))


@bp.get("/<int:topic_id>")
def one(topic_id: int) -> str:
    """One topic, to be described."""
    with library().reading() as db:
        topic = topics.get(db, topic_id)
        return render_template(
            "care/topic.html",
            topic=topic,
            synonyms=synonyms(topic),
            broader=relations.broader_of(db, topic.id),
            related=relations.related_to(db, topic.id),
            others=[t for t in topics.visible(db, viewer()) if t.id != topic.id],
            count=filed.count_about(db, viewer(), topic.id),
        )


@bp.post("/<int:topic_id>")
def describe(topic_id: int) -> ResponseReturnValue:
    """Keep what is said of a topic."""
    with library().transaction() as db:
        topics.describe(db, viewer(), topics.get(db, topic_id), _wording())
    flash("The topic is saved.")
    return redirect(url_for("vocabulary.one", topic_id=topic_id))


@bp.post("/<int:topic_id>/remove")
def remove(topic_id: int) -> ResponseReturnValue:
    """Remove a topic."""
    with library().transaction() as db:
        topic = topics.get(db, topic_id)
        topics.remove(db, viewer(), topic)
    flash(f"“{topic.label}” is removed, also from the sessions that were about it.")
    return redirect(url_for("vocabulary.page"))


@bp.post("/<int:topic_id>/merge")
def merge(topic_id: int) -> ResponseReturnValue:
    """Let another topic take this one in."""
    into = parameters.identifier(request.form, "into")
    if into is None:
        raise InvalidInputError("Choose the topic that stays.")
    with library().transaction() as db:
        done = topic_merging.merge(db, viewer(), into, topic_id)
    flash("The two topics are one. You can undo that in the list of topics.")
    return redirect(url_for("vocabulary.one", topic_id=done.kept_id))


@bp.post("/merges/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    """Part two topics again."""
    with library().transaction() as db:
        topic = topic_merging.undo(db, viewer(), merge_id)
    flash(f"“{topic.label}” is a topic of its own again.")
    return redirect(url_for("vocabulary.page"))


@bp.post("/import")
def bring_in() -> ResponseReturnValue:
    """Take in a vocabulary as SKOS; the page says meanwhile how far it is."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise InvalidInputError("Choose a file: .rdf, .ttl or .jsonld.")
    data = given.stream.read(skos.LARGEST + 1)
    if len(data) > skos.LARGEST:
        raise TooLargeError(f"A vocabulary may have up to {skos.LARGEST // 1024**2} MiB.")
    concepts = skos.read(data, _format(given.filename))
    base = absolute("topics.index").removesuffix("/topics")
    brought = Brought()
    steps = importing.portions(library(), viewer(), concepts, base=base, brought=brought)
    return sent_meanwhile.page("care/topics_coming.html", Work(steps), brought=brought, shown=SHOWN)


def _format(name: str) -> skos.Format:
    ends = {"rdf": "rdf", "xml": "rdf", "ttl": "ttl", "jsonld": "jsonld", "json": "jsonld"}
    end = ends.get(name.rpartition(".")[2].lower())
    if end is None:
        raise InvalidInputError("The file's name must end in .rdf, .xml, .ttl, .jsonld or .json.")
    return skos.Format(end)


def _wording() -> Wording:
    return Wording(
        label=parameters.text(request.form, "label", longest=labels.LONGEST + 1),
        definition=parameters.text(request.form, "definition", longest=topics.LONGEST_DEFINITION),
        synonyms=parameters.text(request.form, "synonyms", longest=8000).splitlines(),
        broader=_ids("broader"),
        related=_ids("related"),
    )


def _ids(name: str) -> list[int]:
    given = [{name: value} for value in request.form.getlist(name)]
    return [i for one in given if (i := parameters.identifier(one, name)) is not None]
