"""What people say of themselves to other members, and the day on which they leave."""

from dataclasses import dataclass, field
from datetime import date

from library import audit
from library.access import Viewer, require_admin
from library.accounts import people
from library.errors import ConflictError, InvalidInputError
from library.models import Person
from library.store import Transaction

LONGEST = 2000  # characters of each text
MOST_LANGUAGES = 20


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What somebody writes about themselves; `languages` are BCP 47 codes."""

    about: str = ""
    helps_with: str = ""
    learns: str = ""
    availability: str = ""
    languages: list[str] = field(default_factory=list)


def check(profile: Profile) -> None:
    """Let through what can be kept.

    Raises:
        InvalidInputError: a text is too long, or a language is no code.
    """
    texts = (profile.about, profile.helps_with, profile.learns, profile.availability)
    if any(len(text) > LONGEST for text in texts):
        raise InvalidInputError(f"Each text can have up to {LONGEST} characters.")
    for code in profile.languages:
        if not (2 <= len(code) <= 35 and code.isascii() and code.replace("-", "").isalnum()):
            raise InvalidInputError(f"{code[:40]} is not a language code, such as en or pt-BR.")


def describe(db: Transaction, person: Person, profile: Profile) -> None:
    """Keep a profile.

    Raises:
        InvalidInputError: a text is too long, or a language is no code.
    """
    check(profile)
    person.about, person.helps_with = profile.about, profile.helps_with
    person.learns, person.availability = profile.learns, profile.availability
    person.languages = list(dict.fromkeys(profile.languages))[:MOST_LANGUAGES]
    db.flush()


def is_shown(viewer: Viewer, person: Person) -> bool:
    """Whether *viewer* reads a profile: members do, as long as its owner has an account here."""
    return viewer.is_member and person.email is not None and people.may_sign_in(person)


def let_leave(db: Transaction, viewer: Viewer, person: Person, day: date | None) -> None:
    """Set the last day on which somebody signs in; what they gave stays as it was agreed.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: nobody would be left to administer the library.
    """
    require_admin(viewer)
    if person.leaves_on == day:
        return
    person.leaves_on = day
    db.flush()
    if day is not None and not people.has_lasting_admin(db):
        raise ConflictError(
            "Somebody has to administer the library after that day. Make somebody else an "
            "administrator first."
        )
    audit.record(
        db,
        viewer.person_id,
        "person.leave",
        ("person", person.id),
        detail={"day": day.isoformat() if day else None},
        address=viewer.address,
    )
