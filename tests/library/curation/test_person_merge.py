"""Tests of merges of people: what moves, who sees it, consent, and undo.

Covers: person_merge_consent, person_merge_preview, person_merge_rows, person_merge_sessions.
"""

import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from library.access import GUEST, Viewer, visible_sessions
from library.accounts import password_resets, people, tokens
from library.collections import collections, members
from library.consent import ledger, release
from library.curation import person_merge, person_merge_preview, person_merge_rows
from library.curation.person_merge_sessions import PORTION
from library.discovery import saved_searches
from library.errors import ConflictError, NotAllowedError
from library.models import (
    Base,
    CollectionRole,
    ConsentAnswer,
    MentoringSession,
    Participant,
    ParticipantRole,
    Passage,
    Person,
    PersonMerge,
    QuestionCountOptOut,
    Release,
    ReleaseRule,
    Role,
    Segment,
    SpeakerConsent,
    UnansweredQuestion,
    Visibility,
    now,
)
from library.removal import account_deletion
from library.sessions import passages, person_lookup, sessions
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, add_account, add_session


@pytest.fixture
def twin(library) -> Account:
    """Second account of the same human as the mentor."""
    return add_account(library, "Ada Mentorr", Role.MENTOR)


def _merge(library, admin, remaining, merged) -> int:
    with library.transaction() as db:
        return person_merge.merge(db, admin.viewer, remaining.id, merged.id).id


def _undo(library, admin, merge_id: int) -> None:
    with library.transaction() as db:
        person_merge.undo(db, admin.viewer, merge_id)


def _visible(library: Library, viewer: Viewer) -> set[int]:
    with library.reading() as db:
        return set(db.scalars(select(MentoringSession.id).where(visible_sessions(viewer))))


def test_every_table_that_names_people_has_a_rule() -> None:
    """Every table that refers to a person has a rule for merges of people."""
    with_rule = person_merge_rows.JOINED | person_merge_rows.ENDED | person_merge_rows.LEFT
    without = [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
        and (table.name, column.name) not in person_merge_rows.MOVED
        and table.name not in with_rule
    ]

    assert without == [], "Add a rule for these columns to library/curation/person_merge_rows.py."


def test_sessions_speakers_and_searches_move_to_the_kept_person(
    library, admin, mentor, twin
) -> None:
    """A merge moves sessions, speakers and searches of one person to the other person.

    The passages get new ids.
    """
    built = add_session(
        library,
        lines=[("Ada Mentorr", "Ask the same day."), ("Somebody", "Why?")],
        owner=twin,
        participants=[(twin.id, ParticipantRole.MENTOR)],
    )
    with library.transaction() as db:
        saved_searches.save(db, twin.viewer, name="Mine", question="feedback")

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        assert session.owner_id == mentor.id
        assert [p.person_id for p in session.participants] == [mentor.id]
        speaking = db.scalars(select(Segment.person_id).order_by(Segment.ordinal)).all()
        assert speaking[0] == mentor.id
        assert [s.name for s in saved_searches.saved(db, mentor.viewer)] == ["Mine"]
        found = passages.rows_after(db, 0, model="bag-of-words")
        assert [row.speakers[0][0] for row in found][:1] == [mentor.id]
        assert min(row.id for row in found) > max(built.passage_ids)
        vectors = passages.vectors_of(db, [r.id for r in found], model="bag-of-words")
        assert len(vectors) == len(found)


def test_a_merged_account_cannot_sign_in(library, admin, mentor, twin) -> None:
    """After a merge, the merged person's account is closed and its tokens are invalid.

    An administrator cannot open the account.
    """
    with library.transaction() as db:
        _, secret = tokens.add(db, twin.id, "laptop")

    _merge(library, admin, mentor, twin)

    assert tokens.bearer(library, secret) is None
    with library.transaction() as db:
        person = people.get(db, twin.id)
        assert not people.may_sign_in(person)
        assert person.login_key is None
        with pytest.raises(ConflictError):
            people.change_account(db, admin.viewer, person, role=Role.MENTOR, active=True)
        assert twin.id not in {p.id for p in people.accounts(db)}
        known = person_lookup.known_people(db, admin.viewer, ["Ada Mentorr"])
        assert [person.id for person in known.by_name["ada mentorr"]] == [mentor.id]


def test_the_secrets_of_a_merged_person_are_removed(library, admin, mentor, twin) -> None:
    """A merge deletes the merged person's password at once.

    The e-mail address is deleted after 30 days.
    """
    with library.transaction() as db:
        people.set_password(db, people.get(db, twin.id), "a hash")
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        before = (people.get(db, twin.id).password_hash, person_merge.forget_addresses(db))
    _undo(library, admin, merge_id)
    with library.transaction() as db:
        person = people.by_email(db, twin.email)
        link = password_resets.offer(db, twin.email)
    second_id = _merge(library, admin, mentor, twin)

    with library.transaction() as db:
        db.get(PersonMerge, second_id).made_at -= timedelta(days=31)
        db.flush()
        cleared = person_merge.forget_addresses(db)

    assert before == (None, 0)
    assert person is not None
    assert link is not None
    with library.reading() as db:
        assert (cleared, people.get(db, twin.id).email) == (1, None)
        assert people.by_email(db, mentor.email) is not None


def test_an_opt_out_of_either_person_is_kept(library, admin, mentor, twin) -> None:
    """If one of two merged people opted out of question counts, the remaining person is opted out.

    The counted questions of both people are deleted.
    """
    with library.transaction() as db:
        for person in (mentor, twin):
            db.add(UnansweredQuestion(person_id=person.id, question="Why?", folded="why"))
        db.add(QuestionCountOptOut(person_id=twin.id))

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        assert db.scalars(select(UnansweredQuestion)).all() == []
        assert db.get(QuestionCountOptOut, mentor.id) is not None


def test_a_refusal_of_either_holds_and_a_missing_answer_waits(library, admin, mentor, twin) -> None:
    """After a merge, a refusal of one of the two people counts.

    If one of the two people has not answered, the remaining person is asked again.
    """
    both = [(mentor.id, ParticipantRole.MENTOR), (twin.id, ParticipantRole.MENTEE)]
    states = {}
    for name, answers in {
        "refused": (ConsentAnswer.AGREED, ConsentAnswer.DECLINED),
        "silent": (ConsentAnswer.AGREED, ConsentAnswer.ASKED),
        "agreed": (ConsentAnswer.AGREED, ConsentAnswer.AGREED),
    }.items():
        built = add_session(
            library, title=name, lines=[], participants=both, visibility=Visibility.MEMBERS
        )
        states[name] = built.session_id
        with library.transaction() as db:
            for account, state in zip((mentor, twin), answers, strict=True):
                db.get(SpeakerConsent, (built.session_id, account.id)).state = state
            release.refresh(db, sessions.get(db, built.session_id))
    with library.reading() as db:
        asked_again = person_merge_preview.outlook(db, admin.viewer, mentor.id, twin.id).asked_again

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        found = {name: sessions.get(db, i).release for name, i in states.items()}
    assert found == {
        "refused": Release.REFUSED,
        "silent": Release.WAITING,
        "agreed": Release.RELEASED,
    }
    assert asked_again == ["silent"]


def test_the_higher_role_in_a_collection_is_kept_until_undo(library, admin, mentor, twin) -> None:
    """After a merge, the remaining person has the higher of both people's roles in a collection.

    Undo restores both roles.
    """
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Feedback")
        members.set_member(db, admin.viewer, collection, mentor.id, CollectionRole.VIEWER)
        members.set_member(db, admin.viewer, collection, twin.id, CollectionRole.CURATOR)

    merge_id = _merge(library, admin, mentor, twin)
    with library.reading() as db:
        one = [(m.person_id, m.role) for m in collections.get(db, collection.id).members]
    _undo(library, admin, merge_id)

    assert one == [(mentor.id, CollectionRole.CURATOR)]
    with library.reading() as db:
        two = {(m.person_id, m.role) for m in collections.get(db, collection.id).members}
    assert two == {(mentor.id, CollectionRole.VIEWER), (twin.id, CollectionRole.CURATOR)}


def test_the_ledger_records_merge_and_undo(library, admin, mentor, twin) -> None:
    """A merge and its undo each add a ledger entry. The hash chain stays valid."""
    add_session(library, owner=twin, lines=[], participants=[(twin.id, ParticipantRole.MENTOR)])

    merge_id = _merge(library, admin, mentor, twin)
    _undo(library, admin, merge_id)

    with library.reading() as db:
        assert list(ledger.objections(db)) == []
        new = ledger.entries(db, limit=2)
        assert [(e.content["kind"], e.content["other"]) for e in new] == [
            ("parted", twin.id),
            ("merged", twin.id),
        ]


def test_undo_returns_moved_sessions_and_keeps_later_changes(library, admin, mentor, twin) -> None:
    """Undo of a merge returns sessions to the merged person.

    A session that got a new owner after the merge stays with the new owner.
    """
    own = add_session(
        library, title="Mine", owner=twin, participants=[(twin.id, ParticipantRole.MENTOR)]
    )
    passed_on = add_session(library, title="Given on", owner=twin)
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        sessions.get(db, passed_on.session_id).owner_id = admin.id

    _undo(library, admin, merge_id)

    with library.reading() as db:
        assert sessions.get(db, own.session_id).owner_id == twin.id
        assert sessions.get(db, passed_on.session_id).owner_id == admin.id
        assert db.get(Participant, (own.session_id, twin.id)) is not None
        assert db.get(Participant, (own.session_id, mentor.id)) is None
        assert people.may_sign_in(people.get(db, twin.id))


def _answers(library: Library, ids: list[int]) -> dict[int, set[int]]:
    with library.reading() as db:
        rows = db.scalars(select(SpeakerConsent).where(SpeakerConsent.session_id.in_(ids)))
        found: dict[int, set[int]] = {i: set() for i in ids}
        for row in rows:
            found[row.session_id].add(row.person_id)
        return found


def test_many_sessions_are_moved_in_portions_each_as_a_whole(library, admin, mentor, twin) -> None:
    """A merge moves a first portion of sessions, and the worker moves the others in portions.

    Every session is valid between two portions.
    """
    lines = [("Ada Mentorr", "Ask for feedback the same day.")]
    ids = [
        add_session(
            library,
            title=f"Talk {n}",
            lines=lines,
            owner=twin,
            participants=[(twin.id, ParticipantRole.MENTOR)],
        ).session_id
        for n in range(2 * PORTION + 1)
    ]

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        owners = [sessions.get(db, i).owner_id for i in ids]
        computed = [release.compute(db, sessions.get(db, i)) for i in ids]
        found = [sessions.get(db, i).release for i in ids]
    assert owners == [mentor.id] * PORTION + [twin.id] * (PORTION + 1)
    assert found == computed == [Release.RELEASED] * len(ids)
    assert list(_answers(library, ids).values()) == [{owner} for owner in owners]
    with library.transaction() as db, pytest.raises(ConflictError, match="is still running"):
        person_merge.both(db, admin.viewer, mentor.id, twin.id)
    assert person_merge.finish(library) == 2
    assert list(_answers(library, ids).values()) == [{mentor.id}] * len(ids)
    with library.reading() as db:
        assert {sessions.get(db, i).owner_id for i in ids} == {mentor.id}
        speakers = db.scalars(select(Passage.speakers)).all()
        assert {person for one in speakers for person, _, _ in one} == {mentor.id}
    assert person_merge.finish(library) == 0


def test_a_merge_that_is_under_way_is_undone_from_where_it_is(library, admin, mentor, twin) -> None:
    """Undo of an unfinished merge returns the moved sessions. The other sessions do not move."""
    ids = [
        add_session(library, title=f"Talk {n}", owner=twin).session_id for n in range(3 * PORTION)
    ]
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        person_merge.move_next(db, person_merge.get(db, admin.viewer, merge_id))

    _undo(library, admin, merge_id)
    portions = person_merge.finish(library)

    assert portions == 1
    with library.reading() as db:
        assert {sessions.get(db, i).owner_id for i in ids} == {twin.id}
        assert people.may_sign_in(people.get(db, twin.id))


def test_account_deletion_finishes_a_running_merge(library, admin, mentor, twin) -> None:
    """Account deletion first finishes a merge of the person.

    So the name is replaced in all sessions.
    """
    lines = [("Ada Mentorr", "Ask for feedback the same day.")]
    for n in range(PORTION + 1):
        add_session(
            library,
            title=f"Talk {n}",
            lines=lines,
            participants=[(twin.id, ParticipantRole.MENTOR)],
        )
    _merge(library, admin, mentor, twin)

    account_deletion.delete_account(
        library,
        admin.viewer,
        mentor.id,
        account_deletion.DeletionRequest(name=account_deletion.OwnName.REPLACE),
    )

    with library.reading() as db:
        assert "Ada Mentorr" not in set(db.scalars(select(Segment.speaker)))


def test_an_undo_that_is_not_possible_is_refused(library, admin, mentor, twin) -> None:
    """A merge cannot be undone twice or after 30 days.

    Undo is also refused while the remaining person is merged into another person.
    """
    third = add_account(library, "Ada Third", Role.MENTOR)
    first = _merge(library, admin, mentor, twin)
    second = _merge(library, admin, third, mentor)

    with pytest.raises(ConflictError, match="merged into another one later"):
        _undo(library, admin, first)
    _undo(library, admin, second)
    _undo(library, admin, first)
    with pytest.raises(ConflictError, match="undone already"):
        _undo(library, admin, first)
    late = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        db.get(PersonMerge, late).made_at = now() - timedelta(days=31)
    with pytest.raises(ConflictError, match="30 days"):
        _undo(library, admin, late)


def test_an_unsuitable_merge_is_refused(library, admin, mentor, twin) -> None:
    """A person cannot be merged into themselves or into a person without account.

    Administrators cannot be merged. Mentors cannot merge people.
    """
    chief = add_account(library, "Second Admin", Role.ADMIN)
    with library.transaction() as db:
        without_account = Person(name="A voice", role=Role.MENTOR)
        db.add(without_account)
        db.flush()
        wrong = [
            (mentor.id, mentor.id),
            (mentor.id, admin.id),
            (mentor.id, chief.id),
            (without_account.id, mentor.id),
        ]
        for remaining, merged in wrong:
            with pytest.raises(ConflictError):
                person_merge.merge(db, admin.viewer, remaining, merged)
        with pytest.raises(NotAllowedError):
            person_merge.merge(db, mentor.viewer, mentor.id, twin.id)
    _merge(library, admin, mentor, twin)
    with pytest.raises(ConflictError):
        _merge(library, admin, mentor, twin)


WORLD = st.lists(
    st.tuples(
        st.sampled_from(Visibility),
        st.sampled_from([None, 0, 1, 2]),  # owner
        st.lists(st.sampled_from(list(ParticipantRole)), min_size=3, max_size=3),
        st.lists(st.booleans(), min_size=3, max_size=3),  # participants
        st.lists(
            st.sampled_from([None, *(a for a in ConsentAnswer if a is not ConsentAnswer.SAME)]),
            min_size=3,
            max_size=3,
        ),
        st.booleans(),  # in the collection
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=WORLD, mentors_only=st.booleans())
def test_a_merge_shows_no_further_sessions(tmp_path_factory, blank, world, mentors_only) -> None:
    """A merge shows other viewers no session that they could not see before.

    The remaining person sees only sessions that one of the two people saw before. Undo restores the
    earlier state.
    """
    library = _world(tmp_path_factory.mktemp("merge"), blank, world, mentors_only=mentors_only)
    boss, one, two, third, member = (Viewer(i, r) for i, r in PEOPLE)
    before = {viewer: _visible(library, viewer) for viewer in (one, two, third, member, GUEST)}

    with library.transaction() as db:
        merge_id = person_merge.merge(db, boss, one.person_id or 0, two.person_id or 0).id
    after = {viewer: _visible(library, viewer) for viewer in before}
    with library.transaction() as db:
        person_merge.undo(db, boss, merge_id)
    undone = {viewer: _visible(library, viewer) for viewer in before}
    library.close()

    assert after[one] <= before[one] | before[two]
    assert all(after[viewer] <= before[viewer] for viewer in (third, member, GUEST))
    assert undone == before


PEOPLE = (
    (1, Role.ADMIN),
    (2, Role.MENTOR),
    (3, Role.MENTOR),
    (4, Role.MENTOR),
    (5, Role.MENTEE),
)


def _world(home, blank, world, *, mentors_only: bool) -> Library:
    """Open a library in *home* with the sessions, participants and answers that *world* lists."""
    shutil.copy(blank, home)
    library = open_library(Settings(home=home))
    for number, role in PEOPLE:
        add_account(library, f"Somebody {chr(64 + number) * 3}", role)
    boss = Viewer(1, Role.ADMIN)
    with library.transaction() as db:
        collection = collections.add(db, boss, title="Talks")
        members.set_member(db, boss, collection, 3, CollectionRole.VIEWER)
        members.set_member(db, boss, collection, 5, CollectionRole.VIEWER)
        if mentors_only:
            members.set_rule(db, boss, collection, ReleaseRule.MENTORS)
        inside = []
        for visibility, owner, parts, taking, answers, in_collection in world:
            session = MentoringSession(
                title="A", visibility=visibility, owner_id=None if owner is None else owner + 2
            )
            session.participants = [
                Participant(person_id=i + 2, part=parts[i], position=i)
                for i in range(3)
                if taking[i]
            ]
            db.add(session)
            db.flush()
            release.refresh(db, session)
            for i, state in enumerate(answers):
                if state is None or not (taking[i] or owner == i):
                    continue
                row = db.get(SpeakerConsent, (session.id, i + 2))
                row = row or SpeakerConsent(session_id=session.id, person_id=i + 2)
                row.state, row.audience = state, visibility
                row.answered_at = None if state is ConsentAnswer.ASKED else now()
                db.add(row)
            db.flush()
            db.expire(session, ["answers"])
            if in_collection:
                inside.append(session.id)
            release.refresh(db, session)
        collections.set_sessions(db, boss, collection, inside)
    return library
