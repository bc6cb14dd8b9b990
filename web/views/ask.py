"""The question box, and the answers once something was asked."""

import logging

from flask import Blueprint, render_template, request

from library.capture import sample_library
from library.curating import stale
from library.editing import heard
from library.errors import StorageFullError
from library.holdings import reading, sessions
from library.overview import missed
from library.searching import searches
from library.store import Transaction
from search.answers import Answer
from search.written import is_configured
from web import addresses, asking, narrowing, waiting
from web.asking import Asked
from web.context import engine, library, viewer
from web.look import curates

log = logging.getLogger(__name__)

bp = Blueprint("ask", __name__)

MOMENTS = 20  # answered at most
FIRST_MOMENTS = 3  # of the first sessions; the others are folded
WHOLE_SESSIONS = 3  # that show so many; the next ones show their best moment


@bp.get("/")
def page() -> str:
    """The home page, or the answers to `?q=`."""
    asked = asking.asked(request.args)
    if not asked.question:
        return _home()
    if request.args.get("part") == "results":  # what changes while one types on
        return _answers(asked, "ask/_results.html")
    _remember(asked)
    return _answers(asked, "ask/answers.html")


def _remember(asked: Asked) -> None:
    """Put what a member asks into their history, where there is room for it."""
    if not viewer().is_member:
        return
    try:
        with library().transaction() as db:
            searches.remember(db, viewer(), asked.question, asked.chosen)
    except StorageFullError as error:  # to find is more than to remember
        log.warning("A question is not remembered: %s", error)


def _count_if_missed(asked: Asked, answer: Answer) -> bool:
    """Whether a question found nothing in all that its asker may see, and is counted."""
    if answer.found or asked.narrowed:
        return False
    with library().reading() as db:
        if not missed.is_counted(db, viewer()):
            return False
    embedder = engine().embedder()
    model = embedder.model if embedder else ""
    vector = embedder.embed([asked.question])[0].astype("<f2").tobytes() if embedder else None
    try:
        with library().transaction() as db:
            missed.note(db, viewer(), asked.question, model=model, vector=vector)
    except StorageFullError as error:
        log.warning("A question is not counted: %s", error)
    return True


def _home() -> str:
    with library().reading() as db:
        searchable, total = sessions.coverage(db, viewer())
        return render_template(
            "ask/home.html",
            total=total,
            searchable=searchable,
            questions=_questions(db),
            counted=missed.is_counted(db, viewer()),
            voices=heard.newest_voices(db, viewer()),
            shelves=reading.shelves_in(db, viewer(), None),
            place=addresses.place,
            waiting=waiting.told(waiting.here()),
        )


def _questions(db: Transaction) -> list[str]:
    asked = heard.questions(db, viewer())
    if sample_library.is_loaded(db):
        return sample_library.questions()[:3]
    return asked


def _answers(asked: Asked, template: str) -> str:
    findings = engine().explore(
        asked.question, viewer(), filters=asked.filters, limit=MOMENTS, order=asked.order
    )
    counted = template == "ask/answers.html" and _count_if_missed(asked, findings.answer)
    with library().reading() as db:
        marks = stale.marks(db, viewer(), [s.session_id for s in findings.answer.sessions])
    may_write = viewer().is_member and is_configured(library().settings)
    written = None
    if may_write and request.args.get("written"):
        written = engine().write(asked.question, viewer(), filters=asked.filters)
    return render_template(
        template,
        asked=asked,
        stale=marks,
        pinned=engine().pinned(asked.question, viewer()),
        curates=curates(viewer()),
        findings=findings,
        counted=counted,
        may_write=may_write,
        written=written,
        facets=narrowing.groups(asked, findings.facets),
        pills=narrowing.pills(asked, findings.facets),
        first_moments=FIRST_MOMENTS,
        whole_sessions=WHOLE_SESSIONS,
        moment=addresses.moment,
        sound=addresses.sound,
    )
