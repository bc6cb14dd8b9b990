"""Two people who are one: what goes where, who sees what then, and how they are parted."""

import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from library.access import GUEST, Viewer, visible_sessions
from library.accounts import people, people_alike, resets, tokens
from library.consent import ledger, release
from library.curating import merge_outlook, merged_rows, merges
from library.curating.merged_sessions import PORTION
from library.errors import ConflictError, NotAllowedError
from library.holdings import collections, members, naming, passages, sessions
from library.models import (
    Answer,
    Base,
    CollectionRole,
    MentoringSession,
    MissedQuestion,
    Part,
    Participant,
    Passage,
    Person,
    PersonMerge,
    Release,
    ReleaseRule,
    Role,
    Segment,
    SpeakerRelease,
    UncountedPerson,
    Visibility,
    now,
)
from library.searching import searches
from library.settings import Settings
from library.store import Library, open_library
from library.withdrawal import leaving
from tests.builders import Account, add_account, add_session


@pytest.fixture
def twin(library) -> Account:
    """A second account of the mentor's."""
    return add_account(library, "Ada Mentorr", Role.MENTOR)


def _merge(library, admin, kept, gone) -> int:
    with library.transaction() as db:
        return merges.merge(db, admin.viewer, kept.id, gone.id).id


def _part(library, admin, merge_id: int) -> None:
    with library.transaction() as db:
        merges.part(db, admin.viewer, merge_id)


def _seen(library: Library, viewer: Viewer) -> set[int]:
    with library.reading() as db:
        return set(db.scalars(select(MentoringSession.id).where(visible_sessions(viewer))))


def test_every_table_that_names_people_has_a_rule() -> None:
    """A new reference to a person fails this until somebody says what a merge does with it."""
    known = merged_rows.JOINED | merged_rows.ENDED | merged_rows.LEFT
    without = [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
        and (table.name, column.name) not in merged_rows.MOVED
        and table.name not in known
    ]

    assert without == []


def test_sessions_parts_words_and_searches_go_to_the_one_who_is_kept(
    library, admin, mentor, twin
) -> None:
    """What was owned, said and kept is theirs; passages keep their words under a new number."""
    built = add_session(
        library,
        lines=[("Ada Mentorr", "Ask the same day."), ("Somebody", "Why?")],
        owner=twin,
        participants=[(twin.id, Part.MENTOR)],
    )
    with library.transaction() as db:
        searches.save(db, twin.viewer, name="Mine", question="feedback")

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        assert session.owner_id == mentor.id
        assert [p.person_id for p in session.participants] == [mentor.id]
        speaking = db.scalars(select(Segment.person_id).order_by(Segment.ordinal)).all()
        assert speaking[0] == mentor.id
        assert [s.name for s in searches.saved(db, mentor.viewer)] == ["Mine"]
        found = passages.rows_after(db, 0, model="bag of words")
        assert [row.speakers[0][0] for row in found][:1] == [mentor.id]
        assert min(row.id for row in found) > max(built.passage_ids)
        vectors = passages.vectors_of(db, [r.id for r in found], model=_model(db))
        assert len(vectors) == len(found)


def _model(db) -> str:
    return passages.model_with_most(db) or ""


def test_whoever_is_merged_cannot_come_in(library, admin, mentor, twin) -> None:
    """The account is closed, its tokens are gone, and an administrator cannot open it again."""
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
        known = naming.known_people(db, admin.viewer, ["Ada Mentorr"])
        assert [person.id for person in known.by_name["ada mentorr"]] == [mentor.id]


def test_no_secret_of_the_one_who_is_gone_is_kept(library, admin, mentor, twin) -> None:
    """The password goes at once; the address, with which they can be parted, when they cannot."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, twin.id), "a hash")
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        kept = (people.get(db, twin.id).password_hash, merges.forget_addresses(db))
    _part(library, admin, merge_id)
    with library.transaction() as db:
        parted = people.by_email(db, twin.email)
        link = resets.offer(db, twin.email)
    again = _merge(library, admin, mentor, twin)

    with library.transaction() as db:
        db.get(PersonMerge, again).made_at -= timedelta(days=31)
        db.flush()
        cleared = merges.forget_addresses(db)

    assert kept == (None, 0)
    assert parted is not None
    assert link is not None
    with library.reading() as db:
        assert (cleared, people.get(db, twin.id).email) == (1, None)
        assert people.by_email(db, mentor.email) is not None


def test_one_person_is_counted_once_and_not_at_all_if_either_said_so(
    library, admin, mentor, twin
) -> None:
    """Questions of the one who is gone end; whoever was not to be counted is not counted after."""
    with library.transaction() as db:
        for person in (mentor, twin):
            db.add(MissedQuestion(person_id=person.id, question="Why?", folded="why"))
        db.add(UncountedPerson(person_id=twin.id))

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        assert db.scalars(select(MissedQuestion)).all() == []
        assert db.get(UncountedPerson, mentor.id) is not None


def test_a_no_of_either_holds_and_silence_asks_again(library, admin, mentor, twin) -> None:
    """A session that one of them refused stays refused; what one left open waits."""
    both = [(mentor.id, Part.MENTOR), (twin.id, Part.MENTEE)]
    states = {}
    for name, answers in {
        "refused": (Answer.AGREED, Answer.DECLINED),
        "silent": (Answer.AGREED, Answer.ASKED),
        "agreed": (Answer.AGREED, Answer.AGREED),
    }.items():
        built = add_session(
            library, title=name, lines=[], participants=both, visibility=Visibility.MEMBERS
        )
        states[name] = built.session_id
        with library.transaction() as db:
            for account, state in zip((mentor, twin), answers, strict=True):
                db.get(SpeakerRelease, (built.session_id, account.id)).state = state
            release.settle(db, sessions.get(db, built.session_id))
    with library.reading() as db:
        foreseen = merge_outlook.outlook(db, admin.viewer, mentor.id, twin.id).asked_again

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        found = {name: sessions.get(db, i).release for name, i in states.items()}
    assert found == {
        "refused": Release.REFUSED,
        "silent": Release.WAITING,
        "agreed": Release.RELEASED,
    }
    assert foreseen == ["silent"]


def test_the_higher_role_in_a_collection_is_kept_and_parted_again(
    library, admin, mentor, twin
) -> None:
    """A viewer and a curator are a curator, and both again when they are parted."""
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Feedback")
        members.put_member(db, admin.viewer, shelf, mentor.id, CollectionRole.VIEWER)
        members.put_member(db, admin.viewer, shelf, twin.id, CollectionRole.CURATOR)

    merge_id = _merge(library, admin, mentor, twin)
    with library.reading() as db:
        one = [(m.person_id, m.role) for m in collections.get(db, shelf.id).members]
    _part(library, admin, merge_id)

    assert one == [(mentor.id, CollectionRole.CURATOR)]
    with library.reading() as db:
        two = {(m.person_id, m.role) for m in collections.get(db, shelf.id).members}
    assert two == {(mentor.id, CollectionRole.VIEWER), (twin.id, CollectionRole.CURATOR)}


def test_the_ledger_says_who_became_whom_and_keeps_its_chain(library, admin, mentor, twin) -> None:
    """Entries of before name whom they named; two new ones say what was done."""
    add_session(library, owner=twin, lines=[], participants=[(twin.id, Part.MENTOR)])

    merge_id = _merge(library, admin, mentor, twin)
    _part(library, admin, merge_id)

    with library.reading() as db:
        assert list(ledger.objections(db)) == []
        new = ledger.entries(db, limit=2)
        assert [(e.content["kind"], e.content["other"]) for e in new] == [
            ("parted", twin.id),
            ("merged", twin.id),
        ]


def test_parting_gives_back_what_was_moved_and_leaves_what_came_later(
    library, admin, mentor, twin
) -> None:
    """A session that was given on since stays where it is; the rest is the other's again."""
    mine = add_session(library, title="Mine", owner=twin, participants=[(twin.id, Part.MENTOR)])
    given = add_session(library, title="Given on", owner=twin)
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        sessions.get(db, given.session_id).owner_id = admin.id

    _part(library, admin, merge_id)

    with library.reading() as db:
        assert sessions.get(db, mine.session_id).owner_id == twin.id
        assert sessions.get(db, given.session_id).owner_id == admin.id
        assert db.get(Participant, (mine.session_id, twin.id)) is not None
        assert db.get(Participant, (mine.session_id, mentor.id)) is None
        assert people.may_sign_in(people.get(db, twin.id))


def _answers(library: Library, ids: list[int]) -> dict[int, set[int]]:
    with library.reading() as db:
        rows = db.scalars(select(SpeakerRelease).where(SpeakerRelease.session_id.in_(ids)))
        found: dict[int, set[int]] = {i: set() for i in ids}
        for row in rows:
            found[row.session_id].add(row.person_id)
        return found


def test_many_sessions_are_moved_in_portions_each_as_a_whole(library, admin, mentor, twin) -> None:
    """Killed after the first portion, a merge leaves valid sessions; the worker does the rest."""
    lines = [("Ada Mentorr", "Ask for feedback the same day.")]
    ids = [
        add_session(
            library,
            title=f"Talk {n}",
            lines=lines,
            owner=twin,
            participants=[(twin.id, Part.MENTOR)],
        ).session_id
        for n in range(2 * PORTION + 1)
    ]

    _merge(library, admin, mentor, twin)

    with library.reading() as db:
        owners = [sessions.get(db, i).owner_id for i in ids]
        follows = [release.follows(db, sessions.get(db, i)) for i in ids]
        found = [sessions.get(db, i).release for i in ids]
    assert owners == [mentor.id] * PORTION + [twin.id] * (PORTION + 1)
    assert found == follows == [Release.RELEASED] * len(ids)
    assert list(_answers(library, ids).values()) == [{owner} for owner in owners]
    with library.transaction() as db, pytest.raises(ConflictError, match="is being merged"):
        merges.both(db, admin.viewer, mentor.id, twin.id)
    assert merges.finish(library) == 2
    assert list(_answers(library, ids).values()) == [{mentor.id}] * len(ids)
    with library.reading() as db:
        assert {sessions.get(db, i).owner_id for i in ids} == {mentor.id}
        spoken = db.scalars(select(Passage.speakers)).all()
        assert {person for one in spoken for person, _, _ in one} == {mentor.id}
    assert merges.finish(library) == 0


def test_a_merge_that_is_under_way_is_undone_from_where_it_is(library, admin, mentor, twin) -> None:
    """What was moved goes back, in portions too; what was not yet moved stays where it is."""
    ids = [
        add_session(library, title=f"Talk {n}", owner=twin).session_id for n in range(3 * PORTION)
    ]
    merge_id = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        merges.go_on(db, merges.get(db, admin.viewer, merge_id))

    _part(library, admin, merge_id)
    portions = merges.finish(library)

    assert portions == 1
    with library.reading() as db:
        assert {sessions.get(db, i).owner_id for i in ids} == {twin.id}
        assert people.may_sign_in(people.get(db, twin.id))


def test_whoever_leaves_leaves_no_half_merge(library, admin, mentor, twin) -> None:
    """Leaving ends a merge that is under way first, so that the name goes everywhere."""
    lines = [("Ada Mentorr", "Ask for feedback the same day.")]
    for n in range(PORTION + 1):
        add_session(library, title=f"Talk {n}", lines=lines, participants=[(twin.id, Part.MENTOR)])
    _merge(library, admin, mentor, twin)

    leaving.leave(library, admin.viewer, mentor.id, leaving.Wish(name=leaving.OwnName.REPLACE))

    with library.reading() as db:
        assert "Ada Mentorr" not in set(db.scalars(select(Segment.speaker)))


def test_what_cannot_be_undone_says_why(library, admin, mentor, twin) -> None:
    """Twice, after 30 days, or when whoever was kept was merged on."""
    third = add_account(library, "Ada Third", Role.MENTOR)
    first = _merge(library, admin, mentor, twin)
    second = _merge(library, admin, third, mentor)

    with pytest.raises(ConflictError, match="merged into somebody else since"):
        _part(library, admin, first)
    _part(library, admin, second)
    _part(library, admin, first)
    with pytest.raises(ConflictError, match="undone already"):
        _part(library, admin, first)
    late = _merge(library, admin, mentor, twin)
    with library.transaction() as db:
        db.get(PersonMerge, late).made_at = now() - timedelta(days=31)
    with pytest.raises(ConflictError, match="30 days"):
        _part(library, admin, late)


def test_who_cannot_be_merged(library, admin, mentor, twin) -> None:
    """Not oneself, not an administrator into a mentor, not an account into a voice, not twice."""
    chief = add_account(library, "Second Admin", Role.ADMIN)
    with library.transaction() as db:
        voice = Person(name="A voice", role=Role.MENTOR)
        db.add(voice)
        db.flush()
        wrong = [
            (mentor.id, mentor.id),
            (mentor.id, admin.id),
            (mentor.id, chief.id),
            (voice.id, mentor.id),
        ]
        for kept, gone in wrong:
            with pytest.raises(ConflictError):
                merges.merge(db, admin.viewer, kept, gone)
        with pytest.raises(NotAllowedError):
            merges.merge(db, mentor.viewer, mentor.id, twin.id)
    _merge(library, admin, mentor, twin)
    with pytest.raises(ConflictError):
        _merge(library, admin, mentor, twin)


def test_people_who_may_be_the_same_are_found_and_told_apart(library, admin) -> None:
    """By mailbox, by name in any order and accent, by an address, and by sound."""
    named = {
        "mailbox": ("Jo Kim", "jo.kim@example.org", "J", "jokim+talks@example.org"),
        "name": ("Zoë Adams", "za1@example.org", "adams zoe", None),
        "address": ("Lena Wolf", None, "L.", "lena.wolf@example.org"),
        "sound": ("Katharina Meyer", "k1@example.org", "Catarina Maier", None),
        "nobody": ("Peter Quist", "pq@example.org", "Olga Brandt", "ob@example.org"),
    }
    with library.transaction() as db:
        for one, address, other, second in named.values():
            db.add_all(
                [
                    Person(name=one, email=address, role=Role.MENTOR),
                    Person(name=other, email=second, role=Role.MENTOR),
                ]
            )
    with library.reading() as db:
        found = people_alike.pairs(db, admin.viewer)

    assert {(pair.one.name, pair.why) for pair in found} == {
        ("Jo Kim", "The same mailbox"),
        ("Zoë Adams", "The same name"),
        ("Lena Wolf", "A name like the other's address"),
    } | ({("Katharina Meyer", "Names that sound alike")} & {(p.one.name, p.why) for p in found})
    with library.transaction() as db:
        people_alike.tell_apart(db, admin.viewer, found[0].other.id, found[0].one.id)
        left = people_alike.pairs(db, admin.viewer)
    assert len(left) == len(found) - 1


@pytest.mark.parametrize(
    ("one", "other"), [("Robert", "Rupert"), ("Meyer", "Maier"), ("Smith", "Smyth")]
)
def test_words_that_sound_alike_have_one_code(one, other) -> None:
    """Known pairs of Soundex."""
    assert people_alike.soundex(one) == people_alike.soundex(other)


def test_known_codes_of_soundex() -> None:
    """The examples of the United States National Archives."""
    codes = {"Robert": "R163", "Tymczak": "T522", "Pfister": "P236", "Honeyman": "H555"}

    assert {name: people_alike.soundex(name) for name in codes} == codes


WORLD = st.lists(
    st.tuples(
        st.sampled_from(Visibility),
        st.sampled_from([None, 0, 1, 2]),  # owner
        st.lists(st.sampled_from(list(Part)), min_size=3, max_size=3),
        st.lists(st.booleans(), min_size=3, max_size=3),  # who takes part
        st.lists(
            st.sampled_from([None, *(a for a in Answer if a is not Answer.SAME)]),
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
def test_nobody_sees_more_than_the_two_saw_before(
    tmp_path_factory, blank, world, mentors_only
) -> None:
    """Others see at most what they saw; whoever is kept at most what the two saw together."""
    library = _world(tmp_path_factory.mktemp("merge"), blank, world, mentors_only=mentors_only)
    boss, one, two, third, member = (Viewer(i, r) for i, r in PEOPLE)
    before = {viewer: _seen(library, viewer) for viewer in (one, two, third, member, GUEST)}

    with library.transaction() as db:
        merge_id = merges.merge(db, boss, one.person_id or 0, two.person_id or 0).id
    after = {viewer: _seen(library, viewer) for viewer in before}
    with library.transaction() as db:
        merges.part(db, boss, merge_id)
    parted = {viewer: _seen(library, viewer) for viewer in before}
    library.close()

    assert after[one] <= before[one] | before[two]
    assert all(after[viewer] <= before[viewer] for viewer in (third, member, GUEST))
    assert parted == before


PEOPLE = (
    (1, Role.ADMIN),
    (2, Role.MENTOR),
    (3, Role.MENTOR),
    (4, Role.MENTOR),
    (5, Role.MENTEE),
)


def _world(home, blank, world, *, mentors_only: bool) -> Library:
    """Sessions with parts and answers of three people, one of whom is the others' double."""
    shutil.copy(blank, home)
    library = open_library(Settings(home=home))
    for number, role in PEOPLE:
        add_account(library, f"Somebody {chr(64 + number) * 3}", role)
    boss = Viewer(1, Role.ADMIN)
    with library.transaction() as db:
        shelf = collections.add(db, boss, title="Shelf")
        members.put_member(db, boss, shelf, 3, CollectionRole.VIEWER)
        members.put_member(db, boss, shelf, 5, CollectionRole.VIEWER)
        if mentors_only:
            members.set_rule(db, boss, shelf, ReleaseRule.MENTORS)
        inside = []
        for visibility, owner, parts, taking, answers, shelved in world:
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
            release.settle(db, session)
            for i, state in enumerate(answers):
                if state is None or not (taking[i] or owner == i):
                    continue
                row = db.get(SpeakerRelease, (session.id, i + 2))
                row = row or SpeakerRelease(session_id=session.id, person_id=i + 2)
                row.state, row.audience = state, visibility
                row.answered_at = None if state is Answer.ASKED else now()
                db.add(row)
            db.flush()
            db.expire(session, ["answers"])
            if shelved:
                inside.append(session.id)
            release.settle(db, session)
        collections.fill(db, boss, shelf, inside)
    return library
