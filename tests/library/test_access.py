"""Who may see what: one table, and every way of asking gives the same answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from library import access
from library.access import GUEST, Viewer
from library.accounts import people
from library.editing import heard
from library.errors import NotAllowedError, NotFoundError
from library.holdings import (
    collections,
    jobs,
    naming,
    nesting,
    passage_rows,
    reading,
    sessions,
    sources,
)
from library.models import MentoringSession, Part, Person, Role, Visibility, now
from library.searching import scope
from library.searching.scope import Filters
from library.settings import Settings
from library.store import Library, Transaction, open_library
from tests.builders import Built, add_account, add_session, person_named

PRIVATE, PARTICIPANTS, COLLECTION, MEMBERS, PUBLIC = Visibility
OWN = {PRIVATE, PARTICIPANTS, COLLECTION, MEMBERS, PUBLIC}
SEES = {
    "guest": {PUBLIC},
    "stranger": {PUBLIC, MEMBERS},
    "participant": {PUBLIC, MEMBERS, COLLECTION, PARTICIPANTS},
    "owner": OWN,
    "admin": OWN,
}
MAY_EDIT = {"owner", "admin"}
ADVICE = "Ask for feedback on the same day, while everybody still remembers what really happened."
QUESTION = "What would you do about a session that is"

who = pytest.mark.parametrize("kind", SEES)
what = pytest.mark.parametrize("visibility", Visibility)
gone = pytest.mark.parametrize("deleted", [False, True], ids=["here", "deleted"])


@dataclass(frozen=True)
class House:
    """One session of each visibility, here and deleted, each in a collection of its own."""

    library: Library
    viewers: dict[str, Viewer]
    built: dict[tuple[Visibility, bool], Built]
    shelves: dict[tuple[Visibility, bool], int]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    """The house that all rows of the table look at; nobody changes it."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("house")))
    admin = add_account(library, "Admin", Role.ADMIN)
    owner = add_account(library, "Owner", Role.MENTOR)
    participant = add_account(library, "Participant", Role.MENTEE)
    stranger = add_account(library, "Stranger", Role.MENTOR)
    built, shelves = {}, {}
    for visibility in Visibility:
        for deleted in (False, True):
            key, name = (visibility, deleted), f"{visibility} {deleted}"
            with library.transaction() as db:
                speaking = [
                    (person_named(db, f"Mentor {name}").id, Part.MENTOR),
                    (person_named(db, f"Mentee {name}").id, Part.MENTEE),
                ]
            built[key] = add_session(
                library,
                title=name,
                lines=[(f"Mentor {name}", ADVICE), (f"Mentee {name}", f"{QUESTION} {name}?")],
                owner=owner,
                visibility=visibility,
                participants=[*speaking, (participant.id, Part.MENTEE)],
            )
            with library.transaction() as db:
                shelf = collections.add(db, admin.viewer, title=name)
                collections.fill(db, admin.viewer, shelf, [built[key].session_id])
                shelves[key] = shelf.id
                if deleted:  # the rows stay: the predicate alone must hide them
                    sessions.get(db, built[key].session_id).deleted_at = now()
    viewers = {
        "guest": GUEST,
        "stranger": stranger.viewer,
        "participant": participant.viewer,
        "owner": owner.viewer,
        "admin": admin.viewer,
    }
    yield House(library, viewers, built, shelves)
    library.close()


def _found(question: Callable[[], object]) -> bool:
    try:
        return question() is not None
    except NotFoundError:
        return False


def _voice(db: Transaction, built: Built) -> Person:
    """The mentor of a session, who speaks in no other and has no account."""
    return sources.get(db, built.source_id).session.participants[0].person


WAYS: dict[str, Callable[[Transaction, Viewer, Built, int], bool]] = {
    "session_for": lambda db, viewer, built, shelf: _found(
        lambda: access.session_for(db, viewer, built.session_id)
    ),
    "sessions.visible": lambda db, viewer, built, shelf: (
        built.session_id in {s.id for s in sessions.visible(db, viewer)}
    ),
    "scope.sources_in": lambda db, viewer, built, shelf: (
        built.source_id in scope.sources_in(db, viewer, Filters())
    ),
    "scope.sources_in one session": lambda db, viewer, built, shelf: bool(
        scope.sources_in(db, viewer, Filters(session_id=built.session_id))
    ),
    "scope.sources_in one collection": lambda db, viewer, built, shelf: bool(
        scope.sources_in(db, viewer, Filters(collection_id=shelf))
    ),
    "sources.visible_source": lambda db, viewer, built, shelf: _found(
        lambda: sources.visible_source(db, viewer, built.source_id)
    ),
    "sources.visible_by_hash": lambda db, viewer, built, shelf: _found(
        lambda: sources.visible_by_hash(db, viewer, sources.get(db, built.source_id).sha256)
    ),
    "jobs.visible": lambda db, viewer, built, shelf: (
        built.source_id in {s.id for s in jobs.visible(db, viewer)}
    ),
    "passage_rows.by_ids": lambda db, viewer, built, shelf: (
        set(passage_rows.by_ids(db, viewer, built.passage_ids)) == set(built.passage_ids)
    ),
    "reading.place_of": lambda db, viewer, built, shelf: _found(
        lambda: reading.place_of(db, viewer, built.passage_ids[0])
    ),
    "reading.visible_person": lambda db, viewer, built, shelf: _found(
        lambda: reading.visible_person(db, viewer, _voice(db, built).id)
    ),
    "reading.speakers": lambda db, viewer, built, shelf: (
        _voice(db, built).id in {person.id for person, _ in reading.speakers(db, viewer)}
    ),
    "heard.newest_voices": lambda db, viewer, built, shelf: (
        built.session_id in {q.session_id for q in heard.newest_voices(db, viewer, limit=99)}
    ),
    "heard.told_by": lambda db, viewer, built, shelf: bool(
        heard.told_by(
            db, viewer, _voice(db, built).id, [sources.get(db, built.source_id).session], limit=1
        )
    ),
    "reading.added_on": lambda db, viewer, built, shelf: (
        built.session_id in reading.added_on(db, viewer, [built.session_id])
    ),
    "heard.questions": lambda db, viewer, built, shelf: any(
        sources.get(db, built.source_id).session.title in question
        for question in heard.questions(db, viewer, limit=99)
    ),
    "people.known_to": lambda db, viewer, built, shelf: (
        _voice(db, built).id in {person.id for person in people.known_to(db, viewer)}
    ),
    "naming.known_people": lambda db, viewer, built, shelf: (
        _voice(db, built).id in naming.known_people(db, viewer, [_voice(db, built).name]).by_id
    ),
    "collections.sessions_in": lambda db, viewer, built, shelf: (
        built.session_id in {s.id for s in collections.sessions_in(db, viewer, shelf)}
    ),
    "nesting.counts": lambda db, viewer, built, shelf: (
        nesting.counts(db, viewer).get(shelf, 0) == 1
    ),
}


@gone
@what
@who
def test_every_way_of_asking_gives_the_same_answer(house, kind, visibility, deleted):
    """A session is there for whoever may see it, and is not there for anybody else."""
    built, shelf = house.built[visibility, deleted], house.shelves[visibility, deleted]
    allowed = visibility in SEES[kind] and not deleted

    with house.library.reading() as db:
        answers = {way: ask(db, house.viewers[kind], built, shelf) for way, ask in WAYS.items()}

    assert answers == dict.fromkeys(WAYS, allowed)


@who
def test_counts_count_what_is_seen(house, kind):
    """The number of sessions, and of those that can be searched, tells nothing of the hidden."""
    with house.library.reading() as db:
        count = sessions.count_visible(db, house.viewers[kind])
        coverage = sessions.coverage(db, house.viewers[kind])

    assert count == len(SEES[kind])
    assert coverage == (len(SEES[kind]), len(SEES[kind]))


@gone
@what
@who
def test_only_its_owner_and_administrators_change_a_session(house, kind, visibility, deleted):
    """Whoever sees a session that is not theirs is refused; to anybody else it is not there."""
    viewer, session_id = house.viewers[kind], house.built[visibility, deleted].session_id
    hidden = deleted or visibility not in SEES[kind]
    refusal = NotFoundError if hidden else None if kind in MAY_EDIT else NotAllowedError

    with house.library.reading() as db:
        editable = db.scalars(
            select(MentoringSession.id).where(access.editable_sessions(viewer))
        ).all()
        caught = None
        try:
            access.session_to_edit(db, viewer, session_id)
        except (NotFoundError, NotAllowedError) as error:
            caught = type(error)

    assert caught is refusal
    assert (session_id in editable) is (refusal is None)


def test_hidden_and_absent_look_the_same(house):
    """The sentence for a session that one may not see is the one for a session that never was."""
    hidden = house.built[PRIVATE, False].session_id

    with house.library.reading() as db:
        with pytest.raises(NotFoundError) as for_hidden:
            access.session_for(db, GUEST, hidden)
        with pytest.raises(NotFoundError) as for_absent:
            access.session_for(db, GUEST, 10**6)

    assert str(for_hidden.value) == str(for_absent.value)


@pytest.mark.parametrize(
    ("role", "setting", "allowed"),
    [
        (None, True, False),
        (Role.MENTEE, False, False),
        (Role.MENTEE, True, True),
        (Role.MENTOR, False, True),
        (Role.ADMIN, False, True),
    ],
)
def test_who_may_add_sessions(role, setting, allowed):
    """Mentors and administrators may; mentees where the library lets them; guests never."""
    viewer = Viewer(person_id=1 if role else None, role=role)

    assert viewer.may_add_sessions(members_may_upload=setting) is allowed


def test_only_administrators_pass_as_such(house):
    """What is kept for administrators is refused to everybody else."""
    for kind, viewer in house.viewers.items():
        if kind == "admin":
            access.require_admin(viewer)
        else:
            with pytest.raises(NotAllowedError):
                access.require_admin(viewer)
