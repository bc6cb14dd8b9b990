"""Care: people from a table. First a preview, then all of them or nobody."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin
from library.accounts import roster
from library.accounts.roster import Line
from library.errors import InvalidInputError
from library.holdings import account_names
from library.mail import Letter
from library.models import Person
from web import letters, name_questions, parameters, post
from web.context import library, viewer

bp = Blueprint("roster", __name__, url_prefix="/care/people/table")


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("")
def page() -> str:
    """Where a table is chosen or pasted."""
    return _page("")


@bp.post("")
def bring() -> ResponseReturnValue:
    """Show what the table says line by line; when it was shown and is well, take it in."""
    text = ""
    try:
        text = _text()
        with library().reading() as db:
            lines = roster.checked(db, roster.read(text))
        if request.form.get("confirm") != "1" or any(line.problem for line in lines):
            return _page(text, lines), _status(lines)
        made = roster.take_in(library(), viewer(), lines, heard=_heard(lines))
    except InvalidInputError as error:
        return _page(text, error=str(error)), HTTPStatus.BAD_REQUEST
    if request.form.get("write") == "1":
        for person, token in made:
            _write(person, letters.welcome_link(person.id, token))
    flash(f"{len(made)} {'person has' if len(made) == 1 else 'people have'} an account now.")
    return redirect(url_for("care.accounts"))


def _heard(lines: list[Line]) -> dict[int, int]:
    """Return who was chosen for lines whose name a person without account has."""
    chosen = {
        line.number: name_questions.answer(line.name, f"person_id-{line.number}").person_id
        for line in lines
    }
    return {number: person_id for number, person_id in chosen.items() if person_id is not None}


def _write(person: Person, link: str) -> None:
    def letter() -> Letter:
        return letters.invitation(person, link)

    post.room().later(letter)


def _text() -> str:
    file = request.files.get("table")
    if file is not None and file.filename:
        with file.stream as stream:
            return parameters.clean(roster.decoded(stream.read(roster.LARGEST + 1)))
    return parameters.clean(roster.decoded(request.form.get("text", "").encode()))


def _status(lines: list[Line]) -> HTTPStatus:
    broken = any(line.problem for line in lines)
    return HTTPStatus.BAD_REQUEST if broken else HTTPStatus.OK


def _page(text: str, lines: list[Line] | None = None, *, error: str = "") -> str:
    with library().reading() as db:
        questions = {
            line.number: account_names.question(db, viewer(), line.name)
            for line in lines or []
            if line.namesakes
        }
    return render_template(
        "care/roster.html",
        text=text,
        lines=lines or [],
        error=error,
        questions=questions,
        broken=sum(bool(line.problem) for line in lines or []),
        columns=[name for name in roster.COLUMNS if name != "e-mail"],
    )
