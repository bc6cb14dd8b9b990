"""Settings of the service that administrators change while it runs."""

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer, require_admin
from library.accounts import email_addresses
from library.errors import InvalidInputError
from library.models import ServiceSetting, UnansweredQuestion
from library.store import Transaction

FEWEST = 3  # smallest group in which a single person is not identifiable
DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, kw_only=True)
class Service:
    """Service settings with default values.

    `library.access` reads `guests_read` with its own SQL query.
    """

    guests_read: bool = True  # whether guests can see public sessions
    link_days: int = 30  # lifetime of a link to answer a request for consent
    trash_days: int = 30  # days in which a session can be restored from the trash
    join_domains: str = ""  # e-mail domains that may make an account, comma-separated
    join_by_approval: bool = False  # whether people may ask an administrator for an account
    gap_map: bool = False  # whether questions with few results are counted
    gap_least: int = 3  # minimum number of people before a question is listed


def service(db: Transaction) -> Service:
    """Return the current service settings."""
    stored = {row.name: row.value for row in db.scalars(select(ServiceSetting))}
    known = {field.name for field in fields(Service)}
    return replace(Service(), **{name: value for name, value in stored.items() if name in known})


def domains_of(listed: str) -> list[str]:
    """Return the e-mail domains in a list, each in its normal spelling.

    Raises:
        InvalidInputError: An entry is not a domain.
    """
    parts = [part.strip().lstrip("@") for part in listed.replace("\n", ",").split(",")]
    found = [email_addresses.domain(part) for part in parts]
    for name in filter(None, found):
        if not DOMAIN.fullmatch(name):
            raise InvalidInputError(
                "%(domain)s is not an e-mail domain. Enter a domain such as example.org.",
                domain=name[:60],
            )
    return list(dict.fromkeys(filter(None, found)))


def change(db: Transaction, viewer: Viewer, wanted: Service) -> None:
    """Save the settings and write an audit event for each change.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: A number is out of range, or a domain is not valid.
    """
    require_admin(viewer)
    if not 1 <= wanted.link_days <= 365:
        raise InvalidInputError("Release links can work for 1 to 365 days. Enter another number.")
    if not 1 <= wanted.trash_days <= 365:
        raise InvalidInputError(
            "Removed sessions can stay in the trash for 1 to 365 days. Enter another number."
        )
    if not FEWEST <= wanted.gap_least <= 1000:
        raise InvalidInputError(
            "The minimum number of people before a question is listed must be between "
            "%(number)s and 1000.",
            number=FEWEST,
        )
    wanted = replace(wanted, join_domains=", ".join(domains_of(wanted.join_domains)))
    before = service(db)
    if before.gap_map and not wanted.gap_map:
        db.execute(delete(UnansweredQuestion))
    for field in fields(Service):
        old, new = getattr(before, field.name), getattr(wanted, field.name)
        if old != new:
            _keep(db, field.name, new)
            audit.record(
                db,
                viewer.person_id,
                "setting.change",
                detail={"name": field.name, "from": old, "to": new},
                address=viewer.address,
            )


def _keep(db: Transaction, name: str, value: Any) -> None:
    db.merge(ServiceSetting(name=name, value=value))
    db.flush()
