"""Tests of person lookup: a name means a known person, a new person, or several people.

Covers: name_choices.
"""

import pytest
from sqlalchemy import event

from library.accounts import people
from library.accounts.names import add_person, folded
from library.errors import InvalidInputError
from library.models import ParticipantRole, Person, Role, Visibility
from library.sessions import person_lookup
from library.sessions.person_lookup import AmbiguousNameError, NamedPerson
from library.store import Library
from tests.builders import Account, add_account, add_session


def ids_of_people(
    library: Library, account: Account, *names: NamedPerson, here: set[int] = frozenset()
):
    """Return the ids of the people that the given names mean for an account.

    *here* has the ids of the participants of the session.
    """
    with library.transaction() as db:
        found = person_lookup.participants(db, account.viewer, names, here=here)
        return [person_id for person_id, _ in found]


def of_name(name: str, **more) -> NamedPerson:
    return NamedPerson(name=name, **more)


def two(library: Library, name: str) -> tuple[Account, Account]:
    """Add two accounts that have the same name."""
    return (
        add_account(library, name, Role.MENTEE, email="one@example.org"),
        add_account(library, name, Role.MENTOR, email="two@example.org"),
    )


def without_account(library: Library, name: str, **session) -> int:
    """Add a person without account who is in a session, and return their id."""
    with library.transaction() as db:
        person_id = add_person(db, name).id
    add_session(
        library,
        title=f"With {name}",
        lines=[],
        participants=[(person_id, ParticipantRole.PEER)],
        **session,
    )
    return person_id


@pytest.mark.parametrize(
    "spelling",
    [" SAM  lee", "Sam\u00a0Lee", "Sam\u200b Lee", "\uff33am Lee", "sam lee\u200f"],
)
def test_spelling_chooses_no_person(library, mentor, spelling):
    """A name finds the person also with other case, blanks, widths or invisible characters."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)

    assert ids_of_people(library, mentor, of_name(spelling)) == [sam.id]


def test_composed_and_decomposed_letters_are_one_spelling():
    """Unicode normal form and kind of apostrophe do not change whom a name means.

    An accent does.
    """
    assert folded("Zo\u00eb O\u2019Brien") == folded("zoe\u0308 o'brien")
    assert folded("Zo\u00eb") != folded("Zoe")


def test_a_name_of_one_account_is_that_person(library, mentor):
    """A name that exactly one account has means the person of that account."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)

    assert ids_of_people(library, mentor, of_name("Sam Lee")) == [sam.id]


def test_a_name_of_two_accounts_is_a_question(library, mentor):
    """A name that two accounts have raises an error with both people as choices.

    No person is added.
    """
    one, other = two(library, "Sam Lee")

    with pytest.raises(AmbiguousNameError, match="sam lee") as raised:
        ids_of_people(library, mentor, of_name("Zoe"), of_name("sam lee"))

    (question,) = raised.value.questions
    assert {choice.person_id for choice in question.choices} == {one.id, other.id}
    assert len({choice.told_by for choice in question.choices}) == 2
    with library.reading() as db:
        assert db.query(Person).filter(Person.name == "Zoe").count() == 0


def test_an_address_is_masked_and_shown_only_where_nothing_else_differs(library, mentor, admin):
    """If people differ only by e-mail address, a mentor sees the address in masked form.

    An administrator sees the complete address.
    """
    add_account(library, "Kim Park", Role.MENTEE, email="kim.one@example.org")
    add_account(library, "Kim Park", Role.MENTEE, email="kim.two@example.org")
    facts = {}

    for account in (mentor, admin):
        with pytest.raises(AmbiguousNameError) as raised:
            ids_of_people(library, account, of_name("Kim Park"))
        facts[account.id] = [choice.told_by for choice in raised.value.questions[0].choices]

    assert "k…e@example.org" in facts[mentor.id][0]
    assert "k…o@example.org" in facts[mentor.id][1]
    assert "kim.one" not in "".join(facts[mentor.id])
    assert "kim.one@example.org" in facts[admin.id][0]


def test_an_answer_chooses_the_person(library, mentor):
    """If two people have the same name, a given id chooses one of the two people.

    The choice "somebody else" makes a new person.
    """
    one, other = two(library, "Sam Lee")

    (chosen,) = ids_of_people(library, mentor, of_name("Sam Lee", person_id=other.id))
    (new,) = ids_of_people(library, mentor, of_name("Sam Lee", somebody_else=True))

    assert chosen == other.id
    assert new not in {one.id, other.id}


def test_a_number_of_another_name_is_refused(library, mentor, mentee):
    """The id of a person who has another name is refused."""
    with pytest.raises(InvalidInputError, match="called “Sam Lee”"):
        ids_of_people(library, mentor, of_name("Sam Lee", person_id=mentee.id))


def test_a_name_retyped_in_a_form_decides_against_its_number(library, mentor, mentee):
    """If a form has a changed name and the id of the earlier person, the name decides."""
    zoe = add_account(library, "Zoe", Role.MENTEE)

    found = ids_of_people(library, mentor, of_name("Zoe", person_id=mentee.id, name_decides=True))

    assert found == [zoe.id]


def test_an_unknown_name_is_a_new_person(library, mentor):
    """An unknown name makes one new person without account, also if it is given twice."""
    first, second = ids_of_people(library, mentor, of_name("Zoe"), of_name("zoe"))

    assert first == second
    with library.reading() as db:
        assert people.get(db, first).email is None


def test_a_person_of_an_own_session_is_found_again(library, mentor):
    """A member finds a person without account from one of the member's sessions by name."""
    zoe = without_account(library, "Zoe", owner=mentor, visibility=Visibility.PRIVATE)

    assert ids_of_people(library, mentor, of_name("Zoe")) == [zoe]


def test_a_person_without_account_of_another_owner_is_a_question(library, mentor, admin):
    """A person without account from another owner's session is offered as a choice."""
    zoe = without_account(library, "Zoe", owner=admin)

    with pytest.raises(AmbiguousNameError) as raised:
        ids_of_people(library, mentor, of_name("Zoe"))

    (choice,) = raised.value.questions[0].choices
    assert choice.person_id == zoe
    assert "With Zoe" in choice.told_by


def test_people_of_hidden_sessions_are_neither_offered_nor_taken(library, mentor, admin):
    """A person who appears only in hidden sessions is not found by name.

    The id of such a person is refused.
    """
    hidden = without_account(library, "Zoe", owner=admin, visibility=Visibility.PRIVATE)

    (new,) = ids_of_people(library, mentor, of_name("Zoe"))

    assert new != hidden
    with pytest.raises(InvalidInputError):
        ids_of_people(library, mentor, of_name("Zoe", person_id=hidden))


def test_hidden_people_cost_the_same_statements(library, mentor, admin):
    """A name from hidden sessions and an unknown name take the same number of SQL statements."""
    without_account(library, "Zoe", owner=admin, visibility=Visibility.PRIVATE)
    counts = []

    with library.reading() as db:
        engine = db.get_bind()
        person_lookup.known_people(db, mentor.viewer, [])  # the transaction has begun
        for name in ("Zoe", "Nobody Has This"):
            asked: list[str] = []
            listener = lambda *given, asked=asked: asked.append(given[2])  # noqa: E731
            event.listen(engine, "before_cursor_execute", listener)
            assert person_lookup.known_people(db, mentor.viewer, [name]).by_name == {}
            event.remove(engine, "before_cursor_execute", listener)
            counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_participant_is_meant_by_their_name_inside_the_session(library, mentor):
    """If one of two accounts with a name is a participant, the name means the participant.

    If both are participants, the name is ambiguous.
    """
    one, other = two(library, "Sam Lee")

    assert ids_of_people(library, mentor, of_name("Sam Lee"), here={one.id}) == [one.id]
    with pytest.raises(AmbiguousNameError):
        ids_of_people(library, mentor, of_name("Sam Lee"), here={one.id, other.id})


def test_people_of_the_samples_stand_for_no_real_person(library, mentor):
    """A sample person is neither found by name nor suggested."""
    sample = without_account(library, "Margaret Hale")
    with library.transaction() as db:
        people.get(db, sample).sample = True

    (new,) = ids_of_people(library, mentor, of_name("Margaret Hale"))

    assert new != sample
    with library.reading() as db:
        assert sample not in {person.id for person in people.known_to(db, mentor.viewer)}


def test_the_own_account_is_marked_among_people_of_one_name(library, mentor):
    """Among people of the same name, the account of the asking person is marked with "you"."""
    add_account(library, mentor.name, Role.MENTEE, email="namesake@example.org")

    with pytest.raises(AmbiguousNameError) as raised:
        ids_of_people(library, mentor, of_name(mentor.name))

    facts = {c.person_id: c.facts for c in raised.value.questions[0].choices}
    assert facts[mentor.id][0] == "you"
