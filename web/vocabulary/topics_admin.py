"""Administration of topics: add, edit, merge, remove and import from SKOS."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.errors import InvalidInputError, TooLargeError
from library.translation import gettext, ngettext
from library.vocabulary import (
    confirmed_topics,
    labels,
    merge_topics,
    relations,
    session_topics,
    skos,
    skos_import,
    starter_vocabulary,
    topics,
)
from library.vocabulary.skos_import import ImportResult
from library.vocabulary.topics import Wording
from search.topics.suggestions import synonyms
from web.http import params, progress_page
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.http.progress_page import ProgressTask
from web.publishing.standards.description import absolute

bp = admin_blueprint("vocabulary", __name__, "/care/topics")

SHOWN = 5  # maximum number of messages about skipped concepts


@bp.get("/")
def page() -> str:
    """Show all topics, recent merges and pending suggestions."""
    with library().reading() as db:
        known = topics.visible(db, viewer())
        return render_template(
            "vocabulary/topics_admin.html",
            topics=known,
            counts=confirmed_topics.counts(db, viewer()),
            merges=[
                (merge, topics.get(db, merge.kept_id), merge.gone_id)
                for merge in merge_topics.recent(db)
            ],
            names=labels.preferred(db),
            waiting=session_topics.to_decide(db, viewer(), limit=20),
        )


@bp.post("/")
def add() -> ResponseReturnValue:
    """Add a topic."""
    with library().transaction() as db:
        topic = topics.add(db, viewer(), _wording())
    flash(gettext("“%(name)s” is added to the vocabulary.", name=topic.label))
    return redirect(url_for("vocabulary.one", topic_id=topic.id))


@bp.post("/starter")
def starter() -> ResponseReturnValue:
    """Add the starter vocabulary to the existing topics."""
    with library().transaction() as db:
        new = starter_vocabulary.load(db, viewer())
    flash(
        ngettext(
            "%(num)s topic was added. Sessions get suggestions within minutes.",
            "%(num)s topics were added. Sessions get suggestions within minutes.",
            new,
        )
    )
    return redirect(url_for("vocabulary.page"))


@bp.get("/<int:topic_id>")
def one(topic_id: int) -> str:
    """Show the form that edits a topic."""
    with library().reading() as db:
        topic = topics.get(db, topic_id)
        return render_template(
            "vocabulary/edit_topic.html",
            topic=topic,
            synonyms=synonyms(topic),
            broader=relations.broader_of(db, topic.id),
            related=relations.related_to(db, topic.id),
            others=[t for t in topics.visible(db, viewer()) if t.id != topic.id],
            count=confirmed_topics.count_about(db, viewer(), topic.id),
        )


@bp.post("/<int:topic_id>")
def describe(topic_id: int) -> ResponseReturnValue:
    """Save the label, definition, synonyms and relations of a topic."""
    with library().transaction() as db:
        topics.describe(db, viewer(), topics.get(db, topic_id), _wording())
    flash(gettext("The topic is saved."))
    return redirect(url_for("vocabulary.one", topic_id=topic_id))


@bp.post("/<int:topic_id>/remove")
def remove(topic_id: int) -> ResponseReturnValue:
    """Remove a topic."""
    with library().transaction() as db:
        topic = topics.get(db, topic_id)
        topics.remove(db, viewer(), topic)
    flash(
        gettext(
            "“%(name)s” is removed from the vocabulary and from all sessions.", name=topic.label
        )
    )
    return redirect(url_for("vocabulary.page"))


@bp.post("/<int:topic_id>/merge")
def merge(topic_id: int) -> ResponseReturnValue:
    """Merge a topic into another topic."""
    into = params.identifier(request.form, "into")
    if into is None:
        raise InvalidInputError("Choose the topic to merge into.")
    with library().transaction() as db:
        done = merge_topics.merge(db, viewer(), into, topic_id)
    flash(gettext("The two topics are merged. You can undo this in the list of topics."))
    return redirect(url_for("vocabulary.one", topic_id=done.kept_id))


@bp.post("/merges/<int:merge_id>/undo")
def undo(merge_id: int) -> ResponseReturnValue:
    """Undo a merge of two topics."""
    with library().transaction() as db:
        topic = merge_topics.undo(db, viewer(), merge_id)
    flash(gettext("“%(name)s” is a separate topic again.", name=topic.label))
    return redirect(url_for("vocabulary.page"))


@bp.post("/import")
def bring_in() -> ResponseReturnValue:
    """Import a SKOS vocabulary and show the progress on a streamed page."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise InvalidInputError("Choose a file: .rdf, .ttl or .jsonld.")
    data = given.stream.read(skos.LARGEST + 1)
    if len(data) > skos.LARGEST:
        raise TooLargeError(
            "A vocabulary may have up to %(number)s MiB.", number=skos.LARGEST // 1024**2
        )
    concepts = skos.read(data, _format(given.filename))
    base = absolute("topics.index").removesuffix("/topics")
    brought = ImportResult()
    steps = skos_import.import_batches(library(), viewer(), concepts, base=base, brought=brought)
    return progress_page.page(
        "vocabulary/import.html", ProgressTask(steps), brought=brought, shown=SHOWN
    )


def _format(name: str) -> skos.Format:
    ends = {"rdf": "rdf", "xml": "rdf", "ttl": "ttl", "jsonld": "jsonld", "json": "jsonld"}
    end = ends.get(name.rpartition(".")[2].lower())
    if end is None:
        raise InvalidInputError("The file's name must end in .rdf, .xml, .ttl, .jsonld or .json.")
    return skos.Format(end)


def _wording() -> Wording:
    return Wording(
        label=params.text(request.form, "label", longest=labels.LONGEST + 1),
        definition=params.text(request.form, "definition", longest=topics.LONGEST_DEFINITION),
        synonyms=params.text(request.form, "synonyms", longest=8000).splitlines(),
        broader=_ids("broader"),
        related=_ids("related"),
    )


def _ids(name: str) -> list[int]:
    given = [{name: value} for value in request.form.getlist(name)]
    return [i for one in given if (i := params.identifier(one, name)) is not None]
