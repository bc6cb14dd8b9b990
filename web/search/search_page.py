"""Home page with the question box, and the page of search results."""

import logging
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from library.capture import sample_library
from library.collections import listing
from library.discovery import highlights, saved_searches
from library.errors import StorageFullError
from library.overview import missed_questions
from library.sessions import sessions
from library.store import Transaction
from search.results.language_model import is_configured
from search.results.result_types import Findings
from search.text.query_operators import plain_text
from web.http.context import engine, library, viewer
from web.rendering import todo_items as items
from web.rendering import urls
from web.rendering.template_filters import curates
from web.search import facet_links, query
from web.search.query import SearchQuery

log = logging.getLogger(__name__)

bp = Blueprint("ask", __name__)

MOMENTS = 20  # maximum number of hits
FIRST_MOMENTS = 3  # hits shown for each of the first sessions; its other hits are collapsed
WHOLE_SESSIONS = 3  # sessions that show `FIRST_MOMENTS` hits; later sessions show only the best hit


@bp.get("/")
def page() -> str:
    """Show the home page, or the results for `?q=`."""
    asked = query.parse(request.args)
    if not asked.question:
        return _home()
    if request.args.get("part") == "results":  # requested while the question is typed
        return _answers(asked, "search/_results.html")
    _remember(asked)
    return _answers(asked, "search/answers.html")


def _remember(asked: SearchQuery) -> None:
    """Add a member's question to the search history, unless the disk is full."""
    if not viewer().is_member:
        return
    try:
        with library().transaction() as db:
            saved_searches.remember(db, viewer(), asked.question, asked.chosen)
    except StorageFullError as error:  # a full disk must not prevent searching
        log.warning("A question was not added to the search history: %s", error)


@dataclass(frozen=True, kw_only=True)
class Counting:
    """State of a question without an answer: counted, or offered to be counted."""

    done: bool = False
    offered: bool = False  # the viewer may press a button to have it counted


def _count_if_missed(asked: SearchQuery, findings: Findings) -> Counting:
    """Count a question without filters, answer and pinned answer, unless the viewer opted out."""
    is_answered = findings.answer.found or findings.pinned
    if is_answered or asked.narrowed or findings.operators:
        return Counting()
    with library().reading() as db:
        if not missed_questions.is_counted(db, viewer()):
            done = missed_questions.is_stored(db, viewer(), asked.question)
            return Counting(done=done, offered=missed_questions.may_wish(db, viewer()) and not done)
    vector = None if findings.vector is None else findings.vector.astype("<f2").tobytes()
    try:
        with library().transaction() as db:
            missed_questions.note(db, viewer(), asked.question, model=findings.model, vector=vector)
    except StorageFullError as error:
        log.warning("An unanswered question was not counted: %s", error)
        return Counting()
    return Counting(done=True)


def _home() -> str:
    with library().reading() as db:
        searchable, total = sessions.coverage(db, viewer())
        return render_template(
            "search/home.html",
            total=total,
            searchable=searchable,
            questions=_questions(db),
            counted=missed_questions.is_counted(db, viewer()),
            newest_quotes=highlights.newest_quotes(db, viewer()),
            collection_list=listing.child_collections_with_counts(db, viewer(), None),
            place=urls.position_url,
            waiting=items.entries(items.items_of_viewer()),
        )


def _questions(db: Transaction) -> list[str]:
    asked = highlights.questions(db, viewer())
    if sample_library.is_loaded(db):
        return sample_library.questions()[:3]
    return asked


def _answers(asked: SearchQuery, template: str) -> str:
    findings = engine().explore(
        asked.question,
        viewer(),
        filters=asked.filters,
        limit=MOMENTS,
        order=asked.order,
        for_page=True,
    )
    whole_page = template == "search/answers.html"
    counting = _count_if_missed(asked, findings) if whole_page else Counting()
    may_write = viewer().is_member and is_configured(library().settings)
    written = None
    if may_write and request.args.get("written"):
        written = engine().write(asked.question, viewer(), filters=asked.filters)
    return render_template(
        template,
        asked=asked,
        stale=findings.stale,
        pinned=findings.pinned,
        curates=curates(viewer()),
        findings=findings,
        counting=counting,
        may_write=may_write,
        written=written,
        facets=facet_links.groups(asked, findings.facets),
        pills=facet_links.pills(asked, findings),
        unfiltered=plain_text(asked.question, findings.operators) or asked.question,
        first_moments=FIRST_MOMENTS,
        whole_sessions=WHOLE_SESSIONS,
        moment=urls.moment,
        sound=urls.sound,
    )
