"""People: accounts, invitations to them, and voices without one."""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select

from library.access import Viewer, require_admin, today, visible_sessions
from library.accounts import one_time, sign_ins
from library.accounts.addresses import address_of, normal
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
    """What access rules need to know of a person who has signed in."""
    return Viewer(person_id=person.id, role=person.role)


def get(db: Transaction, person_id: int) -> Person:
    """The person with this id.

    Raises:
        NotFoundError: there is none.
    """
    if (person := db.get(Person, person_id)) is None:
        raise NotFoundError("There is nobody with this number in the library.")
    return person


def by_email(db: Transaction, email: str) -> Person | None:
    """Return the account with this address, however it is spelled."""
    return db.scalar(select(Person).where(Person.email == normal(email)))


def may_sign_in(person: Person) -> bool:
    """Whether an account is open, and its owner has not left."""
    return person.active and (person.leaves_on is None or person.leaves_on >= today())


def by_login_key(db: Transaction, key: str) -> Person | None:
    """Return the account with this key, which changes whenever all sign-ins of it end."""
    return db.scalar(select(Person).where(Person.login_key == key))


def names(db: Transaction, person_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these people, by id."""
    rows = db.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids) - {None})))
    return {row.id: row.name for row in rows}


def gone_people() -> Select[int]:
    """The numbers of people who were merged into somebody else."""
    return select(PersonMerge.gone_id).where(PersonMerge.undone_at.is_(None))


def merged_into(db: Transaction, person_id: int) -> int | None:
    """The number of the person whom this one was merged into; None: they were not."""
    query = select(PersonMerge.kept_id).where(
        PersonMerge.gone_id == person_id, PersonMerge.undone_at.is_(None)
    )
    return db.scalar(query)


def merged_here(db: Transaction, person_id: int) -> Sequence[Person]:
    """Those who were merged into this person."""
    gone = gone_people().where(PersonMerge.kept_id == person_id)
    return db.scalars(select(Person).where(Person.id.in_(gone))).all()


def everybody(db: Transaction) -> Sequence[Person]:
    """All people by name."""
    here = select(Person).where(Person.id.not_in(gone_people()))
    return db.scalars(here.order_by(func.lower(Person.name), Person.id)).all()


def known_to(db: Transaction, viewer: Viewer, *, limit: int = 500) -> Sequence[Person]:
    """People whose names *viewer* may know: members, and those of sessions that they may see.

    People of the sample library are not among them: they stand for nobody in other sessions.
    """
    heard = (
        select(Participant.person_id)
        .join(MentoringSession, MentoringSession.id == Participant.session_id)
        .where(visible_sessions(viewer))
    )
    return db.scalars(
        select(Person)
        .where(
            or_(Person.email.is_not(None), Person.id.in_(heard) & ~Person.sample),
            Person.id.not_in(gone_people()),
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
    """Make an account, of a new person or of a person without account.

    Args:
        db: where to.
        name: of its owner.
        email: to sign in with.
        role: what it may do.
        password_hash: None: its owner gets a link to choose one.
        person: who has no account yet and gets this one, with all that they took part in; None: a
            new person. A name alone does not say that they are the same.

    Raises:
        InvalidInputError: the name is empty or the address is not one.
        ConflictError: the address has an account already.
    """
    name = name.strip()
    if not name:
        raise InvalidInputError("Give a name: it is how others recognise the voice.")
    email = address_of(email)
    if by_email(db, email) is not None:
        raise ConflictError(f"{email} has an account already. Look for it among the people.")
    person = person or Person()
    person.name, person.email, person.role = name[:200], email, role
    person.password_hash, person.login_key = password_hash, secrets.token_hex(16)
    db.add(person)
    db.flush()
    return person


def set_password(db: Transaction, person: Person, password_hash: str) -> None:
    """Give an account a password; every browser that was signed in has to sign in again."""
    person.password_hash = password_hash
    end_sign_ins(db, person)


def end_sign_ins(db: Transaction, person: Person) -> None:
    """End every sign-in of an account, those that wait for a code as well."""
    person.login_key = secrets.token_hex(16)
    sign_ins.end_all(db, person.id)
    db.flush()


def change_account(
    db: Transaction, viewer: Viewer, person: Person, *, role: Role, active: bool
) -> None:
    """Change what an account may do; its words stay.

    A closed account loses its sign-ins, and so does an administrator who is one no longer.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: nobody would be left to administer the library.
    """
    require_admin(viewer)
    if active and not person.active and merged_into(db, person.id) is not None:
        raise ConflictError("This account was merged into another. Undo that instead.")
    closes = person.active and not active
    if closes or (person.role is Role.ADMIN and role is not Role.ADMIN):
        end_sign_ins(db, person)
    if closes:
        one_time.end_links(db, person.id)
    person.role, person.active = role, active
    db.flush()
    if not has_admin(db):
        raise ConflictError(
            "This is the last administrator. Make somebody else one first, so that the library "
            "does not lose its keys."
        )


def accounts(db: Transaction) -> Sequence[Person]:
    """Those who can sign in or have been invited to, by name."""
    return db.scalars(
        select(Person)
        .where(Person.email.is_not(None), Person.id.not_in(gone_people()))
        .order_by(func.lower(Person.name), Person.id)
    ).all()


def newest(db: Transaction, *, limit: int, before_id: int | None = None) -> Sequence[Person]:
    """Accounts, the newest first; *before_id* continues a page."""
    query = select(Person).where(Person.email.is_not(None))
    if before_id is not None:
        query = query.where(Person.id < before_id)
    return db.scalars(query.order_by(Person.id.desc()).limit(limit)).all()


def account(db: Transaction, person_id: int) -> Person:
    """The account with this id.

    Raises:
        NotFoundError: there is none; a voice without an account is none.
    """
    person = db.get(Person, person_id)
    if person is None or person.email is None:
        raise NotFoundError("There is no such account.")
    return person


def invite(db: Transaction, person: Person) -> str:
    """The token of a one-time link with which somebody sets their own password."""
    return one_time.offer_link(db, _invitation(person.id), hours=INVITED_FOR, person_id=person.id)


def invited(db: Transaction, person_id: int, token: str) -> tuple[Person, OneTimeLink]:
    """Whom an invitation is for, and its link, which is to be marked as used.

    Raises:
        NotFoundError: the link was used, is too old, or never was.
    """
    link = one_time.open_link(db, _invitation(person_id), token)
    return get(db, person_id), link


def _invitation(person_id: int) -> str:
    return f"set-password:{person_id}"


def has_admin(db: Transaction, *, without: int = 0) -> bool:
    """Whether an administrator can sign in; without the person of this number."""
    here = or_(Person.leaves_on.is_(None), Person.leaves_on >= today())
    return _admin_who(db, here & (Person.id != without))


def has_lasting_admin(db: Transaction) -> bool:
    """Whether an administrator can sign in who has no day to leave."""
    return _admin_who(db, Person.leaves_on.is_(None))


def _admin_who(db: Transaction, stays: ColumnElement[bool]) -> bool:
    able = (Person.role == Role.ADMIN, Person.active, Person.password_hash.is_not(None), stays)
    return db.scalar(select(Person.id).where(*able).limit(1)) is not None
