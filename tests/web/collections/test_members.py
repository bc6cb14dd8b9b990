"""Tests of the page of a collection's members."""

from library.collections import collections
from library.models import CollectionRole, Role
from tests.builders import OPERATOR, add_account


def test_curators_edit_members_on_a_page(browse, library, admin, mentor, mentee):
    """A curator adds and removes members of a collection. A viewer is refused."""
    with library.transaction() as db:
        number = collections.add(db, OPERATOR, title="Talks").id
    page = f"/collections/{number}/members"

    browse(admin).post(page, {"person": str(mentor.id), "role": CollectionRole.CURATOR.value})
    browse(mentor).post(page, {"person": str(mentee.id), "role": CollectionRole.VIEWER.value})
    listed = browse(mentor).get(page).text
    refused = browse(mentee).post(page, {"person": str(mentor.id), "do": "take"})
    browse(mentor).post(page, {"person": str(mentee.id), "do": "take"})

    assert mentee.name in listed
    assert refused.status_code in {403, 404}
    with library.reading() as db:
        inside = collections.get(db, number).members
        assert [(m.person_id, m.role) for m in inside] == [(mentor.id, CollectionRole.CURATOR)]


def test_only_administrators_change_the_rule(browse, library, admin):
    """An administrator changes the release rule of a collection.

    A curator is refused, and a form without a rule answers 400.
    """
    curator = add_account(library, "Cleo Curator", Role.MENTEE)
    with library.transaction() as db:
        number = collections.add(db, OPERATOR, title="Talks").id
    page = f"/collections/{number}/members"
    browse(admin).post(page, {"person": str(curator.id), "role": CollectionRole.CURATOR.value})

    answers = [
        browse(who).post(f"{page}/rule", form).status_code
        for who, form in ((curator, {"rule": "mentors"}), (admin, {}), (admin, {"rule": "mentors"}))
    ]

    assert answers == [403, 400, 302]
