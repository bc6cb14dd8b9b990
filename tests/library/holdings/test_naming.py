"""Which person a name means: certain, new, or a question."""

import pytest
from sqlalchemy import event

from library.accounts import people
from library.accounts.person_names import add_person, folded
from library.errors import InvalidInputError
from library.holdings import naming
from library.holdings.naming import AmbiguousNameError, NamedPerson
from library.models import Part, Person, Role, Visibility
from library.store import Library
from tests.builders import Account, add_account, add_session


def named(library: Library, account: Account, *given: NamedPerson, here: set[int] = frozenset()):
    """The ids of the people whom an account means by names."""
    with library.transaction() as db:
        found = naming.participants(db, account.viewer, given, here=here)
        return [person_id for person_id, _ in found]


def of_name(name: str, **more) -> NamedPerson:
    return NamedPerson(name=name, **more)


def two(library: Library, name: str) -> tuple[Account, Account]:
    """Two accounts of one name."""
    return (
        add_account(library, name, Role.MENTEE, email="one@example.org"),
        add_account(library, name, Role.MENTOR, email="two@example.org"),
    )


def without_account(library: Library, name: str, **session) -> int:
    """A person without account who takes part in a session."""
    with library.transaction() as db:
        person_id = add_person(db, name).id
    add_session(
        library, title=f"With {name}", lines=[], participants=[(person_id, Part.PEER)], **session
    )
    return person_id


@pytest.mark.parametrize(
    "spelling",
    [" SAM  lee", "Sam\u00a0Lee", "Sam\u200b Lee", "\uff33am Lee", "sam lee\u200f"],
)
def test_spelling_chooses_no_person(library, mentor, spelling):
    """Case, blanks, widths and invisible characters of a name make no other person."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)

    assert named(library, mentor, of_name(spelling)) == [sam.id]


def test_composed_and_decomposed_letters_are_one_spelling():
    """A name is the same in both normal forms, and with either apostrophe; an accent counts."""
    assert folded("Zo\u00eb O\u2019Brien") == folded("zoe\u0308 o'brien")
    assert folded("Zo\u00eb") != folded("Zoe")


def test_a_name_of_one_account_is_that_person(library, mentor):
    """Where exactly one account has a name, nothing is asked."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)

    assert named(library, mentor, of_name("Sam Lee")) == [sam.id]


def test_a_name_of_two_accounts_is_a_question(library, mentor):
    """The question has both, with what tells them apart, and no person is made meanwhile."""
    one, other = two(library, "Sam Lee")

    with pytest.raises(AmbiguousNameError, match="sam lee") as raised:
        named(library, mentor, of_name("Zoe"), of_name("sam lee"))

    (question,) = raised.value.questions
    assert {choice.person_id for choice in question.choices} == {one.id, other.id}
    assert len({choice.told_by for choice in question.choices}) == 2
    with library.reading() as db:
        assert db.query(Person).filter(Person.name == "Zoe").count() == 0


def test_an_address_is_masked_and_shown_only_where_nothing_else_differs(library, mentor, admin):
    """Mentors read the ends of a mailbox where they need it; administrators read the address."""
    add_account(library, "Kim Park", Role.MENTEE, email="kim.one@example.org")
    add_account(library, "Kim Park", Role.MENTEE, email="kim.two@example.org")
    facts = {}

    for account in (mentor, admin):
        with pytest.raises(AmbiguousNameError) as raised:
            named(library, account, of_name("Kim Park"))
        facts[account.id] = [choice.told_by for choice in raised.value.questions[0].choices]

    assert "k…e@example.org" in facts[mentor.id][0]
    assert "k…o@example.org" in facts[mentor.id][1]
    assert "kim.one" not in "".join(facts[mentor.id])
    assert "kim.one@example.org" in facts[admin.id][0]


def test_the_answer_decides(library, mentor):
    """With the number of one of the two, or with somebody else, nothing is asked."""
    one, other = two(library, "Sam Lee")

    (chosen,) = named(library, mentor, of_name("Sam Lee", person_id=other.id))
    (new,) = named(library, mentor, of_name("Sam Lee", somebody_else=True))

    assert chosen == other.id
    assert new not in {one.id, other.id}


def test_a_number_of_another_name_is_refused(library, mentor, mentee):
    """The number of a person whose name is another one is a mistake, and says so."""
    with pytest.raises(InvalidInputError, match="called “Sam Lee”"):
        named(library, mentor, of_name("Sam Lee", person_id=mentee.id))


def test_a_name_retyped_in_a_form_decides_against_its_number(library, mentor, mentee):
    """A page carries the number of who stood in a row; another name in it is another person."""
    zoe = add_account(library, "Zoe", Role.MENTEE)

    found = named(library, mentor, of_name("Zoe", person_id=mentee.id, name_decides=True))

    assert found == [zoe.id]


def test_a_name_that_nobody_has_is_a_new_person(library, mentor):
    """Typed twice in one form it is one person, without account."""
    first, second = named(library, mentor, of_name("Zoe"), of_name("zoe"))

    assert first == second
    with library.reading() as db:
        assert people.get(db, first).email is None


def test_a_person_of_one_s_own_sessions_is_the_same_again(library, mentor):
    """Somebody without account whom one has named before is meant again."""
    zoe = without_account(library, "Zoe", owner=mentor, visibility=Visibility.PRIVATE)

    assert named(library, mentor, of_name("Zoe")) == [zoe]


def test_a_person_without_account_of_somebody_else_s_session_is_a_question(library, mentor, admin):
    """The name alone does not say that they are the same; one choice and somebody else are left."""
    zoe = without_account(library, "Zoe", owner=admin)

    with pytest.raises(AmbiguousNameError) as raised:
        named(library, mentor, of_name("Zoe"))

    (choice,) = raised.value.questions[0].choices
    assert choice.person_id == zoe
    assert "With Zoe" in choice.told_by


def test_people_of_hidden_sessions_are_neither_offered_nor_taken(library, mentor, admin):
    """A name of a session that one may not see makes a new person; its number is refused."""
    hidden = without_account(library, "Zoe", owner=admin, visibility=Visibility.PRIVATE)

    (new,) = named(library, mentor, of_name("Zoe"))

    assert new != hidden
    with pytest.raises(InvalidInputError):
        named(library, mentor, of_name("Zoe", person_id=hidden))


def test_hidden_people_cost_the_same_statements(library, mentor, admin):
    """Whether a hidden session has the name cannot be told from the number of statements."""
    without_account(library, "Zoe", owner=admin, visibility=Visibility.PRIVATE)
    counts = []

    with library.reading() as db:
        engine = db.get_bind()
        naming.known_people(db, mentor.viewer, [])  # the transaction has begun
        for name in ("Zoe", "Nobody Has This"):
            asked: list[str] = []
            listener = lambda *given, asked=asked: asked.append(given[2])  # noqa: E731
            event.listen(engine, "before_cursor_execute", listener)
            assert naming.known_people(db, mentor.viewer, [name]).by_name == {}
            event.remove(engine, "before_cursor_execute", listener)
            counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_participant_is_meant_by_their_name_inside_the_session(library, mentor):
    """Where one of two took part already, their name in that session is theirs."""
    one, other = two(library, "Sam Lee")

    assert named(library, mentor, of_name("Sam Lee"), here={one.id}) == [one.id]
    with pytest.raises(AmbiguousNameError):
        named(library, mentor, of_name("Sam Lee"), here={one.id, other.id})


def test_people_of_the_samples_stand_for_no_real_person(library, mentor):
    """A name equal to that of a sample person makes a new person; the sample is not suggested."""
    sample = without_account(library, "Margaret Hale")
    with library.transaction() as db:
        people.get(db, sample).sample = True

    (new,) = named(library, mentor, of_name("Margaret Hale"))

    assert new != sample
    with library.reading() as db:
        assert sample not in {person.id for person in people.known_to(db, mentor.viewer)}


def test_oneself_is_marked_among_people_of_one_s_name(library, mentor):
    """Somebody whose name another has is asked too, and recognises themselves."""
    add_account(library, mentor.name, Role.MENTEE, email="namesake@example.org")

    with pytest.raises(AmbiguousNameError) as raised:
        named(library, mentor, of_name(mentor.name))

    told = {c.person_id: c.facts for c in raised.value.questions[0].choices}
    assert told[mentor.id][0] == "you"
