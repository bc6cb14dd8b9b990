"""Care of the library: its state, its people, and the sample library."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import audit, mail
from library.access import require_admin
from library.accounts import joining, people, profiles, second_factor
from library.capture import quota, sample_library
from library.editing import speaker_naming
from library.errors import ConflictError, InvalidInputError, LibraryError
from library.holdings import account_names, jobs, sessions, sources
from library.holdings.naming import AmbiguousNameError
from library.models import Person, Role
from library.overview.waiting import Kind
from library.store import Transaction
from web import letters, name_questions, parameters, post, waiting
from web.context import library, queue, viewer
from web.redirects import back_to
from web.views.jobs import describe

bp = Blueprint("care", __name__, url_prefix="/care")

MOST_MIB = 2**33  # the room that can be given to one person


@bp.before_request
def only_administrators() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for all others.
    """
    require_admin(viewer())


@bp.get("/")
def page() -> str:
    """What needs attention first, then how much there is."""
    place = library()
    with place.reading() as db:
        searchable, total = sessions.coverage(db, viewer())
        return render_template(
            "care/page.html",
            searchable=searchable,
            total=total,
            held=sources.holdings(db),
            jobs=[(source, describe(source)) for source in jobs.unsettled(db)],
            in_words=quota.in_words,
            free=place.files.free_bytes(),
            samples=sample_library.is_loaded(db),
            everybody=len(people.accounts(db)),
            waiting=waiting.told(one for one in waiting.here() if one.kind is Kind.JOINING),
            undelivered=sum(bool(one.reason) for one in mail.outbox(place.settings.home)),
            to_name=speaker_naming.count_to_name(db, viewer()),
        )


@bp.post("/samples")
def load_samples() -> ResponseReturnValue:
    """Put the sample library beside what is there."""
    for source_id in sample_library.load(library()):
        queue().request(source_id)
    flash("The sample library is on its way in. Its first sessions can be found within a minute.")
    return redirect(back_to(url_for("care.page")))


@bp.post("/samples/remove")
def remove_samples() -> ResponseReturnValue:
    """Take the sample library out again."""
    sample_library.remove(library())
    flash("The sample library is gone; what you added yourselves is untouched.")
    return redirect(url_for("care.page"))


@bp.get("/people")
def accounts() -> str:
    """Who has an account here."""
    with library().reading() as db:
        return _people_page(db)


@bp.post("/people")
def invite() -> ResponseReturnValue:
    """Make an account, and show the link with which its owner sets a password."""
    given = {name: parameters.text(request.form, name, longest=254) for name in ("name", "email")}
    try:
        role = parameters.choice(request.form, "role", Role) or Role.MENTEE
        with library().transaction() as db:
            person = people.add_account(
                db,
                name=given["name"],
                email=given["email"],
                role=role,
                password_hash=None,
                person=account_names.person_for(db, viewer(), name_questions.answer(given["name"])),
            )
            token = people.invite(db, person)
            _note(db, "person.invite", person)
    except (InvalidInputError, ConflictError) as error:
        with library().reading() as db:
            asks = isinstance(error, AmbiguousNameError)
            status = HTTPStatus.CONFLICT if asks else HTTPStatus.BAD_REQUEST
            return _people_page(db, given=given, error=error), status
    return _invited(person, token)


@bp.post("/people/<int:person_id>/link")
def new_link(person_id: int) -> str:
    """Make a new link for somebody whose password or first link is gone."""
    with library().transaction() as db:
        person = people.account(db, person_id)
        token = people.invite(db, person)
        _note(db, "person.link", person)
    return _invited(person, token)


@bp.post("/people/<int:person_id>")
def change(person_id: int) -> ResponseReturnValue:
    """Change an account's role, close it, or open it again."""
    role = parameters.choice(request.form, "role", Role)
    with library().transaction() as db:
        person = people.account(db, person_id)
        active = request.form.get("active", "1" if person.active else "") == "1"
        people.change_account(db, viewer(), person, role=role or person.role, active=active)
        _note(db, "person.change", person)
        if "leaves_on" in request.form:
            profiles.let_leave(db, viewer(), person, parameters.day(request.form, "leaves_on"))
        if "quota_mb" in request.form:
            room = parameters.number(request.form, "quota_mb", default=-1, low=0, high=MOST_MIB)
            quota.give(db, viewer(), person, None if room < 0 else room)
    flash(f"Saved: {person.name} is {person.role.value}{'' if active else ', and cannot sign in'}.")
    return redirect(url_for("care.accounts"))


def _note(db: Transaction, action: str, person: Person) -> None:
    detail = {"role": person.role.value, "active": person.active}
    subject = ("person", person.id)
    audit.record(db, viewer().person_id, action, subject, detail=detail, address=viewer().address)


def _invited(person: Person, token: str) -> str:
    """The page that shows a link once; a letter takes it to its owner as well."""
    link = letters.welcome_link(person.id, token)
    post.room().later(lambda: letters.invitation(person, link))
    email = person.email or ""
    posted = letters.unsent(email) or f"It is also on its way to {email}."
    with library().reading() as db:
        shown = _link(person.id, token)
        return _people_page(db, link=shown, invited=person.name, posted=posted)


def _link(person_id: int, token: str) -> str:
    base = library().settings.public_url or request.host_url
    return base.rstrip("/") + url_for("account.welcome", person_id=person_id, token=token)


def _people_page(
    db: Transaction,
    *,
    given: dict[str, str] | None = None,
    error: LibraryError | None = None,
    link: str = "",
    invited: str = "",
    posted: str = "",
) -> str:
    requests = joining.waiting(db)
    return render_template(
        "care/people.html",
        people=people.accounts(db),
        guarded=second_factor.owners(db),
        given=given or {},
        error=str(error) if error else "",
        questions=name_questions.questions_of(error),
        link=link,
        invited=invited,
        posted=posted,
        waiting=requests,
        heard={one.id: account_names.question(db, viewer(), one.name) for one in requests},
        roles=[(role.value, role.value.capitalize()) for role in Role],
        me=viewer().person_id,
        quota_mb=library().settings.quota_mb,
    )
