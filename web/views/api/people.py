"""Accounts and invitations from a program; for administrators, and oneself."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

import dataclasses
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library import audit
from library.access import require_admin
from library.accounts import addresses, people, profiles, roster
from library.accounts.profiles import Profile
from library.capture import quota
from library.errors import InvalidInputError, NotAllowedError
from library.holdings import account_names
from library.models import Person
from library.store import Transaction
from library.withdrawal import leaving
from library.withdrawal.leaving import Wish
from web import letters, post
from web.context import library, viewer
from web.details import SOMEBODY_ELSE
from web.parameters import clean
from web.views.api.admin_schemas import (
    InvitationSchema,
    InvitedSchema,
    LeavingSchema,
    PersonChangesSchema,
    PersonListSchema,
    PersonSchema,
)
from web.views.api.door_schemas import ProfileSchema, TableSchema, TakenInSchema
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.name_schemas import given_name
from web.views.api.paging import asked, cut, following
from web.views.api.receipts import ReceiptSchema
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_people", __name__, url_prefix="/api/v1", description="Accounts; for administrators."
)

SHOWN = 5  # lines of a table that have to be mended
Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/people")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PersonListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """Who has an account, the newest first."""
    with library().reading() as db:
        require_admin(viewer())
        shown, last = cut(page, people.newest(db, **asked(page)))
        listed = [_written(person) for person in shown]
    return {"people": listed, "next": following("api_people.index", page, last)}


@bp.get("/me")
@bp.response(200, PersonSchema)
def me() -> Answer:
    """Whom the token speaks for."""
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    with library().reading() as db:
        content = _written(people.get(db, person_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/me")
@bp.doc(parameters=[MATCH])
@bp.arguments(ProfileSchema)
@bp.response(200, PersonSchema)
def describe(given: dict[str, Any]) -> Answer:
    """Say of yourself what you can help with and what you want to learn."""
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    with library().transaction() as db:
        person = people.get(db, person_id)
        require_match(tag_of(_written(person)))
        now = {field.name: getattr(person, field.name) for field in dataclasses.fields(Profile)}
        profiles.describe(db, person, Profile(**{**now, **given}))
        content = _written(person)
    return content, 200, {"ETag": tag_of(content)}


@bp.post("/people/import")
@bp.arguments(TableSchema)
@bp.response(201, TakenInSchema)
def take_in(given: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make an account for each line of a table (CSV), or none when a line has to be mended."""
    require_admin(viewer())
    with library().reading() as db:
        lines = roster.checked(db, roster.read(clean(roster.decoded(given["table"].encode()))))
    if wrong := [f"Line {line.number}: {line.problem}" for line in lines if line.problem]:
        raise InvalidInputError(" ".join(wrong[:SHOWN]))
    made = roster.take_in(library(), viewer(), lines)
    listed = [_written(person) for person, _ in made]
    for person, token in made if given["write"] else []:
        _send(person, letters.welcome_link(person.id, token))
    return {"people": listed}, 201


@bp.get("/people/<int:person_id>")
@bp.response(200, PersonSchema)
def one(person_id: int) -> Answer:
    """One account; its ETag is what a change has to name."""
    with library().reading() as db:
        content = _written(_account(db, person_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/people/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(PersonChangesSchema)
@bp.response(200, PersonSchema)
def change(given: dict[str, Any], person_id: int) -> Answer:
    """Change somebody's role, room or last day, close their account, or open it again."""
    who = viewer()
    with library().transaction() as db:
        person = _account(db, person_id)
        require_match(tag_of(_written(person)))
        role, active = given.get("role", person.role), given.get("active", person.active)
        people.change_account(db, who, person, role=role, active=active)
        _note(db, "person.change", person)
        if "leaves_on" in given:
            profiles.let_leave(db, who, person, given["leaves_on"])
        if "quota_mb" in given:
            quota.give(db, who, person, given["quota_mb"])
        db.flush()
        content = _written(person)
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/people/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(LeavingSchema, location="query")
@bp.response(200, ReceiptSchema)
def leave(given: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Delete somebody's account and data for good, as they asked; gives the receipt."""
    with library().reading() as db:
        person = _account(db, person_id)
        require_match(tag_of(_written(person)))
        if addresses.normal(given["email"]) != person.email:
            raise InvalidInputError(
                "Give the address of the account itself, so that it is no mistake."
            )
    if person_id == viewer().person_id:
        raise NotAllowedError(
            "Delete your own account on its page: a token does not end its owner."
        )
    wish = Wish(sessions=given["sessions"], name=given["name"])
    receipt = leaving.leave(library(), viewer(), person_id, wish)
    sha256 = receipt.content["sha256"]
    return {
        "receipt": receipt.content,
        "links": {
            "self": url_for("leaving.receipt_file", sha256=sha256),
            "page": url_for("leaving.receipt", sha256=sha256),
        },
    }


@bp.post("/invitations")
@bp.arguments(InvitationSchema)
@bp.response(201, InvitedSchema)
def invite(given: dict[str, Any]) -> Answer:
    """Make an account. The link with which its owner sets a password is given this once."""
    with library().transaction() as db:
        require_admin(viewer())
        named = given_name(given["name"], given.pop("person_id", SOMEBODY_ELSE))
        heard = account_names.person_for(db, viewer(), named)
        person = people.add_account(db, password_hash=None, person=heard, **given)
        content, headers = _invited(db, person, "person.invite")
    return {**content, "unsent": letters.unsent(content["email"])}, 201, headers


@bp.post("/people/<int:person_id>/invitation")
@bp.response(201, InvitedSchema)
def invite_again(person_id: int) -> Answer:
    """A new link for somebody whose password or first link is gone; the earlier one ends."""
    with library().transaction() as db:
        content, headers = _invited(db, _account(db, person_id), "person.link")
    return {**content, "unsent": letters.unsent(content["email"])}, 201, headers


def _account(db: Transaction, person_id: int) -> Person:
    require_admin(viewer())
    return people.account(db, person_id)


def _invited(db: Transaction, person: Person, action: str) -> tuple[dict[str, Any], dict[str, str]]:
    link = letters.welcome_link(person.id, people.invite(db, person))
    _note(db, action, person)
    _send(person, link)
    where = {"Location": url_for("api_people.one", person_id=person.id)}
    content = _written(person)
    return {**content, "invitation": link}, {**where, "ETag": tag_of(content)}


def _send(person: Person, link: str) -> None:
    post.room().later(lambda: letters.invitation(person, link))


def _note(db: Transaction, action: str, person: Person) -> None:
    detail = {"role": person.role.value, "active": person.active}
    who, subject = viewer(), ("person", person.id)
    audit.record(db, who.person_id, action, subject, detail=detail, address=who.address)


def _written(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "active": person.active,
        "leaves_on": person.leaves_on,
        "quota_mb": person.quota_mb,
        "about": person.about,
        "helps_with": person.helps_with,
        "learns": person.learns,
        "languages": person.languages,
        "availability": person.availability,
        "created_at": person.created_at,
        "links": {
            "self": url_for("api_people.one", person_id=person.id),
            "page": url_for("people.page", person_id=person.id),
        },
    }
