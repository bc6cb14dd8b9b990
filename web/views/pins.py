"""Pinned answers: what a curator chose for a question, made, changed and removed."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.curating import pins
from library.curating.pins import Wanted
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage
from library.store import Transaction
from web import parameters, pasted
from web.context import library, viewer

bp = Blueprint("pins", __name__, url_prefix="/pins")

PAGE = 30


@bp.get("")
def page() -> str:
    """The pinned answers, newest first, with what has fallen away."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        found = pins.everything(db, viewer(), limit=PAGE + 1, before_id=before)
        return render_template(
            "curating/pins.html",
            found=[(pin, pins.standing(db, viewer(), pin.id)) for pin in found[:PAGE]],
            more=found[PAGE - 1].id if len(found) > PAGE else None,
        )


@bp.get("/new")
def new() -> str:
    """The form, begun with a question and a passage."""
    with library().reading() as db:
        pins.everything(db, viewer(), limit=1)
        question = parameters.text(request.args, "q")
        number = parameters.identifier(request.args, "passage")
        here = passage_rows.by_ids(db, viewer(), [number] if number else [])
        return _form(None, question, list(here.values()), "")


@bp.get("/<int:pin_id>")
def one(pin_id: int) -> str:
    """The form of one that is there."""
    with library().reading() as db:
        pin = pins.get(db, viewer(), pin_id)
        asked = "\n".join(question.text for question in pin.questions)
        here = [p for p in pins.standing(db, viewer(), pin_id) if p]
        return _form(pin_id, asked, here, pin.note)


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep an answer."""
    with library().transaction() as db:
        _save(db, None)
    flash("Pinned. It is shown first where this is asked.")
    return redirect(url_for("pins.page"))


@bp.post("/<int:pin_id>")
def change(pin_id: int) -> ResponseReturnValue:
    """Keep it changed, or remove it."""
    with library().transaction() as db:
        if request.form.get("do") == "remove":
            pins.remove(db, viewer(), pin_id)
        else:
            _save(db, pin_id)
    flash("Saved.")
    return redirect(url_for("pins.page"))


def _save(db: Transaction, pin_id: int | None) -> None:
    given = parameters.text(request.form, "passages", longest=20_000).replace(",", " ").split()
    wanted = Wanted(
        questions=parameters.text(request.form, "questions", longest=20_000).splitlines(),
        passage_ids=[
            int(one) if pasted.NUMBER.fullmatch(one) else pasted.passage_id(db, one)
            for one in given
        ],
        note=parameters.text(request.form, "note"),
    )
    pins.save(db, viewer(), wanted, pin_id)


def _form(pin_id: int | None, questions: str, found: Sequence[FoundPassage], note: str) -> str:
    return render_template(
        "curating/pin.html",
        pin_id=pin_id,
        questions=questions,
        addresses=[url_for("passages.page", passage_id=p.id, _external=True) for p in found],
        found=found,
        note=note,
    )
