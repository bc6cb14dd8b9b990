"""Profiles of people for other members, and the last day of accounts."""

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
    """Profile of a person. `languages` are BCP 47 codes."""

    about: str = ""
    helps_with: str = ""
    learns: str = ""
    availability: str = ""
    languages: list[str] = field(default_factory=list)


def check(profile: Profile) -> None:
    """Check that a profile is valid.

    Raises:
        InvalidInputError: A text is too long, or a language is not a valid code.
    """
    texts = (profile.about, profile.helps_with, profile.learns, profile.availability)
    if any(len(text) > LONGEST for text in texts):
        raise InvalidInputError(
            "Shorten the texts of the profile to at most %(number)s characters each.",
            number=LONGEST,
        )
    for code in profile.languages:
        if not (2 <= len(code) <= 35 and code.isascii() and code.replace("-", "").isalnum()):
            raise InvalidInputError(
                "%(code)s is not a language code. Use a code such as en or pt-BR.", code=code[:40]
            )


def describe(db: Transaction, person: Person, profile: Profile) -> None:
    """Save the profile of a person.

    Raises:
        InvalidInputError: A text is too long, or a language is not a valid code.
    """
    check(profile)
    person.about, person.helps_with = profile.about, profile.helps_with
    person.learns, person.availability = profile.learns, profile.availability
    person.languages = list(dict.fromkeys(profile.languages))[:MOST_LANGUAGES]
    db.flush()


def is_shown(viewer: Viewer, person: Person) -> bool:
    """Return True if *viewer* may see the profile of a person.

    The viewer must be a member, and the person must have an active account.
    """
    return viewer.is_member and person.email is not None and people.may_sign_in(person)


def set_last_day(db: Transaction, viewer: Viewer, person: Person, day: date | None) -> None:
    """Set the last day of an account. Sessions and consent of its owner stay.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        ConflictError: No administrator without a last day would be left.
    """
    require_admin(viewer)
    if person.leaves_on == day:
        return
    person.leaves_on = day
    db.flush()
    if day is not None and not people.has_lasting_admin(db):
        raise ConflictError(
            "The library would have no administrator after this account's last day. Make another "
            "person an administrator first."
        )
    audit.record(
        db,
        viewer.person_id,
        "person.leave",
        ("person", person.id),
        detail={"day": day.isoformat() if day else None},
        address=viewer.address,
    )
