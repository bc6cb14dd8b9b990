"""Many sessions changed at once: what is looked at is what happens, and what undo puts back."""

from datetime import timedelta

import pytest

from library import audit
from library.access import GUEST, is_visible
from library.consent import release
from library.curating import bulk, bulk_choice, bulk_undo, review_desk, review_switch
from library.curating.bulk import Wish
from library.curating.bulk_choice import Wanted
from library.curating.bulk_fields import Cell, value_of
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.holdings import collections, members, sessions
from library.models import (
    BulkEdit,
    CollectionRole,
    Form,
    Part,
    Role,
    Topic,
    Visibility,
    now,
)
from tests.builders import add_account, add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def three(library, mentor) -> list[int]:
    """Three sessions of one mentor, found by all members."""
    return [
        add_session(
            library,
            title=f"Talk {number}",
            lines=ALONE,
            owner=mentor,
            participants=[(mentor.id, Part.MENTOR)],
            visibility=Visibility.MEMBERS,
        ).session_id
        for number in range(3)
    ]


def _apply(library, who, ids, *wishes: Wish) -> tuple[bulk.Plan, int]:
    """Change what can be changed, as it was looked at."""
    planned, edit_id = _begun(library, who, ids, *wishes)
    list(bulk.change(library, who.viewer, edit_id, planned.steps))
    return planned, edit_id


def _begun(library, who, ids, *wishes: Wish) -> tuple[bulk.Plan, int]:
    """Look at what can be changed, and write down that it is going to be."""
    with library.transaction() as db:
        planned = bulk.plan(db, who.viewer, ids, wishes)
        return planned, bulk.begin(db, who.viewer, planned, planned.mark).id


def _undo(library, who, edit_id: int):
    undone = bulk_undo.Undone()
    with library.transaction() as db:
        bulk_undo.begin(db, who.viewer, edit_id)
    list(bulk_undo.put_back(library, who.viewer, edit_id, undone))
    return undone


def _values(library, ids, field: str, number: int = 0) -> list:
    with library.reading() as db:
        return [value_of(db, sessions.get(db, i), Cell(field, number)) for i in ids]


def _shelf(library, admin, *inside: int) -> int:
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Feedback")
        collections.fill(db, admin.viewer, shelf, inside)
        return shelf.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "de"),
        ("form", "group"),
        ("visibility", "private"),
        ("review_by", "2031-05-31"),
        ("owner", None),
    ],
)
def test_a_field_of_many_is_changed_and_put_back(library, admin, three, field, value) -> None:
    """One press changes all of them; undo gives each what it had."""
    with library.transaction() as db:
        sessions.get(db, three[0]).form = Form.PEER
    before = _values(library, three, field)

    _, edit_id = _apply(library, admin, three, Wish(Cell(field), value))
    after = _values(library, three, field)
    undone = _undo(library, admin, edit_id)

    assert after == [value] * 3
    assert _values(library, three, field) == before
    assert (undone.put_back, undone.left) == (3, [])


def test_looking_changes_nothing_and_says_what_would_change(library, admin, three) -> None:
    """How many change, how many are so already, and what cannot change and why."""
    other = add_session(library, owner=None, visibility=Visibility.MEMBERS, released=False)
    with library.transaction() as db:
        sessions.get(db, three[0]).visibility = Visibility.PUBLIC
        planned = bulk.plan(
            db, admin.viewer, [*three, other.session_id], [Wish(Cell("visibility"), "public")]
        )

    assert (planned.changed, planned.same) == (0, 1)
    assert {kept.session_id for kept in planned.kept} == {*three[1:], other.session_id}
    assert {kept.why for kept in planned.kept} == {"Not everybody who speaks has agreed to that."}
    assert _values(library, three[1:], "visibility") == ["members"] * 2


def test_a_session_is_opened_as_far_as_everybody_has_agreed_and_no_further(
    library, admin, mentor, mentee, three
) -> None:
    """What was agreed to for the public can be opened to it again; nobody is asked."""
    with library.transaction() as db:
        session = sessions.get(db, three[0])
        release.set_visibility(db, mentor.viewer, session, Visibility.PUBLIC)
        release.waive(db, admin.viewer, session, "as it was agreed")
        session.visibility = Visibility.PARTICIPANTS
        release.settle(db, session)

    planned, _ = _apply(library, admin, three, Wish(Cell("visibility"), "public"))

    assert [step.session_id for step in planned.steps] == three[:1]
    assert _values(library, three, "visibility") == ["public", "members", "members"]


def test_undo_does_not_open_what_somebody_took_back_since(library, admin, mentor, three) -> None:
    """A release that was withdrawn in between stays withdrawn, and the session is named."""
    _, edit_id = _apply(library, admin, three, Wish(Cell("visibility"), "participants"))
    with library.transaction() as db:
        release.withdraw(db, mentor.viewer, sessions.get(db, three[0]))

    undone = _undo(library, admin, edit_id)

    assert _values(library, three, "visibility") == ["participants", "members", "members"]
    assert [(k.session_id, k.why) for k in undone.left] == [
        (three[0], "Not everybody who speaks has agreed to that.")
    ]


def test_undo_leaves_what_was_changed_since_and_names_it(library, admin, three) -> None:
    """Another's later change stays; the rest is put back."""
    _, edit_id = _apply(
        library, admin, three, Wish(Cell("language"), "de"), Wish(Cell("form"), "peer")
    )
    with library.transaction() as db:
        sessions.get(db, three[1]).language = "fr"
        edit = bulk.get(db, admin.viewer, edit_id)
        foreseen = bulk_undo.conflicts(db, admin.viewer, edit)

    undone = _undo(library, admin, edit_id)

    assert foreseen == undone.left
    assert _values(library, three, "language") == ["", "fr", ""]
    assert _values(library, three, "form") == ["one-to-one"] * 3
    assert [(k.session_id, k.cell.field, k.why) for k in undone.left] == [
        (three[1], "language", "Somebody has changed it since.")
    ]


def test_sessions_go_into_a_collection_and_come_out_where_they_were(library, admin, three) -> None:
    """Those that were in it keep their place; undo takes out only what was put in."""
    shelf = _shelf(library, admin, three[1])

    planned, edit_id = _apply(library, admin, three, Wish(Cell("collection", shelf), value=True))
    with library.reading() as db:
        filled = [s.id for s in collections.sessions_in(db, admin.viewer, shelf)]
    _undo(library, admin, edit_id)
    _, taken = _apply(library, admin, three, Wish(Cell("collection", shelf), value=False))
    emptied = _values(library, three, "collection", shelf)
    _undo(library, admin, taken)

    assert (planned.changed, planned.same) == (2, 1)
    assert filled == [three[1], three[0], three[2]]
    assert emptied == [None] * 3
    assert _values(library, three, "collection", shelf) == [None, 0, None]


def test_topics_are_set_and_taken_away(library, admin, three) -> None:
    """Set by hand they count as confirmed; a suggestion of before comes back with undo."""
    with library.transaction() as db:
        topic = Topic(label="Feedback", folded="feedback")
        db.add(topic)
        db.flush()
        number = topic.id

    _, edit_id = _apply(library, admin, three, Wish(Cell("topic", number), value=True))
    confirmed = _values(library, three, "topic", number)
    _undo(library, admin, edit_id)

    assert confirmed == ["confirmed"] * 3
    assert _values(library, three, "topic", number) == [None] * 3


def test_a_reviewer_is_given_to_many(library, admin, mentor) -> None:
    """What was submitted is given away at once; what nobody submitted says why not."""
    plain = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.PARTICIPANTS)
    with library.transaction() as db:
        review_switch.everywhere(db, admin.viewer, on=True)
    waiting = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.MEMBERS)

    planned, edit_id = _apply(
        library,
        admin,
        [plain.session_id, waiting.session_id],
        Wish(Cell("reviewer"), admin.id),
    )
    with library.reading() as db:
        given = review_desk.of(db, waiting.session_id).reviewer_id
    _undo(library, admin, edit_id)

    assert given == admin.id
    assert [k.why for k in planned.kept] == ["Nobody has submitted it for review."]
    assert _values(library, [waiting.session_id], "reviewer") == [None]


def test_an_owner_changes_their_own_and_nobody_elses(library, mentor, three) -> None:
    """Sessions of others are named; those that one cannot see are not even that."""
    other = add_account(library, "Olga Other", Role.MENTOR)
    theirs = add_session(library, lines=ALONE, owner=other, visibility=Visibility.MEMBERS)
    hidden = add_session(library, owner=other, visibility=Visibility.PRIVATE)

    planned, _ = _apply(
        library,
        mentor,
        [*three, theirs.session_id, hidden.session_id],
        Wish(Cell("language"), "de"),
    )

    assert planned.changed == 3
    assert [(k.session_id, k.why) for k in planned.kept] == [
        (theirs.session_id, "It is not yours to change.")
    ]
    assert _values(library, [hidden.session_id], "language") == [""]


def test_a_curator_fills_their_collection_and_changes_nothing_else(
    library, admin, mentee, three
) -> None:
    """What all members find goes into it; an owner stays its owner."""
    shelf, other = _shelf(library, admin), _shelf(library, admin)
    with library.transaction() as db:
        mine = collections.get(db, shelf)
        members.put_member(db, admin.viewer, mine, mentee.id, CollectionRole.CURATOR)

    with library.reading() as db:
        filled = bulk.plan(db, mentee.viewer, three, [Wish(Cell("collection", shelf), value=True)])
        not_mine = bulk.plan(
            db, mentee.viewer, three, [Wish(Cell("collection", other), value=True)]
        )
        owned = bulk.plan(db, mentee.viewer, three, [Wish(Cell("owner"), mentee.id)])

    assert (filled.changed, not_mine.changed, owned.changed) == (3, 0, 0)


def test_nobody_changes_what_they_did_not_look_at(library, admin, three) -> None:
    """Where something changed between the look and the press, nothing is done."""
    wishes = [Wish(Cell("language"), "de")]
    with library.reading() as db:
        mark = bulk.plan(db, admin.viewer, three, wishes).mark
    with library.transaction() as db:
        sessions.get(db, three[2]).language = "fr"

    with pytest.raises(ConflictError), library.transaction() as db:
        bulk.begin(db, admin.viewer, bulk.plan(db, admin.viewer, three, wishes), mark)

    assert _values(library, three, "language") == ["", "", "fr"]


@pytest.mark.parametrize(
    ("ids", "wish"),
    [
        ([], Wish(Cell("language"), "de")),
        ([1], Wish(Cell("title"), "x")),
        ([1], Wish(Cell("form"), "dance")),
        ([1], Wish(Cell("language"), "not a language")),
        ([1], Wish(Cell("review_by"), "soon")),
        ([1], Wish(Cell("owner"), "Ada")),
        ([1], Wish(Cell("collection", 99), value=True)),
        (range(1, bulk.MOST + 2), Wish(Cell("language"), "de")),
    ],
)
def test_what_makes_no_sense_is_refused(library, admin, three, ids, wish) -> None:
    """Nothing chosen, too much, a field that is none, or a value that it cannot have."""
    with library.reading() as db, pytest.raises(InvalidInputError):
        bulk.plan(db, admin.viewer, list(ids), [wish])


def test_an_edit_is_undone_once_within_thirty_days_by_whoever_made_it(
    library, admin, mentor, mentee, three
) -> None:
    """Not twice, not later, and not by others."""
    _, edit_id = _apply(library, mentor, three, Wish(Cell("language"), "de"))
    _, late = _apply(library, mentor, three, Wish(Cell("form"), "peer"))

    with pytest.raises(NotFoundError):
        _undo(library, mentee, edit_id)
    _undo(library, mentor, edit_id)
    with pytest.raises(ConflictError):
        _undo(library, mentor, edit_id)
    with library.transaction() as db:
        db.get(BulkEdit, late).made_at = now() - timedelta(days=31)
    with pytest.raises(ConflictError):
        _undo(library, mentor, late)


def test_edit_and_undo_are_in_the_audit_log(library, admin, three) -> None:
    """Each with what it did to how many."""
    _, edit_id = _apply(library, admin, three, Wish(Cell("language"), "de"))
    _undo(library, admin, edit_id)

    with library.reading() as db:
        events = audit.events_of(db, ("bulk-edit", edit_id))
    assert [event.action for event in events] == ["sessions.undo", "sessions.change"]
    assert events[1].detail == {"sessions": 3, "wishes": [["language", 0, "de"]]}


def test_who_finds_a_session_follows_at_once(library, admin, mentee, three) -> None:
    """Made private, nobody else finds them; put back, they do."""
    _, edit_id = _apply(library, admin, three, Wish(Cell("visibility"), "participants"))
    with library.reading() as db:
        closed = [is_visible(db, mentee.viewer, i) for i in three]
    _undo(library, admin, edit_id)

    with library.reading() as db:
        assert closed == [False] * 3
        assert [is_visible(db, mentee.viewer, i) for i in three] == [True] * 3


def test_the_list_to_choose_from_is_narrowed_and_whole(library, admin, mentor, mentee, three):
    """By words, names, collection and visibility; all of it can be taken; it shows no more."""
    shelf = _shelf(library, admin, three[0])
    hidden = add_session(library, title="Secret", owner=mentor, visibility=Visibility.PRIVATE)

    def listed(who, **wanted) -> list[int]:
        with library.reading() as db:
            chosen = Wanted(**wanted)
            found = [s.id for s in bulk_choice.found(db, who.viewer, chosen, limit=9)]
            assert found == list(bulk_choice.numbers(db, who.viewer, chosen))
            assert len(found) == bulk_choice.count(db, who.viewer, chosen)
            return found

    assert listed(admin, words="talk 1") == [three[1]]
    assert listed(admin, words="ada men") == three[::-1]
    assert listed(admin, collection_id=shelf) == [three[0]]
    assert listed(admin, without_collection=True) == [hidden.session_id, three[2], three[1]]
    assert listed(admin, visibility=Visibility.PRIVATE) == [hidden.session_id]
    assert listed(mentee) == []


@pytest.fixture
def more(library, mentor) -> list[int]:
    """Two sessions more than are changed in one transaction."""
    titles = [f"Talk {number}" for number in range(bulk.PORTION + 2)]
    return [add_session(library, title=t, lines=ALONE, owner=mentor).session_id for t in titles]


def test_others_write_between_and_keep_what_they_wrote(library, admin, more) -> None:
    """Some sessions are changed in a transaction; what was changed since the look is left."""
    first, then = more[: bulk.PORTION], more[bulk.PORTION :]
    planned, edit_id = _begun(library, admin, more, Wish(Cell("language"), "de"))
    steps = bulk.change(library, admin.viewer, edit_id, planned.steps)

    told = [next(steps)]
    half = _values(library, more, "language")
    with library.transaction() as db:
        sessions.get(db, then[0]).language = "fr"
    told += steps
    with library.reading() as db:
        changed = bulk.changed(db, bulk.get(db, admin.viewer, edit_id))

    assert half == ["de"] * len(first) + ["", ""]
    assert told == [(len(first), len(more)), (len(more), len(more))]
    assert _values(library, then, "language") == ["fr", "de"]
    assert (changed, planned.changed) == (len(more) - 1, len(more))


def test_what_was_stopped_in_the_middle_is_put_back_whole(library, admin, more) -> None:
    """Nothing more is changed once it is undone; who finds what was changed follows each time."""
    planned, edit_id = _begun(library, admin, more, Wish(Cell("visibility"), "participants"))
    steps = bulk.change(library, admin.viewer, edit_id, planned.steps)
    next(steps)
    with library.reading() as db:
        seen = [is_visible(db, GUEST, i) for i in more]

    undone = _undo(library, admin, edit_id)
    rest = list(steps)

    assert seen == [False] * bulk.PORTION + [True] * 2
    assert (undone.put_back, undone.left, rest) == (bulk.PORTION, [], [])
    with library.reading() as db:
        assert [is_visible(db, GUEST, i) for i in more] == [True] * len(more)


def test_an_undo_that_was_stopped_goes_on_with_the_next(library, admin, more) -> None:
    """It puts back what is left to put back, and touches nothing twice."""
    _, edit_id = _apply(library, admin, more, Wish(Cell("language"), "de"))
    with library.transaction() as db:
        bulk_undo.begin(db, admin.viewer, edit_id)
    next(bulk_undo.put_back(library, admin.viewer, edit_id, bulk_undo.Undone()))
    half = _values(library, more, "language")
    with library.transaction() as db:
        sessions.get(db, more[0]).language = "de"  # by hand, after it was put back

    undone = _undo(library, admin, edit_id)

    assert half == [""] * bulk.PORTION + ["de", "de"]
    assert (undone.put_back, undone.left) == (2, [])
    assert _values(library, more, "language") == ["de"] + [""] * (len(more) - 1)
    with pytest.raises(ConflictError):
        _undo(library, admin, edit_id)
