"""Review: the gate behind the release, who may judge, and what is said on the way."""

import pytest
from sqlalchemy import func, select

from library import audit
from library.access import GUEST, Viewer, is_visible, session_for
from library.consent import release
from library.curating import review_desk, review_queue, review_switch
from library.curating.review_queue import Wanted
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import collections, members, sessions
from library.keeping import verify
from library.models import (
    CollectionRole,
    MentoringSession,
    Part,
    Release,
    Review,
    ReviewAct,
    ReviewEvent,
    ReviewState,
    Role,
    Visibility,
)
from library.store import Library
from library.withdrawal import off_record
from library.withdrawal.off_record import Stretch
from tests.builders import Account, Built, add_account, add_session

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def curator(library: Library) -> Account:
    """Somebody who curates a collection."""
    return add_account(library, "Cleo Curator", Role.MENTEE)


def _shelf(library: Library, admin: Account, curator: Account, *session_ids: int) -> int:
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Feedback")
        members.put_member(db, admin.viewer, shelf, curator.id, CollectionRole.CURATOR)
        collections.fill(db, admin.viewer, shelf, session_ids)
        return shelf.id


def _on(library: Library, admin: Account, *, on: bool = True) -> None:
    with library.transaction() as db:
        review_switch.everywhere(db, admin.viewer, on=on)


def _open(
    library: Library, mentor: Account, *, visibility: Visibility = Visibility.MEMBERS
) -> Built:
    """A session of one person, who has agreed."""
    return add_session(
        library,
        lines=ALONE,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=visibility,
    )


def _sees(library: Library, viewer: Viewer, session_id: int) -> bool:
    with library.reading() as db:
        return is_visible(db, viewer, session_id)


def _act(library: Library, who: Account, session_id: int, act: ReviewAct, **more: object):
    with library.transaction() as db:
        return review_desk.act(db, who.viewer, session_id, act, **more)


def _state(library: Library, session_id: int) -> tuple[Release, ReviewState | None]:
    with library.reading() as db:
        review = db.get(Review, session_id)
        return sessions.get(db, session_id).release, review.state if review else None


def test_review_is_off_unless_an_administrator_switches_it_on(library, mentor, mentee) -> None:
    """Without the switch a released session is found at once, and nothing is in the queue."""
    built = _open(library, mentor)

    assert _sees(library, mentee.viewer, built.session_id)
    assert _state(library, built.session_id) == (Release.RELEASED, None)


def test_where_it_is_on_others_find_a_session_when_it_is_accepted(
    library, admin, mentor, mentee
) -> None:
    """Release comes first, then review, and only then others find it."""
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


def test_an_accepted_session_is_still_closed_until_everybody_agreed(
    library, admin, mentor, mentee
) -> None:
    """Review takes nobody's say away: acceptance opens nothing that is not released."""
    _on(library, admin)
    built = add_session(
        library,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.PUBLIC,
        released=False,
    )

    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    assert _state(library, built.session_id) == (Release.WAITING, ReviewState.ACCEPTED)
    assert not _sees(library, GUEST, built.session_id)


def test_switching_it_on_hides_nothing_that_others_find(library, admin, mentor, mentee) -> None:
    """What is found at that moment counts as accepted; what comes later is looked at."""
    shelf_session = _open(library, mentor, visibility=Visibility.COLLECTION)
    shelf = _shelf(library, admin, mentee, shelf_session.session_id)
    known = _open(library, mentor)

    _on(library, admin)
    later = _open(library, mentor)

    assert _sees(library, mentee.viewer, known.session_id)
    assert _sees(library, mentee.viewer, shelf_session.session_id)
    assert not _sees(library, mentee.viewer, later.session_id)
    _on(library, admin, on=False)
    assert _sees(library, mentee.viewer, later.session_id)
    assert shelf


def test_a_collection_can_ask_for_review_alone(library, admin, mentor, mentee, curator) -> None:
    """Only the sessions of that collection wait; the others are found at once."""
    shelf_id = _shelf(library, admin, curator)
    with library.transaction() as db:
        review_switch.collection(db, admin.viewer, collections.get(db, shelf_id), on=True)
    inside = add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.PARTICIPANTS)
    outside = _open(library, mentor)

    with library.transaction() as db:
        collections.fill(db, admin.viewer, collections.get(db, shelf_id), [inside.session_id])
        session = sessions.get(db, inside.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.MEMBERS)
        release.waive(db, admin.viewer, session, "the others are gone")

    assert not _sees(library, mentee.viewer, inside.session_id)
    assert _sees(library, mentee.viewer, outside.session_id)
    assert _sees(library, curator.viewer, inside.session_id)


def test_what_all_members_find_is_not_hidden_by_putting_it_into_such_a_collection(
    library, admin, mentor, mentee, curator
) -> None:
    """A contributor cannot take a session from everybody by putting it somewhere."""
    shelf_id = _shelf(library, admin, curator)
    with library.transaction() as db:
        review_switch.collection(db, admin.viewer, collections.get(db, shelf_id), on=True)
    known = _open(library, mentor)

    with library.transaction() as db:
        collections.fill(db, admin.viewer, collections.get(db, shelf_id), [known.session_id])

    assert _sees(library, mentee.viewer, known.session_id)


def test_a_reviewer_sees_beforehand_only_what_they_will_see_anyway(
    library, admin, mentor, curator
) -> None:
    """A curator sees what waits in their collection, and nothing for the members of another."""
    _on(library, admin)
    mine = _open(library, mentor, visibility=Visibility.COLLECTION)
    other = _open(library, mentor, visibility=Visibility.COLLECTION)
    unreleased = add_session(
        library, owner=mentor, visibility=Visibility.COLLECTION, released=False
    )
    _shelf(library, admin, curator, mine.session_id, unreleased.session_id)

    seen = [s for s in (mine, other, unreleased) if _sees(library, curator.viewer, s.session_id)]

    assert seen == [mine]
    with pytest.raises(InvalidInputError):  # it is not for the members of anything of theirs
        _act(library, admin, other.session_id, ReviewAct.ASSIGNED, to=curator.id)


def test_assignment_gives_a_curator_sight_and_the_right_to_judge(
    library, admin, mentor, curator
) -> None:
    """What is meant for all members can be given to any curator, and taken back."""
    _on(library, admin)
    _shelf(library, admin, curator)
    built = _open(library, mentor)
    assert not _sees(library, curator.viewer, built.session_id)

    told = _act(library, admin, built.session_id, ReviewAct.ASSIGNED, to=curator.id)
    given = _state(library, built.session_id)
    seen = _sees(library, curator.viewer, built.session_id)
    _act(library, curator, built.session_id, ReviewAct.ASSIGNED, to=None)

    assert [person.id for person in told.to] == [curator.id]
    assert (given[1], seen) == (ReviewState.IN_REVIEW, True)
    assert _state(library, built.session_id)[1] is ReviewState.SUBMITTED
    assert not _sees(library, curator.viewer, built.session_id)


def test_the_mentor_sees_what_is_asked_and_answers(library, admin, mentor, curator) -> None:
    """Work is asked for with words; the owner answers and submits again; history keeps it all."""
    _on(library, admin)
    built = _open(library, mentor)
    _shelf(library, admin, curator, built.session_id)
    _act(library, curator, built.session_id, ReviewAct.ASSIGNED, to=curator.id)

    asked = _act(
        library, curator, built.session_id, ReviewAct.NEEDS_WORK, text="Name the second voice."
    )
    with library.reading() as db:
        waiting = review_desk_asked(db, mentor.viewer)
    answered = _act(library, mentor, built.session_id, ReviewAct.COMMENTED, text="It is Ben.")
    again = _act(library, mentor, built.session_id, ReviewAct.SUBMITTED)
    _act(library, curator, built.session_id, ReviewAct.ACCEPTED)

    assert [p.id for p in asked.to] == [mentor.id]
    assert waiting == [built.session_id]
    assert [p.id for p in answered.to] == [p.id for p in again.to] == [curator.id]
    with library.reading() as db:
        told = [(e.act, e.person_id, e.text) for e in review_desk.history(db, built.session_id)]
        assert review_desk_asked(db, mentor.viewer) == []
    assert told == [
        (ReviewAct.SUBMITTED, None, ""),
        (ReviewAct.ASSIGNED, curator.id, ""),
        (ReviewAct.NEEDS_WORK, curator.id, "Name the second voice."),
        (ReviewAct.COMMENTED, mentor.id, "It is Ben."),
        (ReviewAct.SUBMITTED, mentor.id, ""),
        (ReviewAct.ACCEPTED, curator.id, ""),
    ]


def review_desk_asked(db, viewer: Viewer) -> list[int]:
    """Ids of what is asked of *viewer*."""
    return [session.id for session in review_queue.asked_of(db, viewer)]


def test_nobody_accepts_their_own_session_but_administrators(library, admin, curator) -> None:
    """A curator who owns a session has it looked at by somebody else."""
    _on(library, admin)
    built = _open(library, curator)
    _shelf(library, admin, curator, built.session_id)

    with pytest.raises(NotAllowedError):
        _act(library, curator, built.session_id, ReviewAct.ACCEPTED)
    with library.reading() as db:
        assert review_queue.queue(db, curator.viewer, Wanted(), limit=9) == []


def test_a_review_is_nobody_elses_business(library, admin, mentor, mentee) -> None:
    """Who does not see the session finds nothing; who sees it may not read its review."""
    _on(library, admin)
    hidden, found = _open(library, mentor), _open(library, mentor)
    _act(library, admin, found.session_id, ReviewAct.ACCEPTED)

    with library.reading() as db:
        with pytest.raises(NotFoundError):
            review_desk.session_in_review(db, mentee.viewer, hidden.session_id)
        with pytest.raises(NotAllowedError):
            review_desk.session_in_review(db, mentee.viewer, found.session_id)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (ReviewAct.NEEDS_WORK, InvalidInputError),  # without words
        (ReviewAct.COMMENTED, InvalidInputError),
        (ReviewAct.WITHDRAWN, InvalidInputError),
        (ReviewAct.SUBMITTED, ConflictError),  # it is in the queue
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    library, admin, mentor, act, error
) -> None:
    """A refused act leaves neither a state nor a line in the history."""
    _on(library, admin)
    built = _open(library, mentor)

    with pytest.raises(error):
        _act(library, admin, built.session_id, act)

    assert _state(library, built.session_id) == (Release.REVIEW, ReviewState.SUBMITTED)
    with library.reading() as db:
        assert len(review_desk.history(db, built.session_id)) == 1


def test_what_is_made_private_again_leaves_the_queue(library, admin, mentor) -> None:
    """And it comes back into it when it is meant for others again."""
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
    """Acceptance holds for what there was; what is added later waits for another look."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    with library.transaction() as db:
        review = db.get(Review, built.session_id)
        source = sessions.get(db, built.session_id).sources[0]
        source.created_at = review.changed_at.replace(year=review.changed_at.year + 1)
        release.settle(db, sessions.get(db, built.session_id))

    assert _state(library, built.session_id)[1] is ReviewState.SUBMITTED
    assert not _sees(library, mentee.viewer, built.session_id)


def test_work_asked_of_an_accepted_session_takes_it_out_of_sight(
    library, admin, mentor, mentee
) -> None:
    """Something wrong was found later: others find it again when it is accepted again."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    _act(library, admin, built.session_id, ReviewAct.NEEDS_WORK, text="The end is cut off.")

    assert not _sees(library, mentee.viewer, built.session_id)


def test_the_queue_is_narrowed_counted_and_continued(library, admin, mentor, curator) -> None:
    """By state, by whose it is and by collection; a page goes on behind the last number."""
    _on(library, admin)
    built = [_open(library, mentor) for _ in range(4)]
    shelf = _shelf(library, admin, curator, built[0].session_id, built[1].session_id)
    _act(library, admin, built[0].session_id, ReviewAct.ASSIGNED, to=curator.id)

    with library.reading() as db:
        mine = review_queue.queue(db, curator.viewer, Wanted(mine=True), limit=9)
        theirs = review_queue.queue(db, curator.viewer, Wanted(), limit=9)
        shelved = review_queue.queue(db, admin.viewer, Wanted(collection_id=shelf), limit=9)
        first = review_queue.queue(db, admin.viewer, Wanted(), limit=3)
        rest = review_queue.queue(db, admin.viewer, Wanted(), limit=3, before_id=first[-1][0].id)
        counted = review_queue.counts(db, admin.viewer, Wanted(state=ReviewState.IN_REVIEW))

    assert [s.id for s, _ in mine] == [built[0].session_id]
    assert (
        {s.id for s, _ in theirs}
        == {s.id for s, _ in shelved}
        == {
            built[0].session_id,
            built[1].session_id,
        }
    )
    assert [s.id for s, _ in [*first, *rest]] == [b.session_id for b in reversed(built)]
    assert counted == {ReviewState.SUBMITTED: 3, ReviewState.IN_REVIEW: 1}


def test_every_act_is_in_the_audit_log(library, admin, mentor) -> None:
    """Who accepted what can be found later."""
    _on(library, admin)
    built = _open(library, mentor)

    _act(library, admin, built.session_id, ReviewAct.ACCEPTED)

    with library.reading() as db:
        events = audit.events_of(db, ("session", built.session_id), actions=["review.accepted"])
        assert [event.actor_id for event in events] == [admin.id]


def test_verify_knows_what_review_makes_of_a_release(library, admin, mentor) -> None:
    """A session that waits for review is as it should be; one that was opened beside it is not."""
    _on(library, admin)
    built = _open(library, mentor)
    fine = list(verify.checks(thorough=False)["Releases"](library))
    with library.transaction() as db:
        db.get_one(MentoringSession, built.session_id).release = Release.RELEASED

    assert fine == []
    assert len(list(verify.checks(thorough=False)["Releases"](library))) == 1


def test_words_off_the_record_go_out_of_comments(library, admin, mentor) -> None:
    """A comment that repeats them keeps an ellipsis in their place."""
    _on(library, admin)
    built = _open(library, mentor)
    said = "You say ask for feedback the same day, twice."
    _act(library, admin, built.session_id, ReviewAct.COMMENTED, text=said)

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 0.0, 10.0))

    with library.reading() as db:
        texts = [event.text for event in review_desk.history(db, built.session_id)]
    assert texts == ["", "You say …, twice."]


def test_a_removed_session_leaves_no_review(library, admin, mentor) -> None:
    """Its state and what was said about it go with it."""
    _on(library, admin)
    built = _open(library, mentor)
    _act(library, admin, built.session_id, ReviewAct.COMMENTED, text="Fine.")

    with library.transaction() as db:
        sessions.remove(db, session_for(db, mentor.viewer, built.session_id))

    with library.reading() as db:
        assert db.get(Review, built.session_id) is None
        assert db.scalar(select(func.count()).select_from(ReviewEvent)) == 0
