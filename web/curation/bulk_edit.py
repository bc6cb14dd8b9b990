"""Pages that select sessions, preview a bulk edit, apply it, and undo it."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from library.access import today
from library.accounts import people
from library.collections.listing import collections_with_counts
from library.curation import bulk_edit, bulk_selection, bulk_undo, review
from library.curation.bulk_edit import FieldChange, RefusedChange
from library.curation.bulk_fields import FieldRef
from library.curation.bulk_selection import SessionSelection
from library.curation.bulk_undo import Undone
from library.errors import ConflictError, NotAllowedError
from library.models import Form, Role, Visibility, now
from library.sessions.description import FORM_NAMES, VISIBILITY_NAMES
from library.store import Transaction
from library.translation import gettext, ngettext
from web.curation import bulk_edit_descriptions, bulk_edit_progress
from web.curation.bulk_edit_progress import BulkEditWork
from web.http import params
from web.http.context import library, viewer
from web.rendering.template_filters import LANGUAGES

bp = Blueprint("many", __name__, url_prefix="/many")

PAGE = 50  # sessions
SHOWN = 200  # maximum number of changes on one page
LONGEST = 60_000  # maximum characters of a list of session ids
NOTHING = "-"  # value that empties a field


@bp.before_request
def only_members() -> None:
    """Require a member.

    Raises:
        NotAllowedError: The viewer is a guest.
    """
    if not viewer().is_member:
        raise NotAllowedError


@bp.get("")
def page() -> str:
    """List sessions that can be selected for a bulk edit."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        wanted = _wanted()
        listed = bulk_selection.found(db, viewer(), wanted, limit=PAGE + 1, before_id=before)
        return render_template(
            "curation/bulk_edit.html",
            found=listed[:PAGE],
            more=listed[PAGE - 1].id if len(listed) > PAGE else None,
            total=bulk_selection.count(db, viewer(), wanted),
            chosen={k: v for k, v in request.args.items() if k != "before" and v},
            today=today(),
            visibilities=[(v.value, gettext(name)) for v, name in VISIBILITY_NAMES.items()],
            **_offered(db),
        )


@bp.post("/look")
def look() -> str:
    """Preview a bulk edit: its changes, and the changes that are not possible, with reasons."""
    with library().reading() as db:
        return _look(db, _chosen(db), _changes())


@bp.post("")
def change() -> ResponseReturnValue:
    """Apply the previewed changes."""
    ids, changes = _ids(), _changes()
    try:
        with library().reading() as db:
            planned = bulk_edit.plan(db, viewer(), ids, changes)
        with library().transaction() as db:
            edit_id = bulk_edit.begin(db, viewer(), planned, request.form.get("mark", "")).id
    except ConflictError as error:
        with library().reading() as db:
            return _look(db, ids, changes, str(error)), 409
    steps = bulk_edit.change(library(), viewer(), edit_id, planned.steps)
    message = partial(_changed, edit_id, planned.changed)
    following = BulkEditWork(steps, edit_id=edit_id, sessions=planned.changed, message=message)
    return bulk_edit_progress.answer(gettext("The bulk edit is applied"), following)


@bp.get("/changes")
def changes() -> str:
    """List the bulk edits, newest first."""
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        found = bulk_edit.made(db, viewer(), limit=PAGE + 1, before_id=before)
        return render_template(
            "curation/bulk_changes.html",
            edits=[(edit, bulk_edit_descriptions.summary(db, edit)) for edit in found[:PAGE]],
            names=people.names(db, [edit.person_id for edit in found]),
            more=found[PAGE - 1].id if len(found) > PAGE else None,
        )


@bp.get("/changes/<int:edit_id>")
def one(edit_id: int) -> str:
    """Show one bulk edit, and the fields that its undo would skip."""
    with library().reading() as db:
        edit = bulk_edit.get(db, viewer(), edit_id)
        found = bulk_edit.changes_of(db, viewer(), edit)
        open_still = edit.undone_at is None and edit.made_at + bulk_undo.UNDONE_FOR > now()
        to_put_back = len(bulk_undo.waiting(db, edit)) if edit.undone_at else 0
        left = bulk_undo.conflicts(db, viewer(), edit) if open_still or to_put_back else []
        titles = {
            s.id: s.title for s in bulk_edit.visible_of(db, viewer(), [c.session_id for c in found])
        }
        return render_template(
            "curation/bulk_change.html",
            edit=edit,
            by=people.names(db, [edit.person_id]).get(
                edit.person_id or 0, gettext("Deleted account")
            ),
            summary=bulk_edit_descriptions.summary(db, edit),
            found=[
                (
                    c,
                    titles[c.session_id],
                    bulk_edit_descriptions.value(db, c.field, c.number, c.before),
                    bulk_edit_descriptions.value(db, c.field, c.number, c.after),
                )
                for c in found[:SHOWN]
            ],
            total=len(found),
            names=bulk_edit_descriptions.NAMES,
            left=_by_reason(left),
            changed=bulk_edit.changed(db, edit),
            to_put_back=to_put_back,
            open_still=open_still,
            until=edit.made_at + bulk_undo.UNDONE_FOR,
        )


@bp.post("/changes/<int:edit_id>/undo")
def undo(edit_id: int) -> ResponseReturnValue:
    """Undo a bulk edit."""
    undone = Undone()
    with library().transaction() as db:
        sessions = bulk_undo.begin(db, viewer(), edit_id)
    steps = bulk_undo.put_back(library(), viewer(), edit_id, undone)
    message = partial(_undone, undone)
    following = BulkEditWork(steps, edit_id=edit_id, sessions=sessions, message=message)
    return bulk_edit_progress.answer(gettext("The bulk edit is undone"), following)


def _changed(edit_id: int, wanted: int) -> str:
    """Return a sentence on how many of the *wanted* sessions a bulk edit has changed."""
    with library().reading() as db:
        changed = bulk_edit.changed(db, bulk_edit.get(db, viewer(), edit_id))
    if changed == wanted:
        return ngettext(
            "%(num)s session changed. You can undo this for 30 days.",
            "%(num)s sessions changed. You can undo this for 30 days.",
            changed,
        )
    return ngettext(
        "%(changed)s of %(num)s session changed. The other session stays the same: it was changed "
        "meanwhile, or this edit was undone. You can undo this edit for 30 days.",
        "%(changed)s of %(num)s sessions changed. The other sessions stay the same: they were "
        "changed meanwhile, or this edit was undone. You can undo this edit for 30 days.",
        wanted,
        changed=changed,
    )


def _undone(undone: Undone) -> str:
    """Return a sentence on how many changes were undone, and how many fields were not."""
    message = ngettext("%(num)s change is undone.", "%(num)s changes are undone.", undone.put_back)
    if not undone.left:
        return message
    return f"{message} " + ngettext(
        "%(num)s field keeps its present value.",
        "%(num)s fields keep their present values.",
        len(undone.left),
    )


def _look(db: Transaction, ids: list[int], changes: list[FieldChange], error: str = "") -> str:
    planned = bulk_edit.plan(db, viewer(), ids, changes)
    first = list(bulk_edit.visible_of(db, viewer(), [s.session_id for s in planned.steps][:SHOWN]))
    titles = {session.id: session.title for session in first}
    return render_template(
        "curation/bulk_preview.html",
        plan=planned,
        ids=" ".join(map(str, planned.session_ids)),
        given=[(k, v) for k, v in request.form.items() if k in FIELDS and v],
        changes=[bulk_edit_descriptions.change(db, one) for one in planned.changes],
        steps=[
            (
                titles[s.session_id],
                gettext(bulk_edit_descriptions.NAMES[s.cell.field]),
                bulk_edit_descriptions.value(db, s.cell.field, s.cell.number, s.before),
                bulk_edit_descriptions.value(db, s.cell.field, s.cell.number, s.after),
            )
            for s in planned.steps[:SHOWN]
            if s.session_id in titles
        ],
        kept=_by_reason(planned.kept),
        error=error,
    )


def _by_reason(refused: Iterable[RefusedChange]) -> list[tuple[str, list[RefusedChange]]]:
    """Group refused changes by reason."""
    grouped: dict[str, list[RefusedChange]] = {}
    for change in refused:
        grouped.setdefault(change.why, []).append(change)
    return list(grouped.items())


FIELDS = (
    "language",
    "form",
    "visibility",
    "owner",
    "review_by",
    "reviewer",
    "put",
    "take",
    "topic_put",
    "topic_take",
    "no_day",
)


def _changes() -> list[FieldChange]:
    """Return the field changes of the form. An empty form field makes no change."""
    given = request.form
    changes = [
        FieldChange(FieldRef(name), "" if value == NOTHING else value)
        for name in ("language", "form", "visibility")
        if (value := params.text(given, name, longest=20))
    ]
    for name in ("owner", "reviewer"):
        if (value := given.get(name, "")) == NOTHING:
            changes.append(FieldChange(FieldRef(name), None))
        elif value:
            changes.append(FieldChange(FieldRef(name), params.identifier(given, name)))
    if given.get("no_day"):
        changes.append(FieldChange(FieldRef("review_by"), None))
    elif day := params.day(given, "review_by"):
        changes.append(FieldChange(FieldRef("review_by"), day.isoformat()))
    for name, field, inside in (
        ("put", "collection", True),
        ("take", "collection", False),
        ("topic_put", "topic", True),
        ("topic_take", "topic", False),
    ):
        if (number := params.identifier(given, name)) is not None:
            changes.append(FieldChange(FieldRef(field, number), inside))
    return changes


def _chosen(db: Transaction) -> list[int]:
    """Return the ids of the ticked sessions, or of all sessions that match the filter."""
    if request.form.get("all") == "1":
        return list(bulk_selection.ids(db, viewer(), _wanted(request.form)))
    ticked = request.form.getlist("session")
    if not ticked:
        return _ids()
    return [params.number({"session": one}, "session", default=0) for one in ticked]


def _ids() -> list[int]:
    listed = params.text(request.form, "ids", longest=LONGEST).split()
    return [params.number({"session": one}, "session", default=0) for one in listed]


def _wanted(given: Any = None) -> SessionSelection:
    given = request.args if given is None else given
    inside = given.get("collection", "")
    return SessionSelection(
        words=params.text(given, "q", longest=200),
        collection_id=None if inside == NOTHING else params.identifier(given, "collection"),
        without_collection=inside == NOTHING,
        visibility=params.choice(given, "seen", Visibility),
        form=params.choice(given, "kind", Form),
        due=given.get("due") == "1",
    )


def _offered(db: Transaction) -> dict[str, Any]:
    """Return the choices for the fields of the bulk edit form, by name of the template variable."""
    accounts = [p for p in people.accounts(db) if people.may_sign_in(p)]
    return {
        "collection_list": [collection for collection, _ in collections_with_counts(db, viewer())],
        "topics": bulk_selection.topics(db),
        "owners": accounts if viewer().is_admin else [],
        "reviewers": _reviewers(db) if review.curates(db, viewer()) else [],
        "forms": [(form.value, gettext(name)) for form, name in FORM_NAMES.items()],
        "languages": [(code, gettext(name)) for code, name in LANGUAGES.items()],
    }


def _reviewers(db: Transaction) -> list[Any]:
    return [
        person
        for person in people.accounts(db)
        if people.may_sign_in(person)
        and (person.role is Role.ADMIN or review.curates(db, people.viewer_of(person)))
    ]
