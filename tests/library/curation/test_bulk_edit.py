"""Tests of bulk edits: the same change of many sessions, with preview and undo.

Covers: bulk_fields, bulk_selection, bulk_undo.
"""

from datetime import timedelta

import pytest

from library import audit
from library.access import GUEST, is_visible
from library.collections import collections, members
from library.consent import release
from library.curation import bulk_edit, bulk_selection, bulk_undo, review
from library.curation.bulk_edit import FieldChange
from library.curation.bulk_fields import FieldRef, value_of
from library.curation.bulk_selection import SessionSelection
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    BulkEdit,
    CollectionRole,
    Form,
    ParticipantRole,
    Role,
    Topic,
    Visibility,
    now,
)
from library.sessions import sessions
from tests.builders import add_account, add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def three(library, mentor) -> list[int]:
    """Ids of three sessions of one mentor, which all members find."""
    return [
        add_session(
            library,
            title=f"Talk {number}",
            lines=ALONE,
            owner=mentor,
            participants=[(mentor.id, ParticipantRole.MENTOR)],
            visibility=Visibility.MEMBERS,
        ).session_id
        for number in range(3)
    ]


def _apply(library, who, ids, *changes: FieldChange) -> tuple[bulk_edit.Plan, int]:
    """Preview and apply field changes. Return the preview and the edit's id."""
    planned, edit_id = _preview_and_begin(library, who, ids, *changes)
    list(bulk_edit.change(library, who.viewer, edit_id, planned.steps))
    return planned, edit_id


def _preview_and_begin(library, who, ids, *changes: FieldChange) -> tuple[bulk_edit.Plan, int]:
    """Preview field changes and begin the edit. Return the preview and the edit's id."""
    with library.transaction() as db:
        planned = bulk_edit.plan(db, who.viewer, ids, changes)
        return planned, bulk_edit.begin(db, who.viewer, planned, planned.mark).id


def _undo(library, who, edit_id: int):
    result = bulk_undo.Undone()
    with library.transaction() as db:
        bulk_undo.begin(db, who.viewer, edit_id)
    list(bulk_undo.put_back(library, who.viewer, edit_id, result))
    return result


def _values(library, ids, field: str, number: int = 0) -> list:
    with library.reading() as db:
        return [value_of(db, sessions.get(db, i), FieldRef(field, number)) for i in ids]


def _add_collection(library, admin, *inside: int) -> int:
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Feedback")
        collections.set_sessions(db, admin.viewer, collection, inside)
        return collection.id


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
    """A bulk edit changes a field of many sessions. Undo restores the earlier values."""
    with library.transaction() as db:
        sessions.get(db, three[0]).form = Form.PEER
    before = _values(library, three, field)

    _, edit_id = _apply(library, admin, three, FieldChange(FieldRef(field), value))
    after = _values(library, three, field)
    result = _undo(library, admin, edit_id)

    assert after == [value] * 3
    assert _values(library, three, field) == before
    assert (result.put_back, result.left) == (3, [])


def test_a_preview_changes_nothing_and_lists_the_changes(library, admin, three) -> None:
    """A preview of a bulk edit changes nothing.

    It counts the changes and the sessions that have the value already. It lists refused sessions
    with reasons.
    """
    other = add_session(library, owner=None, visibility=Visibility.MEMBERS, released=False)
    with library.transaction() as db:
        sessions.get(db, three[0]).visibility = Visibility.PUBLIC
        planned = bulk_edit.plan(
            db,
            admin.viewer,
            [*three, other.session_id],
            [FieldChange(FieldRef("visibility"), "public")],
        )

    assert (planned.changed, planned.same) == (0, 1)
    assert {kept.session_id for kept in planned.kept} == {*three[1:], other.session_id}
    assert {kept.why for kept in planned.kept} == {
        "Not all speakers have agreed to this visibility."
    }
    assert _values(library, three[1:], "visibility") == ["members"] * 2


def test_a_session_is_opened_only_as_far_as_agreed(library, admin, mentor, mentee, three) -> None:
    """A bulk edit makes only those sessions public whose speakers agreed to the public."""
    with library.transaction() as db:
        session = sessions.get(db, three[0])
        release.set_visibility(db, mentor.viewer, session, Visibility.PUBLIC)
        release.waive(db, admin.viewer, session, "as it was agreed")
        session.visibility = Visibility.PARTICIPANTS
        release.refresh(db, session)

    planned, _ = _apply(library, admin, three, FieldChange(FieldRef("visibility"), "public"))

    assert [step.session_id for step in planned.steps] == three[:1]
    assert _values(library, three, "visibility") == ["public", "members", "members"]


def test_undo_does_not_open_a_session_without_consent(library, admin, mentor, three) -> None:
    """If a consent was withdrawn after a bulk edit, undo does not widen the visibility again."""
    _, edit_id = _apply(library, admin, three, FieldChange(FieldRef("visibility"), "participants"))
    with library.transaction() as db:
        release.withdraw(db, mentor.viewer, sessions.get(db, three[0]))

    result = _undo(library, admin, edit_id)

    assert _values(library, three, "visibility") == ["participants", "members", "members"]
    assert [(k.session_id, k.why) for k in result.left] == [
        (three[0], "Not all speakers have agreed to this visibility.")
    ]


def test_undo_keeps_and_reports_later_changes(library, admin, three) -> None:
    """Undo of a bulk edit keeps and reports values that were changed after the edit."""
    _, edit_id = _apply(
        library,
        admin,
        three,
        FieldChange(FieldRef("language"), "de"),
        FieldChange(FieldRef("form"), "peer"),
    )
    with library.transaction() as db:
        sessions.get(db, three[1]).language = "fr"
        edit = bulk_edit.get(db, admin.viewer, edit_id)
        conflicts = bulk_undo.conflicts(db, admin.viewer, edit)

    result = _undo(library, admin, edit_id)

    assert conflicts == result.left
    assert _values(library, three, "language") == ["", "fr", ""]
    assert _values(library, three, "form") == ["one-to-one"] * 3
    assert [(k.session_id, k.cell.field, k.why) for k in result.left] == [
        (three[1], "language", "This field was changed again after the edit.")
    ]


def test_sessions_go_into_a_collection_and_come_out_where_they_were(library, admin, three) -> None:
    """A bulk edit can add sessions to a collection and can remove sessions from it.

    Undo restores the earlier order in the collection.
    """
    collection_id = _add_collection(library, admin, three[1])

    planned, edit_id = _apply(
        library, admin, three, FieldChange(FieldRef("collection", collection_id), value=True)
    )
    with library.reading() as db:
        filled = [s.id for s in collections.sessions_in(db, admin.viewer, collection_id)]
    _undo(library, admin, edit_id)
    _, removal_id = _apply(
        library, admin, three, FieldChange(FieldRef("collection", collection_id), value=False)
    )
    emptied = _values(library, three, "collection", collection_id)
    _undo(library, admin, removal_id)

    assert (planned.changed, planned.same) == (2, 1)
    assert filled == [three[1], three[0], three[2]]
    assert emptied == [None] * 3
    assert _values(library, three, "collection", collection_id) == [None, 0, None]


def test_topics_are_set_and_taken_away(library, admin, three) -> None:
    """A topic that a bulk edit adds to sessions counts as confirmed. Undo removes the topic."""
    with library.transaction() as db:
        topic = Topic(label="Feedback", folded="feedback")
        db.add(topic)
        db.flush()
        number = topic.id

    _, edit_id = _apply(library, admin, three, FieldChange(FieldRef("topic", number), value=True))
    confirmed = _values(library, three, "topic", number)
    _undo(library, admin, edit_id)

    assert confirmed == ["confirmed"] * 3
    assert _values(library, three, "topic", number) == [None] * 3


def test_a_reviewer_is_given_to_many(library, admin, mentor) -> None:
    """A bulk edit sets the reviewer of sessions that are submitted for review.

    A session that was not submitted is refused with a reason.
    """
    plain = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.PARTICIPANTS)
    with library.transaction() as db:
        review.set_required_everywhere(db, admin.viewer, on=True)
    waiting = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.MEMBERS)

    planned, edit_id = _apply(
        library,
        admin,
        [plain.session_id, waiting.session_id],
        FieldChange(FieldRef("reviewer"), admin.id),
    )
    with library.reading() as db:
        reviewer_id = review.of(db, waiting.session_id).reviewer_id
    _undo(library, admin, edit_id)

    assert reviewer_id == admin.id
    assert [k.why for k in planned.kept] == ["This session was not submitted for review."]
    assert _values(library, [waiting.session_id], "reviewer") == [None]


def test_an_owner_changes_only_their_own_sessions(library, mentor, three) -> None:
    """A bulk edit of an owner changes only the owner's sessions.

    It reports other visible sessions with a reason, and does not mention hidden sessions.
    """
    other = add_account(library, "Olga Other", Role.MENTOR)
    visible = add_session(library, lines=ALONE, owner=other, visibility=Visibility.MEMBERS)
    hidden = add_session(library, owner=other, visibility=Visibility.PRIVATE)

    planned, _ = _apply(
        library,
        mentor,
        [*three, visible.session_id, hidden.session_id],
        FieldChange(FieldRef("language"), "de"),
    )

    assert planned.changed == 3
    assert [(k.session_id, k.why) for k in planned.kept] == [
        (visible.session_id, "Only the owner or an administrator can change this session.")
    ]
    assert _values(library, [hidden.session_id], "language") == [""]


def test_a_curator_fills_their_collection_and_changes_nothing_else(
    library, admin, mentee, three
) -> None:
    """With a bulk edit, a curator can add sessions only to a collection that they curate.

    The curator cannot change owners.
    """
    collection_id, other = _add_collection(library, admin), _add_collection(library, admin)
    with library.transaction() as db:
        own_collection = collections.get(db, collection_id)
        members.set_member(db, admin.viewer, own_collection, mentee.id, CollectionRole.CURATOR)

    with library.reading() as db:
        in_own = bulk_edit.plan(
            db,
            mentee.viewer,
            three,
            [FieldChange(FieldRef("collection", collection_id), value=True)],
        )
        in_other = bulk_edit.plan(
            db, mentee.viewer, three, [FieldChange(FieldRef("collection", other), value=True)]
        )
        owner_change = bulk_edit.plan(
            db, mentee.viewer, three, [FieldChange(FieldRef("owner"), mentee.id)]
        )

    assert (in_own.changed, in_other.changed, owner_change.changed) == (3, 0, 0)


def test_an_edit_with_an_outdated_preview_is_refused(library, admin, three) -> None:
    """A bulk edit is refused if data changed after its preview."""
    changes = [FieldChange(FieldRef("language"), "de")]
    with library.reading() as db:
        mark = bulk_edit.plan(db, admin.viewer, three, changes).mark
    with library.transaction() as db:
        sessions.get(db, three[2]).language = "fr"

    with pytest.raises(ConflictError), library.transaction() as db:
        bulk_edit.begin(db, admin.viewer, bulk_edit.plan(db, admin.viewer, three, changes), mark)

    assert _values(library, three, "language") == ["", "", "fr"]


@pytest.mark.parametrize(
    ("ids", "change"),
    [
        ([], FieldChange(FieldRef("language"), "de")),
        ([1], FieldChange(FieldRef("title"), "x")),
        ([1], FieldChange(FieldRef("form"), "dance")),
        ([1], FieldChange(FieldRef("language"), "not a language")),
        ([1], FieldChange(FieldRef("review_by"), "soon")),
        ([1], FieldChange(FieldRef("owner"), "Ada")),
        ([1], FieldChange(FieldRef("collection", 99), value=True)),
        (range(1, bulk_edit.MOST + 2), FieldChange(FieldRef("language"), "de")),
    ],
)
def test_an_invalid_field_change_is_refused(library, admin, three, ids, change) -> None:
    """A bulk edit with an invalid selection, field or value is refused."""
    with library.reading() as db, pytest.raises(InvalidInputError):
        bulk_edit.plan(db, admin.viewer, list(ids), [change])


def test_an_edit_is_undone_once_within_thirty_days_by_its_author(
    library, admin, mentor, mentee, three
) -> None:
    """Only the author of a bulk edit can undo it, once and within thirty days."""
    _, edit_id = _apply(library, mentor, three, FieldChange(FieldRef("language"), "de"))
    _, late = _apply(library, mentor, three, FieldChange(FieldRef("form"), "peer"))

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
    """The audit log has one event for a bulk edit and one for its undo."""
    _, edit_id = _apply(library, admin, three, FieldChange(FieldRef("language"), "de"))
    _undo(library, admin, edit_id)

    with library.reading() as db:
        events = audit.events_of(db, ("bulk-edit", edit_id))
    assert [event.action for event in events] == ["sessions.undo", "sessions.change"]
    assert events[1].detail == {"sessions": 3, "wishes": [["language", 0, "de"]]}


def test_visibility_follows_an_edit_at_once(library, admin, mentee, three) -> None:
    """Sessions that a bulk edit makes private are hidden at once.

    Undo of the edit makes the sessions visible again.
    """
    _, edit_id = _apply(library, admin, three, FieldChange(FieldRef("visibility"), "participants"))
    with library.reading() as db:
        closed = [is_visible(db, mentee.viewer, i) for i in three]
    _undo(library, admin, edit_id)

    with library.reading() as db:
        assert closed == [False] * 3
        assert [is_visible(db, mentee.viewer, i) for i in three] == [True] * 3


def test_the_list_to_choose_from_is_narrowed_and_whole(library, admin, mentor, mentee, three):
    """Sessions for a bulk edit are found by words, names, collection and visibility.

    A mentee finds none, because a mentee cannot change these sessions.
    """
    collection_id = _add_collection(library, admin, three[0])
    hidden = add_session(library, title="Secret", owner=mentor, visibility=Visibility.PRIVATE)

    def listed(who, **filters) -> list[int]:
        with library.reading() as db:
            chosen = SessionSelection(**filters)
            found = [s.id for s in bulk_selection.found(db, who.viewer, chosen, limit=9)]
            assert found == list(bulk_selection.ids(db, who.viewer, chosen))
            assert len(found) == bulk_selection.count(db, who.viewer, chosen)
            return found

    assert listed(admin, words="talk 1") == [three[1]]
    assert listed(admin, words="ada men") == three[::-1]
    assert listed(admin, collection_id=collection_id) == [three[0]]
    assert listed(admin, without_collection=True) == [hidden.session_id, three[2], three[1]]
    assert listed(admin, visibility=Visibility.PRIVATE) == [hidden.session_id]
    assert listed(mentee) == []


@pytest.fixture
def more(library, mentor) -> list[int]:
    """Ids of sessions: two more than one transaction of a bulk edit changes."""
    titles = [f"Talk {number}" for number in range(bulk_edit.PORTION + 2)]
    return [add_session(library, title=t, lines=ALONE, owner=mentor).session_id for t in titles]


def test_others_can_write_between_portions(library, admin, more) -> None:
    """A bulk edit commits after each portion of sessions.

    It does not replace changes that other people made after the preview.
    """
    first, then = more[: bulk_edit.PORTION], more[bulk_edit.PORTION :]
    planned, edit_id = _preview_and_begin(
        library, admin, more, FieldChange(FieldRef("language"), "de")
    )
    steps = bulk_edit.change(library, admin.viewer, edit_id, planned.steps)

    progress = [next(steps)]
    half_way = _values(library, more, "language")
    with library.transaction() as db:
        sessions.get(db, then[0]).language = "fr"
    progress += steps
    with library.reading() as db:
        changed = bulk_edit.changed(db, bulk_edit.get(db, admin.viewer, edit_id))

    assert half_way == ["de"] * len(first) + ["", ""]
    assert progress == [(len(first), len(more)), (len(more), len(more))]
    assert _values(library, then, "language") == ["fr", "de"]
    assert (changed, planned.changed) == (len(more) - 1, len(more))


def test_an_interrupted_edit_is_undone_whole(library, admin, more) -> None:
    """An interrupted bulk edit can be undone as a whole. It does not continue afterwards."""
    planned, edit_id = _preview_and_begin(
        library, admin, more, FieldChange(FieldRef("visibility"), "participants")
    )
    steps = bulk_edit.change(library, admin.viewer, edit_id, planned.steps)
    next(steps)
    with library.reading() as db:
        visibility = [is_visible(db, GUEST, i) for i in more]

    result = _undo(library, admin, edit_id)
    rest = list(steps)

    assert visibility == [False] * bulk_edit.PORTION + [True] * 2
    assert (result.put_back, result.left, rest) == (bulk_edit.PORTION, [], [])
    with library.reading() as db:
        assert [is_visible(db, GUEST, i) for i in more] == [True] * len(more)


def test_an_interrupted_undo_is_continued(library, admin, more) -> None:
    """An interrupted undo of a bulk edit continues with the remaining sessions.

    No session is restored twice.
    """
    _, edit_id = _apply(library, admin, more, FieldChange(FieldRef("language"), "de"))
    with library.transaction() as db:
        bulk_undo.begin(db, admin.viewer, edit_id)
    next(bulk_undo.put_back(library, admin.viewer, edit_id, bulk_undo.Undone()))
    half_way = _values(library, more, "language")
    with library.transaction() as db:
        sessions.get(db, more[0]).language = "de"  # changed after the undo restored it

    result = _undo(library, admin, edit_id)

    assert half_way == [""] * bulk_edit.PORTION + ["de", "de"]
    assert (result.put_back, result.left) == (2, [])
    assert _values(library, more, "language") == ["de"] + [""] * (len(more) - 1)
    with pytest.raises(ConflictError):
        _undo(library, admin, edit_id)
