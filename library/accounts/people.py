"""People: accounts, invitations and people without account."""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select

from library.access import Viewer, require_admin, today, visible_sessions
from library.accounts import one_time_links, sign_ins
from library.accounts.email_addresses import address_of, normal
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    MentoringSession,
    OneTimeLink,
    Participant,
    Person,
    PersonMerge,
    Role,
)
from library.store import Transaction

FIRST_ADMIN = "first-admin"
INVITED_FOR = 7 * 24.0  # hours


def viewer_of(person: Person) -> Viewer:
    """Return the `Viewer` of a person, for access checks."""
    return Viewer(person_id=person.id, role=person.role)


def get(db: Transaction, person_id: int) -> Person:
    """Return the person with this id.

    Raises:
        NotFoundError: The person does not exist.
    """
    if (person := db.get(Person, person_id)) is None:
        raise NotFoundError("This person was not found.")
    return person


def by_email(db: Transaction, email: str) -> Person | None:
    """Return the account with this e-mail address in any spelling, or None."""
    return db.scalar(select(Person).where(Person.email == normal(email)))


def may_sign_in(person: Person) -> bool:
    """Return True if an account is active and its last day is not over."""
    return person.active and (person.leaves_on is None or person.leaves_on >= today())


def by_login_key(db: Transaction, key: str) -> Person | None:
    """Return the account with this login key. The key changes when all sign-ins are ended."""
    return db.scalar(select(Person).where(Person.login_key == key))


def names(db: Transaction, person_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of these people by id."""
    rows = db.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids) - {None})))
    return {row.id: row.name for row in rows}


def merged_people() -> Select[int]:
    """Return the query for ids of people who were merged into another person."""
    return select(PersonMerge.gone_id).where(PersonMerge.undone_at.is_(None))


def merged_into(db: Transaction, person_id: int) -> int | None:
    """Return the id of the person into whom this person was merged, or None."""
    query = select(PersonMerge.kept_id).where(
        PersonMerge.gone_id == person_id, PersonMerge.undone_at.is_(None)
    )
    return db.scalar(query)


def merged_here(db: Transaction, person_id: int) -> Sequence[Person]:
    """Return the people who were merged into this person."""
    merged_ids = merged_people().where(PersonMerge.kept_id == person_id)
    return db.scalars(select(Person).where(Person.id.in_(merged_ids))).all()


def all_people(db: Transaction) -> Sequence[Person]:
    """Return all people who were not merged into another person, sorted by name."""
    here = select(Person).where(Person.id.not_in(merged_people()))
    return db.scalars(here.order_by(func.lower(Person.name), Person.id)).all()


def known_to(db: Transaction, viewer: Viewer, *, limit: int = 500) -> Sequence[Person]:
    """Return people whose names *viewer* may know: members, and participants of visible sessions.

    People without account from the sample library are left out: they appear only in its sessions.
    """
    participants = (
        select(Participant.person_id)
        .join(MentoringSession, MentoringSession.id == Participant.session_id)
        .where(visible_sessions(viewer))
    )
    return db.scalars(
        select(Person)
        .where(
            or_(Person.email.is_not(None), Person.id.in_(participants) & ~Person.sample),
            Person.id.not_in(merged_people()),
        )
        .order_by(func.lower(Person.name), Person.id)
        .limit(limit)
    ).all()


def add_account(
    db: Transaction,
    *,
    name: str,
    email: str,
    role: Role,
    password_hash: str | None,
    person: Person | None = None,
) -> Person:
    """Make an account for a new person or for a person without account.

    Args:
        db: Transaction.
        name: Name of the owner.
        email: E-mail address for the sign-in.
        role: Role of the account.
        password_hash: Hash of the password; None: the owner chooses one with a link.
        person: Person without account who gets the account and keeps their sessions; None: a new
            person. An equal name alone does not mean the same person.

    Raises:
        InvalidInputError: The name is empty, or the e-mail address is not valid.
        ConflictError: The e-mail address has an account already.
    """
    name = name.strip()
    if not name:
        raise InvalidInputError("Enter a name. Others see it beside what this person says.")
    email = address_of(email)
    if by_email(db, email) is not None:
        raise ConflictError(
            "%(email)s has an account already. Search the list of people for it.", email=email
        )
    person = person or Person()
    person.name, person.email, person.role = name[:200], email, role
    person.password_hash, person.login_key = password_hash, secrets.token_hex(16)
    db.add(person)
    db.flush()
    return person


def set_password(db: Transaction, person: Person, password_hash: str) -> None:
    """Set the password of an account and end all its sign-ins."""
    person.password_hash = password_hash
    end_sign_ins(db, person)


def end_sign_ins(db: Transaction, person: Person) -> None:
    """End all sign-ins of an account, also those that wait for a one-time code."""
    person.login_key = secrets.token_hex(16)
    sign_ins.end_all(db, person.id)
    db.flush()


def change_account(
    db: Transaction, viewer: Viewer, person: Person, *, role: Role, active: bool
) -> None:
    """Change the role of an account, or close or open it. Sessions of its owner stay.

    All sign-ins end if the account is closed, or if it loses the administrator role.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: No administrator would be left, or the account was merged into another.
    """
    require_admin(viewer)
    if active and not person.active and merged_into(db, person.id) is not None:
        raise ConflictError(
            "This account was merged into another, so it cannot be reopened. Undo the merge on "
            "the page “Duplicate people”."
        )
    closes = person.active and not active
    if closes or (person.role is Role.ADMIN and role is not Role.ADMIN):
        end_sign_ins(db, person)
    if closes:
        one_time_links.end_links(db, person.id)
    person.role, person.active = role, active
    db.flush()
    if not has_admin(db):
        raise ConflictError(
            "This is the last administrator. Make another person an administrator first. "
            "The library needs at least one."
        )


def accounts(db: Transaction) -> Sequence[Person]:
    """Return all accounts, also invited ones, sorted by name."""
    return db.scalars(
        select(Person).where(*_has_account()).order_by(func.lower(Person.name), Person.id)
    ).all()


def count_accounts(db: Transaction) -> int:
    """Count all accounts, also invited ones."""
    return db.scalar(select(func.count(Person.id)).where(*_has_account())) or 0


def _has_account() -> tuple[ColumnElement[bool], ...]:
    return Person.email.is_not(None), Person.id.not_in(merged_people())


def newest(db: Transaction, *, limit: int, before_id: int | None = None) -> Sequence[Person]:
    """Return accounts, newest first.

    For the next page, pass the last id of this page as *before_id*.
    """
    query = select(Person).where(Person.email.is_not(None))
    if before_id is not None:
        query = query.where(Person.id < before_id)
    return db.scalars(query.order_by(Person.id.desc()).limit(limit)).all()


def account(db: Transaction, person_id: int) -> Person:
    """Return the account with this id.

    Raises:
        NotFoundError: The person does not exist or has no account.
    """
    person = db.get(Person, person_id)
    if person is None or person.email is None:
        raise NotFoundError("This account was not found.")
    return person


def invite(db: Transaction, person: Person) -> str:
    """Make an invitation, a one-time link to set the first password; return its token."""
    return one_time_links.offer_link(
        db, _invitation(person.id), hours=INVITED_FOR, person_id=person.id
    )


def invited(db: Transaction, person_id: int, token: str) -> tuple[Person, OneTimeLink]:
    """Check an invitation. Return the invited person and the one-time link.

    The caller marks the link as used.

    Raises:
        NotFoundError: The link was used, has expired, or does not exist.
    """
    link = one_time_links.open_link(db, _invitation(person_id), token)
    return get(db, person_id), link


def _invitation(person_id: int) -> str:
    return f"set-password:{person_id}"


def has_admin(db: Transaction, *, without: int = 0) -> bool:
    """Return True if an administrator other than the person *without* can sign in."""
    here = or_(Person.leaves_on.is_(None), Person.leaves_on >= today())
    return _admin_who(db, here & (Person.id != without))


def has_lasting_admin(db: Transaction) -> bool:
    """Return True if an administrator without a last day can sign in."""
    return _admin_who(db, Person.leaves_on.is_(None))


def _admin_who(db: Transaction, stays: ColumnElement[bool]) -> bool:
    able = (Person.role == Role.ADMIN, Person.active, Person.password_hash.is_not(None), stays)
    return db.scalar(select(Person.id).where(*able).limit(1)) is not None
