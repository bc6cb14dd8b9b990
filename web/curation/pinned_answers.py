"""Pinned answers: passages that a curator chose for a question."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.curation import pinned_answers
from library.curation.pinned_answers import PinInput
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from library.translation import gettext
from web.http import params
from web.http.context import engine, library, viewer
from web.rendering import local_links, urls

bp = Blueprint("pins", __name__, url_prefix="/pins")

PAGE = 30
OFFERED = 10  # passages that a rephrased question offers


@bp.get("")
def page() -> str:
    """List the pinned answers, newest first, each with the number of passages that are missing."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        found = pinned_answers.everything(db, viewer(), limit=PAGE + 1, before_id=before)
        return render_template(
            "curation/pins.html",
            found=[
                (pin, pinned_answers.current_passages(db, viewer(), pin.id)) for pin in found[:PAGE]
            ],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
        )


@bp.get("/new")
def new() -> str:
    """Show the form for a new pinned answer, filled with a question and a passage.

    If the question is rephrased (`words`), the form offers the passages that this wording finds.
    """
    question, words = params.text(request.args, "q"), params.text(request.args, "words")
    with library().reading() as db:
        pinned_answers.everything(db, viewer(), limit=1)
        number = params.identifier(request.args, "passage")
        here = passage_queries.by_ids(db, viewer(), [number] if number else [])
    same = pinned_answers.folded(words) == pinned_answers.folded(question)
    asked = "\n".join(filter(None, (question, "" if same else words)))
    hits = engine().search(words, viewer(), limit=OFFERED).hits[:OFFERED] if words else []
    return _form(None, asked, list(here.values()), "", question=question, words=words, hits=hits)


@bp.get("/<int:pin_id>")
def one(pin_id: int) -> str:
    """Show the form of an existing pinned answer."""
    with library().reading() as db:
        pin = pinned_answers.get(db, viewer(), pin_id)
        asked = "\n".join(question.text for question in pin.questions)
        here = [p for p in pinned_answers.current_passages(db, viewer(), pin_id) if p]
        return _form(pin_id, asked, here, pin.note)


@bp.post("")
def save() -> ResponseReturnValue:
    """Save a new pinned answer."""
    with library().transaction() as db:
        _save(db, None)
    flash(gettext("The answer is pinned. It is shown first for these questions."))
    return redirect(url_for("pins.page"))


@bp.post("/<int:pin_id>")
def change(pin_id: int) -> ResponseReturnValue:
    """Save or remove a pinned answer."""
    with library().transaction() as db:
        if request.form.get("do") == "remove":
            pinned_answers.remove(db, viewer(), pin_id)
        else:
            _save(db, pin_id)
    flash(gettext("Saved."))
    return redirect(url_for("pins.page"))


def _save(db: Transaction, pin_id: int | None) -> None:
    given = request.form.getlist("passage")
    given += params.text(request.form, "passages", longest=20_000).replace(",", " ").split()
    wanted = PinInput(
        questions=params.text(request.form, "questions", longest=20_000).splitlines(),
        passage_ids=[
            int(one) if local_links.NUMBER.fullmatch(one) else local_links.passage_id(db, one)
            for one in given
        ],
        note=params.text(request.form, "note"),
    )
    pinned_answers.save(db, viewer(), wanted, pin_id)


def _form(
    pin_id: int | None,
    questions: str,
    found: Sequence[FoundPassage],
    note: str,
    **rephrased: object,
) -> str:
    """Return the page with the form. *rephrased* has the search for passages of a new answer."""
    return render_template(
        "curation/pin.html",
        pin_id=pin_id,
        questions=questions,
        addresses=[url_for("passages.page", passage_id=p.id, _external=True) for p in found],
        found=found,
        note=note,
        moment=urls.moment,
        **rephrased,
    )
