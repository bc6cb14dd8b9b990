"""Administration: system status, people, and the sample library."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import audit
from library.accounts import join_requests, people, profiles, two_factor
from library.capture import quota, sample_library
from library.errors import ConflictError, InvalidInputError, LibraryError
from library.models import Person, Role, State
from library.notifications import email as mail
from library.overview import status
from library.preservation import checks
from library.sessions import account_matching, jobs
from library.sessions.person_lookup import AmbiguousNameError
from library.speakers import naming
from library.store import Transaction
from library.todo.items import Kind
from library.translation import gettext, mark
from web.capture import name_disambiguation
from web.capture.jobs import describe
from web.charts import system_status as status_chart
from web.http import params
from web.http.admin_blueprint import admin_blueprint
from web.http.context import library, queue, viewer
from web.mail import messages, sender
from web.rendering import todo_items as items
from web.rendering.local_links import back_to
from web.rendering.template_filters import ROLE_NAMES

bp = admin_blueprint("care", __name__, "/care")

MOST_MIB = 2**33  # largest quota of one person
JOB_LABELS = {
    State.WAITING: mark("Recordings and notes: waiting"),
    State.WORKING: mark("Recordings and notes: in progress"),
    State.READY: mark("Recordings and notes: ready"),
    State.FAILED: mark("Recordings and notes: failed"),
    State.CANCELLED: mark("Recordings and notes: stopped"),
}


@bp.get("/")
def page() -> str:
    """Show the system status: what needs attention, numbers, integrity checks, last backup."""
    place = library()
    with place.reading() as db:
        state = status.status(place, db, viewer())
        return render_template(
            "admin/system_status.html",
            state=state,
            chart=status_chart.drawn(state, _chart_links()),
            job_labels=JOB_LABELS,
            seconds=state.seconds,
            jobs=[(source, describe(source)) for source in jobs.unfinished_sources(db)],
            in_words=quota.in_words,
            samples=sample_library.is_loaded(db),
            accounts=people.count_accounts(db),
            waiting=items.entries(
                one for one in items.items_of_viewer() if one.kind is Kind.JOINING
            ),
            undelivered=sum(bool(one.reason) for one in mail.outbox(place.settings.home)),
            to_name=naming.count_to_name(db, viewer()),
            found=state.check,
            wanted=checks.is_wanted(db),
            backup=state.backup,
        )


def _chart_links() -> dict[str, str]:
    return {
        "sessions": url_for("sessions.index"),
        "work": url_for("jobs.index"),
        "health": url_for("care.page", _anchor="backup"),
    }


@bp.post("/samples")
def load_samples() -> ResponseReturnValue:
    """Add the sample library."""
    for source_id in sample_library.load(library()):
        queue().request(source_id)
    flash(
        gettext(
            "The sample library is being added. Its first sessions can be found within a minute."
        )
    )
    return redirect(back_to(url_for("care.page")))


@bp.post("/samples/remove")
def remove_samples() -> ResponseReturnValue:
    """Remove the sample library."""
    sample_library.remove(library())
    flash(gettext("The sample library is removed. Your own sessions are unchanged."))
    return redirect(url_for("care.page"))


@bp.get("/people")
def accounts() -> str:
    """List the accounts, and the requests for a new account."""
    with library().reading() as db:
        return _people_page(db)


@bp.post("/people")
def invite() -> ResponseReturnValue:
    """Create an account and show the link that sets its password."""
    given = {name: params.text(request.form, name, longest=254) for name in ("name", "email")}
    try:
        role = params.choice(request.form, "role", Role) or Role.MENTEE
        with library().transaction() as db:
            person = people.add_account(
                db,
                name=given["name"],
                email=given["email"],
                role=role,
                password_hash=None,
                person=account_matching.person_for(
                    db, viewer(), name_disambiguation.answer(given["name"])
                ),
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
    """Create a new invitation link for an account."""
    with library().transaction() as db:
        person = people.account(db, person_id)
        token = people.invite(db, person)
        _note(db, "person.link", person)
    return _invited(person, token)


@bp.post("/people/<int:person_id>")
def change(person_id: int) -> ResponseReturnValue:
    """Change the role, last day or quota of an account, or close or reopen the account."""
    role = params.choice(request.form, "role", Role)
    with library().transaction() as db:
        person = people.account(db, person_id)
        active = request.form.get("active", "1" if person.active else "") == "1"
        people.change_account(db, viewer(), person, role=role or person.role, active=active)
        _note(db, "person.change", person)
        if "leaves_on" in request.form:
            profiles.set_last_day(db, viewer(), person, params.day(request.form, "leaves_on"))
        if "quota_mb" in request.form:
            mib = params.number(request.form, "quota_mb", default=-1, low=0, high=MOST_MIB)
            quota.set_quota(db, viewer(), person, None if mib < 0 else mib)
    role_label = gettext(ROLE_NAMES[person.role])
    if active:
        message = gettext(
            "Saved: %(name)s has the role %(role)s.", name=person.name, role=role_label
        )
    else:
        message = gettext(
            "Saved: %(name)s has the role %(role)s, and cannot sign in.",
            name=person.name,
            role=role_label,
        )
    flash(message)
    return redirect(url_for("care.accounts"))


def _note(db: Transaction, action: str, person: Person) -> None:
    detail = {"role": person.role.value, "active": person.active}
    subject = ("person", person.id)
    audit.record(db, viewer().person_id, action, subject, detail=detail, address=viewer().address)


def _invited(person: Person, token: str) -> str:
    """Return the page that shows an invitation link once, and send the link by e-mail."""
    link = messages.welcome_link(person.id, token)
    sender.mail_sender().later(lambda: messages.invitation(person, link))
    email = person.email or ""
    posted = messages.unsent(email) or gettext(
        "The link is also being sent to %(email)s.", email=email
    )
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
    requests = join_requests.waiting(db)
    return render_template(
        "admin/people.html",
        people=people.accounts(db),
        guarded=two_factor.owners(db),
        given=given or {},
        error=str(error) if error else "",
        questions=name_disambiguation.questions_of(error),
        link=link,
        invited=invited,
        posted=posted,
        waiting=requests,
        heard={one.id: account_matching.question(db, viewer(), one.name) for one in requests},
        roles=[(role.value, gettext(label)) for role, label in ROLE_NAMES.items()],
        me=viewer().person_id,
        quota_mb=library().settings.quota_mb,
    )
