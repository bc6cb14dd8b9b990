"""Many sessions at once: chosen from a list, looked at, changed, and put back."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from library.access import today
from library.accounts import people
from library.curating import bulk, bulk_choice, bulk_undo, review_desk
from library.curating.bulk import Kept, Wish
from library.curating.bulk_choice import Wanted
from library.curating.bulk_fields import Cell
from library.curating.bulk_undo import Undone
from library.errors import ConflictError, NotAllowedError
from library.holdings.reading import shelves
from library.models import Form, Role, Visibility, now
from library.store import Transaction
from web import bulk_progress, bulk_words, parameters
from web.bulk_progress import Following
from web.context import library, viewer
from web.look import FORM_NAMES, LANGUAGES, VISIBILITY_NAMES

bp = Blueprint("many", __name__, url_prefix="/many")

PAGE = 50  # sessions
SHOWN = 200  # changes on one page
LONGEST = 60_000  # characters of a list of numbers
NOTHING = "-"  # of a field that is to be emptied


@bp.before_request
def only_members() -> None:
    """Let guests stay outside.

    Raises:
        NotAllowedError: for guests.
    """
    if not viewer().is_member:
        raise NotAllowedError


@bp.get("")
def page() -> str:
    """The list to choose from."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        wanted = _wanted()
        listed = bulk_choice.found(db, viewer(), wanted, limit=PAGE + 1, before_id=before)
        return render_template(
            "curating/many.html",
            found=listed[:PAGE],
            more=listed[PAGE - 1].id if len(listed) > PAGE else None,
            total=bulk_choice.count(db, viewer(), wanted),
            most=bulk.MOST,
            chosen={k: v for k, v in request.args.items() if k != "before" and v},
            today=today(),
            visibilities=[(v.value, VISIBILITY_NAMES[v]) for v in Visibility],
            **_offered(db),
        )


@bp.post("/look")
def look() -> str:
    """What would change, what cannot, and why."""
    with library().reading() as db:
        return _look(db, _chosen(db), _wishes())


@bp.post("")
def change() -> ResponseReturnValue:
    """Change what was looked at."""
    ids, wishes = _ids(), _wishes()
    try:
        with library().reading() as db:
            planned = bulk.plan(db, viewer(), ids, wishes)
        with library().transaction() as db:
            edit_id = bulk.begin(db, viewer(), planned, request.form.get("mark", "")).id
    except ConflictError as error:
        with library().reading() as db:
            return _look(db, ids, wishes, str(error)), 409
    steps = bulk.change(library(), viewer(), edit_id, planned.steps)
    said = partial(_changed, edit_id, planned.changed)
    following = Following(steps, edit_id=edit_id, sessions=planned.changed, said=said)
    return bulk_progress.answer("Many sessions are changed", following)


@bp.get("/changes")
def changes() -> str:
    """What was changed so, newest first."""
    before = parameters.identifier(request.args, "before")
    with library().reading() as db:
        found = bulk.made(db, viewer(), limit=PAGE + 1, before_id=before)
        return render_template(
            "curating/changes.html",
            edits=[(edit, bulk_words.said(db, edit)) for edit in found[:PAGE]],
            names=people.names(db, [edit.person_id for edit in found]),
            more=found[PAGE - 1].id if len(found) > PAGE else None,
        )


@bp.get("/changes/<int:edit_id>")
def one(edit_id: int) -> str:
    """One change: what it was, and what undoing it would leave."""
    with library().reading() as db:
        edit = bulk.get(db, viewer(), edit_id)
        found = bulk.changes_of(db, viewer(), edit)
        open_still = edit.undone_at is None and edit.made_at + bulk_undo.UNDONE_FOR > now()
        to_put_back = len(bulk_undo.waiting(db, edit)) if edit.undone_at else 0
        left = bulk_undo.conflicts(db, viewer(), edit) if open_still or to_put_back else []
        titles = {
            s.id: s.title for s in bulk.visible_of(db, viewer(), [c.session_id for c in found])
        }
        return render_template(
            "curating/change.html",
            edit=edit,
            by=people.names(db, [edit.person_id]).get(edit.person_id or 0, "Somebody who left"),
            said=bulk_words.said(db, edit),
            found=[
                (
                    c,
                    titles[c.session_id],
                    bulk_words.value(db, c.field, c.number, c.before),
                    bulk_words.value(db, c.field, c.number, c.after),
                )
                for c in found[:SHOWN]
            ],
            total=len(found),
            names=bulk_words.NAMES,
            left=_left(left),
            changed=bulk.changed(db, edit),
            to_put_back=to_put_back,
            open_still=open_still,
            until=edit.made_at + bulk_undo.UNDONE_FOR,
        )


@bp.post("/changes/<int:edit_id>/undo")
def undo(edit_id: int) -> ResponseReturnValue:
    """Put back what it changed."""
    undone = Undone()
    with library().transaction() as db:
        sessions = bulk_undo.begin(db, viewer(), edit_id)
    steps = bulk_undo.put_back(library(), viewer(), edit_id, undone)
    said = partial(_undone, undone)
    following = Following(steps, edit_id=edit_id, sessions=sessions, said=said)
    return bulk_progress.answer("Many sessions are put back", following)


def _changed(edit_id: int, wanted: int) -> str:
    """What came of a change."""
    with library().reading() as db:
        changed = bulk.changed(db, bulk.get(db, viewer(), edit_id))
    if changed == wanted:
        return f"{_sessions(changed)} changed. You can put it back for 30 days."
    return (
        f"{changed} of {_sessions(wanted)} changed. The others stay as they are: something about "
        "them has changed meanwhile, or this was put back. You can put it back for 30 days."
    )


def _undone(undone: Undone) -> str:
    """What came of putting back."""
    left = f" {len(undone.left)} were left as they are now." if undone.left else ""
    return f"{undone.put_back} changes are put back.{left}"


def _look(db: Transaction, ids: list[int], wishes: list[Wish], error: str = "") -> str:
    planned = bulk.plan(db, viewer(), ids, wishes)
    first = list(bulk.visible_of(db, viewer(), [s.session_id for s in planned.steps][:SHOWN]))
    titles = {session.id: session.title for session in first}
    return render_template(
        "curating/look.html",
        plan=planned,
        ids=" ".join(map(str, planned.session_ids)),
        given=[(k, v) for k, v in request.form.items() if k in FIELDS and v],
        wishes=[bulk_words.wish(db, wish) for wish in planned.wishes],
        steps=[
            (
                titles[s.session_id],
                bulk_words.NAMES[s.cell.field],
                bulk_words.value(db, s.cell.field, s.cell.number, s.before),
                bulk_words.value(db, s.cell.field, s.cell.number, s.after),
            )
            for s in planned.steps[:SHOWN]
            if s.session_id in titles
        ],
        sessions=_sessions(planned.changed),
        kept=_left(planned.kept),
        error=error,
    )


def _left(kept: Any) -> list[tuple[str, list[Kept]]]:
    """What stays, by the reason."""
    grouped: dict[str, list[Kept]] = {}
    for one_kept in kept:
        grouped.setdefault(one_kept.why, []).append(one_kept)
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


def _wishes() -> list[Wish]:
    """What the form says is to change; what is empty stays."""
    given = request.form
    wishes = [
        Wish(Cell(name), "" if value == NOTHING else value)
        for name in ("language", "form", "visibility")
        if (value := parameters.text(given, name, longest=20))
    ]
    for name in ("owner", "reviewer"):
        if (value := given.get(name, "")) == NOTHING:
            wishes.append(Wish(Cell(name), None))
        elif value:
            wishes.append(Wish(Cell(name), parameters.identifier(given, name)))
    if given.get("no_day"):
        wishes.append(Wish(Cell("review_by"), None))
    elif day := parameters.day(given, "review_by"):
        wishes.append(Wish(Cell("review_by"), day.isoformat()))
    for name, field, inside in (
        ("put", "collection", True),
        ("take", "collection", False),
        ("topic_put", "topic", True),
        ("topic_take", "topic", False),
    ):
        if (number := parameters.identifier(given, name)) is not None:
            wishes.append(Wish(Cell(field, number), inside))
    return wishes


def _chosen(db: Transaction) -> list[int]:
    """The ticked sessions, or all that the filter finds."""
    if request.form.get("all") == "1":
        return list(bulk_choice.numbers(db, viewer(), _wanted(request.form)))
    ticked = request.form.getlist("session")
    if not ticked:
        return _ids()
    return [parameters.number({"session": one}, "session", default=0) for one in ticked]


def _ids() -> list[int]:
    listed = parameters.text(request.form, "ids", longest=LONGEST).split()
    return [parameters.number({"session": one}, "session", default=0) for one in listed]


def _wanted(given: Any = None) -> Wanted:
    given = request.args if given is None else given
    inside = given.get("collection", "")
    return Wanted(
        words=parameters.text(given, "q", longest=200),
        collection_id=None if inside == NOTHING else parameters.identifier(given, "collection"),
        without_collection=inside == NOTHING,
        visibility=parameters.choice(given, "seen", Visibility),
        form=parameters.choice(given, "kind", Form),
        due=given.get("due") == "1",
    )


def _offered(db: Transaction) -> dict[str, Any]:
    """What the fields of the form may be set to."""
    accounts = [p for p in people.accounts(db) if people.may_sign_in(p)]
    return {
        "shelves": [shelf for shelf, _ in shelves(db, viewer())],
        "topics": bulk_choice.topics(db),
        "owners": accounts if viewer().is_admin else [],
        "reviewers": _reviewers(db) if review_desk.curates(db, viewer()) else [],
        "forms": [(form.value, name) for form, name in FORM_NAMES.items()],
        "languages": LANGUAGES.items(),
    }


def _reviewers(db: Transaction) -> list[Any]:
    return [
        person
        for person in people.accounts(db)
        if people.may_sign_in(person)
        and (person.role is Role.ADMIN or review_desk.curates(db, people.viewer_of(person)))
    ]


def _sessions(count: int) -> str:
    return f"{count} {'session' if count == 1 else 'sessions'}"
