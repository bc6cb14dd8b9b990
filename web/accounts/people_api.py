"""API resources of accounts and invitations, for administrators, and of the viewer's profile."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

import dataclasses
from typing import Any

from flask import Response, jsonify, url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library import audit
from library.access import require_admin
from library.accounts import email_addresses, import_csv, people, profiles
from library.accounts.profiles import Profile
from library.capture import quota
from library.errors import InvalidInputError, NotAllowedError
from library.models import Person, Role
from library.removal import account_deletion
from library.removal.account_deletion import DeletionRequest, OwnName, OwnSessions
from library.sessions import account_matching
from library.sessions.name_choices import SOMEBODY_ELSE
from library.store import Transaction
from library.translation import gettext
from web.consent.take_back_api import ReceiptSchema
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of, tag_of_row
from web.http.paging import next_url, query_args, split_page
from web.http.params import clean
from web.mail import messages, sender
from web.openapi.person_name_schemas import given_name, person_choice
from web.openapi.response_fields import Links
from web.openapi.schemas import CleanText, PageSchema, RequestSchema


class PersonSchema(Schema):
    """Account as administrators see it."""

    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    role = fields.Enum(Role, by_value=True)
    active = fields.Boolean()
    leaves_on = fields.Date(allow_none=True)
    quota_mb = fields.Integer(allow_none=True)
    about = fields.String()
    helps_with = fields.String()
    learns = fields.String()
    languages = fields.List(fields.String())
    availability = fields.String()
    created_at = fields.AwareDateTime()
    links = Links({"self": "api_people.one", "page": "people.page"}, person_id="id")


class PersonListSchema(Schema):
    """One page of the accounts, newest first."""

    people = fields.List(fields.Nested(PersonSchema))
    next = fields.String(allow_none=True)


class InvitationSchema(RequestSchema):
    """Person to invite."""

    name = CleanText(required=True, validate=validate.Length(1, 200))
    email = CleanText(required=True, validate=validate.Length(3, 254))
    role = fields.Enum(Role, by_value=True, load_default=Role.MENTEE)
    person_id = person_choice(
        "Person without account and with this name who is named in sessions. The account gets "
        "their sessions. If it is left out, the account is for a new person."
    )


class InvitedSchema(PersonSchema):
    """Account with the link that sets its password. The link is shown once."""

    invitation = fields.String()
    unsent = fields.String(
        metadata={"description": "Why the link is not sent by e-mail; empty if it is sent."}
    )


class PersonChangesSchema(RequestSchema):
    """Changes of an account. Fields that are left out stay the same."""

    role = fields.Enum(Role, by_value=True)
    active = fields.Boolean()
    leaves_on = fields.Date(allow_none=True)
    quota_mb = fields.Integer(allow_none=True, validate=validate.Range(0, 2**31 - 1))


class AccountDeletionSchema(RequestSchema):
    """Confirmation of an account deletion, and what happens to the person's sessions and name."""

    email = fields.Email(
        required=True, metadata={"description": "E-mail address of the account, as a confirmation."}
    )
    sessions = fields.Enum(OwnSessions, by_value=True, load_default=OwnSessions.KEEP)
    name = fields.Enum(OwnName, by_value=True, load_default=OwnName.KEEP)


WORDS = validate.Length(max=profiles.LONGEST)


class ProfileSchema(RequestSchema):
    """Changes of your profile. Fields that are left out stay the same."""

    about = CleanText(validate=WORDS)
    helps_with = CleanText(validate=WORDS)
    learns = CleanText(validate=WORDS)
    availability = CleanText(validate=WORDS)
    languages = fields.List(
        CleanText(validate=validate.Length(2, 35)),
        validate=validate.Length(max=profiles.MOST_LANGUAGES),
        metadata={"description": "BCP 47, such as en or pt-BR."},
    )


class TableSchema(RequestSchema):
    """Table of people in CSV format. Its first line contains the column names."""

    table = fields.String(required=True, validate=validate.Length(1, import_csv.LARGEST))
    write = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether each person gets an e-mail with their link."},
    )


class ImportedPeopleSchema(Schema):
    """Accounts that were created."""

    people = fields.List(fields.Nested(PersonSchema))


bp = Blueprint(
    "api_people", __name__, url_prefix="/api/v1", description="Accounts, for administrators."
)

SHOWN = 5  # lines with errors that a response lists
Answer = tuple[Person | Response, int, dict[str, str]]


@bp.get("/people")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PersonListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the accounts, newest first."""
    with library().reading() as db:
        require_admin(viewer())
        shown, last = split_page(page, people.newest(db, **query_args(page)))
    return {"people": shown, "next": next_url("api_people.index", page, last)}


@bp.get("/me")
@bp.response(200, PersonSchema)
def me() -> Answer:
    """Return the account of the token's owner."""
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    with library().reading() as db:
        person = people.get(db, person_id)
    return person, 200, {"ETag": tag_of_row(PersonSchema(), person)}


@bp.patch("/me")
@bp.doc(parameters=[MATCH])
@bp.arguments(ProfileSchema)
@bp.response(200, PersonSchema)
def describe(given: dict[str, Any]) -> Answer:
    """Change your profile: what you can help with and what you want to learn."""
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    with library().transaction() as db:
        person = people.get(db, person_id)
        require_match(tag_of_row(PersonSchema(), person))
        now = {field.name: getattr(person, field.name) for field in dataclasses.fields(Profile)}
        profiles.describe(db, person, Profile(**{**now, **given}))
    return person, 200, {"ETag": tag_of_row(PersonSchema(), person)}


@bp.post("/people/import")
@bp.arguments(TableSchema)
@bp.response(201, ImportedPeopleSchema)
def take_in(given: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Create an account for each line of a CSV table. If a line has an error, create none."""
    require_admin(viewer())
    with library().reading() as db:
        lines = import_csv.checked(
            db, import_csv.read(clean(import_csv.decoded(given["table"].encode())))
        )
    if wrong := [
        gettext("Line %(number)s: %(problem)s", number=line.number, problem=line.problem)
        for line in lines
        if line.problem
    ]:
        raise InvalidInputError(" ".join(wrong[:SHOWN]))
    made = import_csv.import_accounts(library(), viewer(), lines)
    for person, token in made if given["write"] else []:
        _send(person, messages.welcome_link(person.id, token))
    return {"people": [person for person, _ in made]}, 201


@bp.get("/people/<int:person_id>")
@bp.response(200, PersonSchema)
def one(person_id: int) -> Answer:
    """Return one account. Send its ETag as If-Match to change it."""
    with library().reading() as db:
        person = _account(db, person_id)
    return person, 200, {"ETag": tag_of_row(PersonSchema(), person)}


@bp.patch("/people/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(PersonChangesSchema)
@bp.response(200, PersonSchema)
def change(given: dict[str, Any], person_id: int) -> Answer:
    """Change the role, quota or last day of an account, or close or reopen the account."""
    who = viewer()
    with library().transaction() as db:
        person = _account(db, person_id)
        require_match(tag_of_row(PersonSchema(), person))
        role, active = given.get("role", person.role), given.get("active", person.active)
        people.change_account(db, who, person, role=role, active=active)
        _note(db, "person.change", person)
        if "leaves_on" in given:
            profiles.set_last_day(db, who, person, given["leaves_on"])
        if "quota_mb" in given:
            quota.set_quota(db, who, person, given["quota_mb"])
    return person, 200, {"ETag": tag_of_row(PersonSchema(), person)}


@bp.delete("/people/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(AccountDeletionSchema, location="query")
@bp.response(200, ReceiptSchema)
def leave(given: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Delete an account and its owner's data for good, and return the receipt.

    Use this operation when the owner of the account asks for the deletion.
    """
    with library().reading() as db:
        person = _account(db, person_id)
        require_match(tag_of_row(PersonSchema(), person))
        if email_addresses.normal(given["email"]) != person.email:
            raise InvalidInputError("To confirm, send the e-mail address of this account.")
    if person_id == viewer().person_id:
        raise NotAllowedError(
            "Delete your own account on the page “Your account”. An API token cannot do this."
        )
    asked = DeletionRequest(sessions=given["sessions"], name=given["name"])
    receipt = account_deletion.delete_account(library(), viewer(), person_id, asked)
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
    """Create an account. The link that sets its password is in this response only."""
    with library().transaction() as db:
        require_admin(viewer())
        named = given_name(given["name"], given.pop("person_id", SOMEBODY_ELSE))
        matched = account_matching.person_for(db, viewer(), named)
        person = people.add_account(db, password_hash=None, person=matched, **given)
        link = _invited(db, person, "person.invite")
    return _with_link(person, link)


@bp.post("/people/<int:person_id>/invitation")
@bp.response(201, InvitedSchema)
def invite_again(person_id: int) -> Answer:
    """Create a new invitation link; the earlier link stops working."""
    with library().transaction() as db:
        person = _account(db, person_id)
        link = _invited(db, person, "person.link")
    return _with_link(person, link)


def _account(db: Transaction, person_id: int) -> Person:
    require_admin(viewer())
    return people.account(db, person_id)


def _invited(db: Transaction, person: Person, action: str) -> str:
    link = messages.welcome_link(person.id, people.invite(db, person))
    _note(db, action, person)
    _send(person, link)
    return link


def _with_link(person: Person, link: str) -> Answer:
    content = PersonSchema().dump(person)
    headers = {"Location": content["links"]["self"], "ETag": tag_of(content)}
    unsent = messages.unsent(content["email"])
    return jsonify({**content, "invitation": link, "unsent": unsent}), 201, headers


def _send(person: Person, link: str) -> None:
    sender.mail_sender().later(lambda: messages.invitation(person, link))


def _note(db: Transaction, action: str, person: Person) -> None:
    detail = {"role": person.role.value, "active": person.active}
    who, subject = viewer(), ("person", person.id)
    audit.record(db, who.person_id, action, subject, detail=detail, address=who.address)
