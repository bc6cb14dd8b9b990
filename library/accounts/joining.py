"""Accounts that people ask for themselves: by the domain of their address, or by approval."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from library import audit
from library.access import Viewer, require_admin
from library.accounts import addresses, people
from library.accounts.service import Service, domains_of, service
from library.errors import InvalidInputError, NotFoundError
from library.models import JoinRequest, Person, Role, now
from library.store import Transaction

MOST_OPEN = 200  # requests; more are not kept, so that nobody can fill the list
KEPT_FOR = timedelta(days=90)
LONGEST_REASON = 1000  # characters


def is_open(settings: Service) -> bool:
    """Whether anybody can join without having been invited."""
    return bool(settings.join_domains) or settings.join_by_approval


def require_open(db: Transaction) -> Service:
    """The settings, where people may ask to join.

    Raises:
        NotFoundError: they may not.
    """
    if not is_open(settings := service(db)):
        raise NotFoundError("This library invites its members. Ask its administrator.")
    return settings


def checked(name: str, email: str) -> tuple[str, str]:
    """A name and an address as they are kept.

    Raises:
        InvalidInputError: the name is empty or the address is not one.
    """
    if not (name := " ".join(name.split())):
        raise InvalidInputError("Give a name: it is how others recognise you.")
    return name, addresses.address_of(email)


def join(db: Transaction, name: str, email: str, reason: str) -> tuple[Person, str] | None:
    """A new mentee and the token of their invitation, where their address's domain may join.

    None where somebody has to look at it first, or nothing is to be done: the address has an
    account, has asked before, or may not ask. Whoever asked is told the same in every case.
    The name makes nobody a voice that was heard here before.

    Raises:
        InvalidInputError: the name is empty or the address is not one.
    """
    name, email = checked(name, email)
    settings = service(db)
    if people.by_email(db, email) is not None:
        return None
    if (person := join_by_domain(db, name, email)) is not None:
        return person, people.invite(db, person)
    if settings.join_by_approval:
        _ask(db, name, email, reason)
    return None


def join_by_domain(db: Transaction, name: str, email: str) -> Person | None:
    """A new mentee, where the domain of their address may join; else None."""
    if email.rpartition("@")[2] not in domains_of(service(db).join_domains):
        return None
    person = people.add_account(db, name=name, email=email, role=Role.MENTEE, password_hash=None)
    audit.record(db, person.id, "person.join", ("person", person.id))
    return person


def waiting(db: Transaction) -> Sequence[JoinRequest]:
    """Who waits for an administrator's answer, the longest first."""
    return db.scalars(select(JoinRequest).order_by(JoinRequest.id)).all()


def approve(
    db: Transaction, viewer: Viewer, request_id: int, *, role: Role, heard: Person | None
) -> tuple[Person, str]:
    """Make the account; the token of its invitation.

    Args:
        db: where to.
        viewer: an administrator.
        request_id: of the request.
        role: that the account gets.
        heard: the person without account who they are; None: nobody whom the library knows.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: nobody waits under this number.
        ConflictError: the address has an account by now.
    """
    asked = _request(db, viewer, request_id)
    person = people.add_account(
        db, name=asked.name, email=asked.email, role=role, password_hash=None, person=heard
    )
    db.delete(asked)
    audit.record(
        db,
        viewer.person_id,
        "person.approve",
        ("person", person.id),
        detail={"role": role.value},
        address=viewer.address,
    )
    return person, people.invite(db, person)


def name_of(db: Transaction, viewer: Viewer, request_id: int) -> str:
    """Return the name under which somebody asked for an account.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: nobody waits under this number.
    """
    return _request(db, viewer, request_id).name


def decline(db: Transaction, viewer: Viewer, request_id: int) -> None:
    """Forget a request.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: nobody waits under this number.
    """
    db.delete(_request(db, viewer, request_id))
    audit.record(db, viewer.person_id, "person.decline", address=viewer.address)


def _ask(db: Transaction, name: str, email: str, reason: str) -> None:
    db.execute(delete(JoinRequest).where(JoinRequest.created_at < now() - KEPT_FOR))
    known = db.scalar(select(JoinRequest.id).where(JoinRequest.email == email))
    held = db.scalar(select(func.count()).select_from(JoinRequest)) or 0
    if known is None and held < MOST_OPEN:
        db.add(JoinRequest(name=name[:200], email=email, reason=reason[:LONGEST_REASON]))
        db.flush()


def _request(db: Transaction, viewer: Viewer, request_id: int) -> JoinRequest:
    require_admin(viewer)
    if (asked := db.get(JoinRequest, request_id)) is None:
        raise NotFoundError("Somebody has answered this already.")
    return asked
