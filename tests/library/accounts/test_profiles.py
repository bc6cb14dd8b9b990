"""Tests of profiles of members, and of the last day of an account."""

from datetime import timedelta

import pytest

from library.access import GUEST
from library.accounts import people, profiles
from library.accounts.profiles import Profile
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import now


def test_members_see_the_profile_of_an_open_account(library, mentor, mentee):
    """A member sees the profile of an open account, and a guest does not."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        profiles.describe(db, person, Profile(about="Bridges", languages=["en", "de", "en"]))

        assert (person.about, person.languages) == ("Bridges", ["en", "de"])
        assert profiles.is_shown(mentee.viewer, person)
        assert not profiles.is_shown(GUEST, person)


@pytest.mark.parametrize(
    "profile", [Profile(about="x" * (profiles.LONGEST + 1)), Profile(languages=["English!"])]
)
def test_an_invalid_profile_is_refused(profile):
    """A profile with a text over the limit or an invalid language code is refused."""
    with pytest.raises(InvalidInputError):
        profiles.check(profile)


def test_one_administrator_without_a_last_day_stays(library, admin, mentor):
    """Only administrators set the last day of an account.

    The last administrator whose account has no last day cannot get a last day.
    """
    day = (now() + timedelta(days=7)).date()
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "a hash")
        profiles.set_last_day(db, admin.viewer, people.get(db, mentor.id), day)
        assert people.get(db, mentor.id).leaves_on == day
    with library.transaction() as db, pytest.raises(NotAllowedError):
        profiles.set_last_day(db, mentor.viewer, people.get(db, mentor.id), None)
    with pytest.raises(ConflictError), library.transaction() as db:
        profiles.set_last_day(db, admin.viewer, people.get(db, admin.id), day)
