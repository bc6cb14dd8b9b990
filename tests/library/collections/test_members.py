"""Tests of collection members and their roles."""

import pytest

from library.collections import collections, members
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import CollectionRole, Person, ReleaseRule
from tests.builders import add_account


@pytest.fixture
def talks(library, admin):
    """Id of a collection that has no members."""
    with library.transaction() as db:
        return collections.add(db, admin.viewer, title="Talks").id


def test_curators_add_and_remove_members(library, admin, mentor, mentee, talks):
    """Curators of a collection add and remove members. A new role replaces the old role.

    A viewer cannot remove a member.
    """
    with library.transaction() as db:
        talk = collections.get(db, talks)
        members.set_member(db, admin.viewer, talk, mentor.id, CollectionRole.CURATOR)
        members.set_member(db, mentor.viewer, talk, mentee.id, CollectionRole.CURATOR)
        members.set_member(db, mentor.viewer, talk, mentee.id, CollectionRole.VIEWER)
        roles = [(m.person.name, m.role) for m in members.members_of(db, mentor.viewer, talk)]
        with pytest.raises(NotAllowedError):
            members.remove_member(db, mentee.viewer, talk, mentor.id)
        members.remove_member(db, mentor.viewer, talk, mentee.id)
        with pytest.raises(NotFoundError):
            members.remove_member(db, mentor.viewer, talk, mentee.id)

    assert roles == [
        ("Ada Mentor", CollectionRole.CURATOR),
        ("Ben Mentee", CollectionRole.VIEWER),
    ]


def test_a_member_has_an_account(library, admin, talks):
    """A person without account cannot be a member of a collection."""
    with library.transaction() as db:
        db.add(Person(name="Cem"))
        db.flush()
        talk = collections.get(db, talks)
        unknown = db.query(Person).filter_by(name="Cem").one().id
        with pytest.raises(InvalidInputError):
            members.set_member(db, admin.viewer, talk, unknown, CollectionRole.VIEWER)


def test_only_administrators_set_the_consent_rule(library, admin, talks):
    """A curator of a collection cannot set its consent rule."""
    curator = add_account(library, "Cleo Curator", admin.viewer.role.MENTEE)
    with library.transaction() as db:
        talk = collections.get(db, talks)
        members.set_member(db, admin.viewer, talk, curator.id, CollectionRole.CURATOR)
        with pytest.raises(NotAllowedError):
            members.set_rule(db, curator.viewer, talk, ReleaseRule.MENTORS)
        members.set_rule(db, admin.viewer, talk, ReleaseRule.MENTORS)

        assert talk.release_rule is ReleaseRule.MENTORS
