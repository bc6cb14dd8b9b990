"""Settings of the service that administrators change while it runs."""

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer, require_admin
from library.accounts import addresses
from library.errors import InvalidInputError
from library.models import MissedQuestion, ServiceSetting
from library.store import Transaction

FEWEST = 3  # people among whom one cannot be told from the others
DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, kw_only=True)
class Service:
    """The settings with their defaults; `guests_read` is read by `library.access` as well."""

    guests_read: bool = True  # whether what is public is there without an account
    link_days: int = 30  # how long a link works with which somebody releases a session
    trash_days: int = 30  # how long a removed session can be put back
    join_domains: str = ""  # e-mail domains whose owners may make an account; commas between them
    join_by_approval: bool = False  # whether anybody may ask an administrator for an account
    gap_map: bool = False  # whether questions that find little are counted
    gap_least: int = 3  # people who must have asked before it is told


def service(db: Transaction) -> Service:
    """The settings as they are."""
    kept = {row.name: row.value for row in db.scalars(select(ServiceSetting))}
    known = {field.name for field in fields(Service)}
    return replace(Service(), **{name: value for name, value in kept.items() if name in known})


def domains_of(listed: str) -> list[str]:
    """The e-mail domains in a list, each in its one spelling.

    Raises:
        InvalidInputError: one of them is not a domain.
    """
    parts = [part.strip().lstrip("@") for part in listed.replace("\n", ",").split(",")]
    found = [addresses.domain(part) for part in parts]
    for name in filter(None, found):
        if not DOMAIN.fullmatch(name):
            raise InvalidInputError(f"{name[:60]} is not an e-mail domain, such as example.org.")
    return list(dict.fromkeys(filter(None, found)))


def change(db: Transaction, viewer: Viewer, wanted: Service) -> None:
    """Keep the settings, and write into the audit log what changed.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: a value is out of reach or not what it should be.
    """
    require_admin(viewer)
    if not 1 <= wanted.link_days <= 365:
        raise InvalidInputError("A link can work for 1 to 365 days.")
    if not 1 <= wanted.trash_days <= 365:
        raise InvalidInputError("The trash can keep a session for 1 to 365 days.")
    if not FEWEST <= wanted.gap_least <= 1000:
        raise InvalidInputError(f"A question is told when {FEWEST} to 1000 people asked it.")
    wanted = replace(wanted, join_domains=", ".join(domains_of(wanted.join_domains)))
    before = service(db)
    if before.gap_map and not wanted.gap_map:
        db.execute(delete(MissedQuestion))
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
