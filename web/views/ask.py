"""The question box, and the answers once something was asked."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from library import reading, sample_library, sessions
from library.models import Form, SourceKind
from library.scope import Filters
from library.store import Transaction
from web import addresses, look, parameters
from web.context import engine, library, viewer

bp = Blueprint("ask", __name__)

SESSIONS = 20  # answered at most
FIRST_MOMENTS = 3  # of each session; the others are folded


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """The filters of a search as its address holds them."""

    filters: Filters
    chosen: dict[str, str]


@bp.get("/")
def page() -> str:
    """The home page, or the answers to `?q=`."""
    question = parameters.text(request.args, "q")
    return _answers(question) if question else _home()


def _home() -> str:
    with library().reading() as db:
        searchable, total = sessions.coverage(db, viewer())
        return render_template(
            "ask/home.html",
            total=total,
            searchable=searchable,
            questions=_questions(db),
            voices=reading.newest_voices(db, viewer()),
            shelves=reading.shelves(db, viewer()),
            place=addresses.place,
        )


def _questions(db: Transaction) -> list[str]:
    asked = reading.questions(db, viewer())
    if sample_library.is_loaded(db):
        return sample_library.questions()[:3]
    return asked


def _answers(question: str) -> str:
    narrowing = _narrowing()
    answer = engine().search(question, viewer(), filters=narrowing.filters, limit=SESSIONS)
    with library().reading() as db:
        options = _options(db)
    return render_template(
        "ask/answers.html",
        question=question,
        answer=answer,
        narrowing=narrowing,
        options=options,
        first=FIRST_MOMENTS,
        moment=addresses.moment,
        sound=addresses.sound,
    )


def _narrowing() -> Narrowing:
    """The filters in the address.

    Raises:
        InvalidInputError: one of them is not what it must be.
    """
    given = request.args
    kind = parameters.choice(given, "kind", SourceKind)
    form = parameters.choice(given, "form", Form)
    filters = Filters(
        collection_id=parameters.identifier(given, "collection"),
        person_id=parameters.identifier(given, "speaker"),
        since=parameters.day(given, "from"),
        until=parameters.day(given, "to"),
        kinds=[kind] if kind else (),
        forms=[form] if form else (),
    )
    names = ("collection", "speaker", "from", "to", "kind", "form")
    return Narrowing(filters=filters, chosen={n: given[n] for n in names if given.get(n)})


def _options(db: Transaction) -> dict[str, list[tuple[Any, str]]]:
    """What each filter offers, with the number of sessions behind it."""
    return {
        "collection": [("", "All collections")]
        + [(shelf.id, f"{shelf.title} ({n})") for shelf, n in reading.shelves(db, viewer())],
        "speaker": [("", "Everybody")]
        + [(person.id, f"{person.name} ({n})") for person, n in reading.speakers(db, viewer())],
        "kind": [("", "Everything"), *((k.value, n) for k, n in look.KIND_NAMES.items())],
        "form": [("", "Every form"), *((f.value, n) for f, n in look.FORM_NAMES.items())],
    }
