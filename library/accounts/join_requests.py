"""Requests for an account: allowed by e-mail domain, or approved by an administrator."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from library import audit
from library.access import Viewer, require_admin
from library.accounts import email_addresses, people
from library.accounts.service_settings import Service, domains_of, service
from library.errors import InvalidInputError, NotFoundError
from library.models import JoinRequest, Person, Role, now
from library.store import Transaction

MOST_OPEN = 200  # requests; a limit, so that the list cannot be flooded
KEPT_FOR = timedelta(days=90)
LONGEST_REASON = 1000  # characters


def is_open(settings: Service) -> bool:
    """Return True if people can join without an invitation."""
    return bool(settings.join_domains) or settings.join_by_approval


def require_open(db: Transaction) -> Service:
    """Return the service settings if people can join without an invitation.

    Raises:
        NotFoundError: Joining without an invitation is switched off.
    """
    if not is_open(settings := service(db)):
        raise NotFoundError(
            "You need an invitation to join this library. Ask its administrator for one."
        )
    return settings


def checked(name: str, email: str) -> tuple[str, str]:
    """Return a name and an e-mail address in the stored form.

    Raises:
        InvalidInputError: The name is empty, or the e-mail address is not valid.
    """
    if not (name := " ".join(name.split())):
        raise InvalidInputError("Enter a name. Others recognise you by it.")
    return name, email_addresses.address_of(email)


def join(db: Transaction, name: str, email: str, reason: str) -> tuple[Person, str] | None:
    """Make an account if its e-mail domain is allowed; return the person and invitation token.

    The result is None if an administrator must approve the request or if joining is not possible.
    It is also None if the address has an account or a request. The page shows the same text in
    each case. The new account is never linked to a person without account of the same name.

    Raises:
        InvalidInputError: The name is empty, or the e-mail address is not valid.
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
    """Make and return a mentee's account if its e-mail domain is allowed; else return None."""
    if email.rpartition("@")[2] not in domains_of(service(db).join_domains):
        return None
    person = people.add_account(db, name=name, email=email, role=Role.MENTEE, password_hash=None)
    audit.record(db, person.id, "person.join", ("person", person.id))
    return person


def waiting(db: Transaction) -> Sequence[JoinRequest]:
    """Return the open requests, oldest first."""
    return db.scalars(select(JoinRequest).order_by(JoinRequest.id)).all()


def approve(
    db: Transaction, viewer: Viewer, request_id: int, *, role: Role, heard: Person | None
) -> tuple[Person, str]:
    """Approve a request: make the account and return it with the invitation's token.

    Args:
        db: Transaction.
        viewer: Administrator.
        request_id: Id of the request.
        role: Role of the account.
        heard: Person without account who gets the account; None: a new person.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: The request does not exist any more.
        ConflictError: The e-mail address has an account already.
    """
    request = _request(db, viewer, request_id)
    person = people.add_account(
        db, name=request.name, email=request.email, role=role, password_hash=None, person=heard
    )
    db.delete(request)
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
    """Return the name in a request for an account.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: The request does not exist any more.
    """
    return _request(db, viewer, request_id).name


def decline(db: Transaction, viewer: Viewer, request_id: int) -> None:
    """Delete a request for an account.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: The request does not exist any more.
    """
    db.delete(_request(db, viewer, request_id))
    audit.record(db, viewer.person_id, "person.decline", address=viewer.address)


def _ask(db: Transaction, name: str, email: str, reason: str) -> None:
    db.execute(delete(JoinRequest).where(JoinRequest.created_at < now() - KEPT_FOR))
    known = db.scalar(select(JoinRequest.id).where(JoinRequest.email == email))
    open_requests = db.scalar(select(func.count()).select_from(JoinRequest)) or 0
    if known is None and open_requests < MOST_OPEN:
        db.add(JoinRequest(name=name[:200], email=email, reason=reason[:LONGEST_REASON]))
        db.flush()


def _request(db: Transaction, viewer: Viewer, request_id: int) -> JoinRequest:
    require_admin(viewer)
    if (request := db.get(JoinRequest, request_id)) is None:
        raise NotFoundError("This request for an account was already answered. Reload the page.")
    return request
