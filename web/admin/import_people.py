"""Import of people from a CSV table, with a preview. One error in the table stops the import."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.accounts import import_csv
from library.accounts.import_csv import CsvRow
from library.errors import InvalidInputError
from library.models import Person
from library.notifications.email import OutgoingEmail
from library.sessions import account_matching
from library.translation import ngettext
from web.capture import name_disambiguation
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, viewer
from web.mail import messages, sender
from web.rendering.template_filters import ROLE_NAMES

bp = admin_blueprint("roster", __name__, "/care/people/table")


@bp.get("")
def page() -> str:
    """Show the form that takes a table."""
    return _page("")


@bp.post("")
def bring() -> ResponseReturnValue:
    """Create the accounts of a table that was confirmed. Otherwise show a preview or the errors."""
    text = ""
    try:
        text = _text()
        with library().reading() as db:
            lines = import_csv.checked(db, import_csv.read(text))
        if request.form.get("confirm") != "1" or any(line.problem for line in lines):
            return _page(text, lines), _status(lines)
        made = import_csv.import_accounts(library(), viewer(), lines, heard=_chosen_people(lines))
    except InvalidInputError as error:
        return _page(text, error=str(error)), HTTPStatus.BAD_REQUEST
    if request.form.get("write") == "1":
        for person, token in made:
            _write(person, messages.welcome_link(person.id, token))
    flash(ngettext("%(num)s account was created.", "%(num)s accounts were created.", len(made)))
    return redirect(url_for("care.accounts"))


def _chosen_people(lines: list[CsvRow]) -> dict[int, int]:
    """Return the people without account whom the administrator chose in the form.

    Keys are line numbers of the table, values are ids of people.
    """
    chosen = {
        line.number: name_disambiguation.answer(line.name, f"person_id-{line.number}").person_id
        for line in lines
    }
    return {number: person_id for number, person_id in chosen.items() if person_id is not None}


def _write(person: Person, link: str) -> None:
    def compose() -> OutgoingEmail:
        return messages.invitation(person, link)

    sender.mail_sender().later(compose)


def _text() -> str:
    file = request.files.get("table")
    if file is not None and file.filename:
        with file.stream as stream:
            return params.clean(import_csv.decoded(stream.read(import_csv.LARGEST + 1)))
    return params.clean(import_csv.decoded(request.form.get("text", "").encode()))


def _status(lines: list[CsvRow]) -> HTTPStatus:
    broken = any(line.problem for line in lines)
    return HTTPStatus.BAD_REQUEST if broken else HTTPStatus.OK


def _page(text: str, lines: list[CsvRow] | None = None, *, error: str = "") -> str:
    with library().reading() as db:
        questions = {
            line.number: account_matching.question(db, viewer(), line.name)
            for line in lines or []
            if line.namesakes
        }
    return render_template(
        "admin/import_people.html",
        text=text,
        lines=lines or [],
        error=error,
        questions=questions,
        roles=ROLE_NAMES,
        broken=sum(bool(line.problem) for line in lines or []),
        columns=[name for name in import_csv.COLUMNS if name != "e-mail"],
    )
