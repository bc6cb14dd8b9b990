"""Tests of review: the check after the release, the rights of reviewers, and the history.

Covers: review_queue.
"""

import pytest
from sqlalchemy import func, select

from library import audit
from library.access import GUEST, Viewer, is_visible, session_for
from library.collections import collections, members
from library.consent import release
from library.curation import review as review_desk
from library.curation import review as review_switch
from library.curation import review_queue
from library.curation.review_queue import ReviewFilter
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    CollectionRole,
    MentoringSession,
    ParticipantRole,
    Release,
    Review,
    ReviewAct,
    ReviewEvent,
    ReviewState,
    Role,
    Visibility,
)
from library.preservation import checks
from library.removal import redaction
from library.removal.redaction import TimeRange
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_account, add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def curator(library: Library) -> Account:
    """Member who is made a curator by the tests."""
    return add_account(library, "Cleo Curator", Role.MENTEE)


def _add_collection(library: Library, admin: Account, curator: Account, *session_ids: int) -> int:
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Feedback")
        members.set_member(db, admin.viewer, collection, curator.id, CollectionRole.CURATOR)
        collections.set_sessions(db, admin.viewer, collection, session_ids)
        return collection.id


def _on(library: Library, admin: Account, *, on: bool = True) -> None:
    with library.transaction() as db:
        review_switch.set_required_everywhere(db, admin.viewer, on=on)


def _open(
    library: Library, mentor: Account, *, visibility: Visibility = Visibility.MEMBERS
) -> Built:
    """Add a session whose only speaker is the mentor, who has agreed."""
    return add_session(
        library,
        lines=ALONE,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=visibility,
    )


def _sees(library: Library, viewer: Viewer, session_id: int) -> bool:
    with library.reading() as db:
        return is_visible(db, viewer, session_id)


def _act(library: Library, who: Account, session_id: int, act: ReviewAct, **more: object):
    with library.transaction() as db:
        return review_desk.apply_action(db, who.viewer, session_id, act, **more)


def _state(library: Library, session_id: int) -> tuple[Release, ReviewState | None]:
    with library.reading() as db:
        review = db.get(Review, session_id)
        return sessions.get(db, session_id).release, review.state if review else None


def test_review_is_off_unless_an_administrator_switches_it_on(library, mentor, mentee) -> None:
    """If no review is required, a released session is visible at once and has no review."""
    built = _open(library, mentor)

    assert _sees(library, mentee.viewer, built.session_id)
    assert _state(library, built.session_id) == (Release.RELEASED, None)


def test_where_it_is_on_others_find_a_session_when_it_is_accepted(
    library, admin, mentor, mentee
) -> None:
    """If review is required, other members and guests find a session after it is accepted."""
    _on(library, admin)
    built = _open(library, mentor, visibility=Visibility.PUBLIC)

    before = (
        _sees(library, mentee.viewer, built.session_id),
        _sees(library, GUEST, built.session_id),
    )
    waiting = _state(library, built.session_id)
    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    assert before == (False, False)
    assert waiting == (Release.REVIEW, ReviewState.SUBMITTED)
    assert _sees(library, mentee.viewer, built.session_id)
    assert _sees(library, GUEST, built.session_id)


def test_an_accepted_session_is_hidden_until_its_release(library, admin, mentor, mentee) -> None:
    """A session that a review accepted stays hidden until all its speakers have agreed."""
    _on(library, admin)
    built = add_session(
        library,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.PUBLIC,
        released=False,
    )

    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    assert _state(library, built.session_id) == (Release.WAITING, ReviewState.ACCEPTED)
    assert not _sees(library, GUEST, built.session_id)


def test_switching_it_on_hides_nothing_that_others_find(library, admin, mentor, mentee) -> None:
    """Sessions that members see when review is switched on stay visible.

    A later session is hidden until review is switched off.
    """
    collected = _open(library, mentor, visibility=Visibility.COLLECTION)
    collection_id = _add_collection(library, admin, mentee, collected.session_id)
    earlier = _open(library, mentor)

    _on(library, admin)
    later = _open(library, mentor)

    assert _sees(library, mentee.viewer, earlier.session_id)
    assert _sees(library, mentee.viewer, collected.session_id)
    assert not _sees(library, mentee.viewer, later.session_id)
    _on(library, admin, on=False)
    assert _sees(library, mentee.viewer, later.session_id)
    assert collection_id


def test_a_collection_can_ask_for_review_alone(library, admin, mentor, mentee, curator) -> None:
    """If a collection requires review, its curators see new sessions before the review.

    Other members do not.
    """
    collection_id = _add_collection(library, admin, curator)
    with library.transaction() as db:
        review_switch.collection(db, admin.viewer, collections.get(db, collection_id), on=True)
    inside = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.PARTICIPANTS)
    outside = _open(library, mentor)

    with library.transaction() as db:
        collections.set_sessions(
            db, admin.viewer, collections.get(db, collection_id), [inside.session_id]
        )
        session = sessions.get(db, inside.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.MEMBERS)
        release.waive(db, admin.viewer, session, "the others are gone")

    assert not _sees(library, mentee.viewer, inside.session_id)
    assert _sees(library, mentee.viewer, outside.session_id)
    assert _sees(library, curator.viewer, inside.session_id)


def test_a_visible_session_stays_visible_in_a_collection_with_review(
    library, admin, mentor, mentee, curator
) -> None:
    """A session that members see stays visible when added to a collection that needs review."""
    collection_id = _add_collection(library, admin, curator)
    with library.transaction() as db:
        review_switch.collection(db, admin.viewer, collections.get(db, collection_id), on=True)
    built = _open(library, mentor)

    with library.transaction() as db:
        collections.set_sessions(
            db, admin.viewer, collections.get(db, collection_id), [built.session_id]
        )

    assert _sees(library, mentee.viewer, built.session_id)


def test_a_reviewer_sees_waiting_sessions_of_their_collections_only(
    library, admin, mentor, curator
) -> None:
    """A curator sees sessions of their own collections that wait for review.

    Sessions that are not released stay hidden.
    """
    _on(library, admin)
    own = _open(library, mentor, visibility=Visibility.COLLECTION)
    other = _open(library, mentor, visibility=Visibility.COLLECTION)
    unreleased = add_session(
        library, owner=mentor, visibility=Visibility.COLLECTION, released=False
    )
    _add_collection(library, admin, curator, own.session_id, unreleased.session_id)

    visible = [s for s in (own, other, unreleased) if _sees(library, curator.viewer, s.session_id)]

    assert visible == [own]
    with pytest.raises(InvalidInputError):  # the session is in no collection of the curator
        _act(library, admin, other.session_id, ReviewAct.ASSIGNED, to=curator.id)


def test_assignment_gives_a_curator_sight_and_the_right_to_judge(
    library, admin, mentor, curator
) -> None:
    """A reviewer sees an assigned session until the assignment is removed."""
    _on(library, admin)
    _add_collection(library, admin, curator)
    built = _open(library, mentor)
    assert not _sees(library, curator.viewer, built.session_id)

    result = _act(library, admin, built.session_id, ReviewAct.ASSIGNED, to=curator.id)
    state = _state(library, built.session_id)
    visible = _sees(library, curator.viewer, built.session_id)
    _act(library, curator, built.session_id, ReviewAct.ASSIGNED, to=None)

    assert [person.id for person in result.to] == [curator.id]
    assert (state[1], visible) == (ReviewState.IN_REVIEW, True)
    assert _state(library, built.session_id)[1] is ReviewState.SUBMITTED
    assert not _sees(library, curator.viewer, built.session_id)


def test_the_owner_answers_a_request_for_work(library, admin, mentor, curator) -> None:
    """A reviewer can ask the owner for changes. The owner can answer and submit the session again.

    The review history has an event for each of these steps.
    """
    _on(library, admin)
    built = _open(library, mentor)
    _add_collection(library, admin, curator, built.session_id)
    _act(library, curator, built.session_id, ReviewAct.ASSIGNED, to=curator.id)

    request = _act(
        library, curator, built.session_id, ReviewAct.NEEDS_WORK, text="Name the second voice."
    )
    with library.reading() as db:
        waiting = sessions_to_review(db, mentor.viewer)
    comment = _act(library, mentor, built.session_id, ReviewAct.COMMENTED, text="It is Ben.")
    resubmission = _act(library, mentor, built.session_id, ReviewAct.SUBMITTED)
    _act(library, curator, built.session_id, ReviewAct.ACCEPTED)

    assert [p.id for p in request.to] == [mentor.id]
    assert waiting == [built.session_id]
    assert [p.id for p in comment.to] == [p.id for p in resubmission.to] == [curator.id]
    with library.reading() as db:
        events = [(e.act, e.person_id, e.text) for e in review_desk.history(db, built.session_id)]
        assert sessions_to_review(db, mentor.viewer) == []
    assert events == [
        (ReviewAct.SUBMITTED, None, ""),
        (ReviewAct.ASSIGNED, curator.id, ""),
        (ReviewAct.NEEDS_WORK, curator.id, "Name the second voice."),
        (ReviewAct.COMMENTED, mentor.id, "It is Ben."),
        (ReviewAct.SUBMITTED, mentor.id, ""),
        (ReviewAct.ACCEPTED, curator.id, ""),
    ]


def sessions_to_review(db, viewer: Viewer) -> list[int]:
    """Return the ids of sessions whose review waits for an action of *viewer*."""
    return [session.id for session in review_queue.asked_of(db, viewer)]


def test_a_curator_cannot_accept_their_own_session(library, admin, curator) -> None:
    """A curator cannot accept their own session and does not see it in the queue."""
    _on(library, admin)
    built = _open(library, curator)
    _add_collection(library, admin, curator, built.session_id)

    with pytest.raises(NotAllowedError):
        _act(library, curator, built.session_id, ReviewAct.ACCEPTED)
    with library.reading() as db:
        assert review_queue.queue(db, curator.viewer, ReviewFilter(), limit=9) == []


def test_another_member_cannot_read_a_review(library, admin, mentor, mentee) -> None:
    """Another member can read the review neither of a visible nor of a hidden session."""
    _on(library, admin)
    hidden, visible = _open(library, mentor), _open(library, mentor)
    _act(library, admin, visible.session_id, ReviewAct.ACCEPTED)

    with library.reading() as db:
        with pytest.raises(NotFoundError):
            review_desk.session_in_review(db, mentee.viewer, hidden.session_id)
        with pytest.raises(NotAllowedError):
            review_desk.session_in_review(db, mentee.viewer, visible.session_id)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (ReviewAct.NEEDS_WORK, InvalidInputError),  # the text is missing
        (ReviewAct.COMMENTED, InvalidInputError),
        (ReviewAct.WITHDRAWN, InvalidInputError),
        (ReviewAct.SUBMITTED, ConflictError),  # the session is submitted already
    ],
)
def test_an_invalid_action_is_refused_and_changes_nothing(
    library, admin, mentor, act, error
) -> None:
    """An invalid action in a review is refused. State and history stay unchanged."""
    _on(library, admin)
    built = _open(library, mentor)

    with pytest.raises(error):
        _act(library, admin, built.session_id, act)

    assert _state(library, built.session_id) == (Release.REVIEW, ReviewState.SUBMITTED)
    with library.reading() as db:
        assert len(review_desk.history(db, built.session_id)) == 1


def test_a_session_made_private_leaves_the_queue(library, admin, mentor) -> None:
    """A session that is made private is removed from the review queue.

    It returns to the queue when it is shared again.
    """
    _on(library, admin)
    built = _open(library, mentor)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.PARTICIPANTS)
    private = _state(library, built.session_id)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.MEMBERS)

    assert private == (Release.KEPT, None)
    assert _state(library, built.session_id)[1] is ReviewState.SUBMITTED


def test_another_recording_is_looked_at_again(library, admin, mentor, mentee) -> None:
    """A new recording in an accepted session submits the session for review again."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    with library.transaction() as db:
        review = db.get(Review, built.session_id)
        source = sessions.get(db, built.session_id).sources[0]
        source.created_at = review.changed_at.replace(year=review.changed_at.year + 1)
        release.refresh(db, sessions.get(db, built.session_id))

    assert _state(library, built.session_id)[1] is ReviewState.SUBMITTED
    assert not _sees(library, mentee.viewer, built.session_id)


def test_an_accepted_session_is_hidden_when_work_is_asked_for(
    library, admin, mentor, mentee
) -> None:
    """An accepted session is hidden again when a reviewer asks the owner for changes."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    _act(library, admin, built.session_id, ReviewAct.NEEDS_WORK, text="The end is cut off.")

    assert not _sees(library, mentee.viewer, built.session_id)


def test_the_queue_is_narrowed_counted_and_continued(library, admin, mentor, curator) -> None:
    """The review queue can be filtered by reviewer and collection, and is counted by state.

    The next page of the queue begins after a given session id.
    """
    _on(library, admin)
    built = [_open(library, mentor) for _ in range(4)]
    collection_id = _add_collection(
        library, admin, curator, built[0].session_id, built[1].session_id
    )
    _act(library, admin, built[0].session_id, ReviewAct.ASSIGNED, to=curator.id)

    with library.reading() as db:
        mine = review_queue.queue(db, curator.viewer, ReviewFilter(mine=True), limit=9)
        theirs = review_queue.queue(db, curator.viewer, ReviewFilter(), limit=9)
        collected_queue = review_queue.queue(
            db, admin.viewer, ReviewFilter(collection_id=collection_id), limit=9
        )
        first = review_queue.queue(db, admin.viewer, ReviewFilter(), limit=3)
        rest = review_queue.queue(
            db, admin.viewer, ReviewFilter(), limit=3, before_id=first[-1][0].id
        )
        counted = review_queue.counts(db, admin.viewer, ReviewFilter(state=ReviewState.IN_REVIEW))

    assert [s.id for s, _ in mine] == [built[0].session_id]
    assert (
        {s.id for s, _ in theirs}
        == {s.id for s, _ in collected_queue}
        == {
            built[0].session_id,
            built[1].session_id,
        }
    )
    assert [s.id for s, _ in [*first, *rest]] == [b.session_id for b in reversed(built)]
    assert counted == {ReviewState.SUBMITTED: 3, ReviewState.IN_REVIEW: 1}


def test_every_act_is_in_the_audit_log(library, admin, mentor) -> None:
    """The audit log names the administrator who accepted a session."""
    _on(library, admin)
    built = _open(library, mentor)

    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    with library.reading() as db:
        events = audit.events_of(db, ("session", built.session_id), actions=["review.accepted"])
        assert [event.actor_id for event in events] == [admin.id]


def test_verify_knows_what_review_makes_of_a_release(library, admin, mentor) -> None:
    """`verify` accepts a session that waits for review.

    `verify` reports a session that is stored as released although its review is not done.
    """
    _on(library, admin)
    built = _open(library, mentor)
    fine = list(checks.checks(thorough=False)["Releases"](library))
    with library.transaction() as db:
        db.get_one(MentoringSession, built.session_id).release = Release.RELEASED

    assert fine == []
    assert len(list(checks.checks(thorough=False)["Releases"](library))) == 1


def test_redacted_text_is_removed_from_comments(library, admin, mentor) -> None:
    """In a comment of a review, redacted text is replaced by an ellipsis."""
    _on(library, admin)
    built = _open(library, mentor)
    comment = "You say ask for feedback the same day, twice."
    _act(library, admin, built.session_id, ReviewAct.COMMENTED, text=comment)

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 0.0, 10.0))

    with library.reading() as db:
        texts = [event.text for event in review_desk.history(db, built.session_id)]
    assert texts == ["", "You say …, twice."]


def test_a_removed_session_leaves_no_review(library, admin, mentor) -> None:
    """Removing a session also deletes its review and the history of the review."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.COMMENTED, text="Fine.")

    with library.transaction() as db:
        sessions.remove(db, session_for(db, mentor.viewer, built.session_id))

    with library.reading() as db:
        assert db.get(Review, built.session_id) is None
        assert db.scalar(select(func.count()).select_from(ReviewEvent)) == 0
