"""Tests of access: all queries agree on whether a viewer may see a session."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from library import access
from library.access import GUEST, Viewer
from library.accounts import people
from library.collections import collections, tree
from library.discovery import highlights, search_scope
from library.discovery.search_scope import Filters
from library.errors import NotAllowedError, NotFoundError
from library.models import MentoringSession, ParticipantRole, Person, Role, Visibility, now
from library.sessions import jobs, passage_queries, person_lookup, read_models, sessions, sources
from library.settings import Settings
from library.store import Library, Transaction, open_library
from tests.builders import Built, add_account, add_session, person_named

PRIVATE, PARTICIPANTS, COLLECTION, MEMBERS, PUBLIC = Visibility
OWN = {PRIVATE, PARTICIPANTS, COLLECTION, MEMBERS, PUBLIC}
VISIBLE_TO = {
    "guest": {PUBLIC},
    "stranger": {PUBLIC, MEMBERS},
    "participant": {PUBLIC, MEMBERS, COLLECTION, PARTICIPANTS},
    "owner": OWN,
    "admin": OWN,
}
MAY_EDIT = {"owner", "admin"}
ADVICE = "Ask for feedback on the same day, while everybody still remembers what really happened."
QUESTION = "What would you do about a session that is"

each_viewer = pytest.mark.parametrize("kind", VISIBLE_TO)
each_visibility = pytest.mark.parametrize("visibility", Visibility)
deleted_or_not = pytest.mark.parametrize("deleted", [False, True], ids=["here", "deleted"])


@dataclass(frozen=True)
class SessionMatrix:
    """Library with one existing and one deleted session of each visibility.

    Each session is in a collection of its own.
    """

    library: Library
    viewers: dict[str, Viewer]
    built: dict[tuple[Visibility, bool], Built]
    collection_ids: dict[tuple[Visibility, bool], int]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory) -> Iterator[SessionMatrix]:
    """Library that all tests of this module read and no test changes."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("matrix")))
    admin = add_account(library, "Admin", Role.ADMIN)
    owner = add_account(library, "Owner", Role.MENTOR)
    participant = add_account(library, "Participant", Role.MENTEE)
    stranger = add_account(library, "Stranger", Role.MENTOR)
    built, collection_ids = {}, {}
    for visibility in Visibility:
        for deleted in (False, True):
            key, name = (visibility, deleted), f"{visibility} {deleted}"
            with library.transaction() as db:
                speaking = [
                    (person_named(db, f"Mentor {name}").id, ParticipantRole.MENTOR),
                    (person_named(db, f"Mentee {name}").id, ParticipantRole.MENTEE),
                ]
            built[key] = add_session(
                library,
                title=name,
                lines=[(f"Mentor {name}", ADVICE), (f"Mentee {name}", f"{QUESTION} {name}?")],
                owner=owner,
                visibility=visibility,
                participants=[*speaking, (participant.id, ParticipantRole.MENTEE)],
            )
            with library.transaction() as db:
                collection = collections.add(db, admin.viewer, title=name)
                collections.set_sessions(db, admin.viewer, collection, [built[key].session_id])
                collection_ids[key] = collection.id
                if deleted:  # the rows stay, so that only the access predicate hides them
                    sessions.get(db, built[key].session_id).deleted_at = now()
    viewers = {
        "guest": GUEST,
        "stranger": stranger.viewer,
        "participant": participant.viewer,
        "owner": owner.viewer,
        "admin": admin.viewer,
    }
    yield SessionMatrix(library, viewers, built, collection_ids)
    library.close()


def _found(question: Callable[[], object]) -> bool:
    try:
        return question() is not None
    except NotFoundError:
        return False


def _mentor_of(db: Transaction, built: Built) -> Person:
    """Return the mentor of a session. This person has no account and no other session."""
    return sources.get(db, built.source_id).session.participants[0].person


WAYS: dict[str, Callable[[Transaction, Viewer, Built, int], bool]] = {
    "access.session_for": lambda db, viewer, built, collection: _found(
        lambda: access.session_for(db, viewer, built.session_id)
    ),
    "sessions.visible": lambda db, viewer, built, collection: (
        built.session_id in {s.id for s in sessions.visible(db, viewer)}
    ),
    "search_scope.sources_in": lambda db, viewer, built, collection: (
        built.source_id in search_scope.sources_in(db, viewer, Filters())
    ),
    "search_scope.sources_in one session": lambda db, viewer, built, collection: bool(
        search_scope.sources_in(db, viewer, Filters(session_id=built.session_id))
    ),
    "search_scope.sources_in one collection": lambda db, viewer, built, collection: bool(
        search_scope.sources_in(db, viewer, Filters(collection_id=collection))
    ),
    "sources.visible_source": lambda db, viewer, built, collection: _found(
        lambda: sources.visible_source(db, viewer, built.source_id)
    ),
    "sources.visible_by_hash": lambda db, viewer, built, collection: _found(
        lambda: sources.visible_by_hash(db, viewer, sources.get(db, built.source_id).sha256)
    ),
    "jobs.visible": lambda db, viewer, built, collection: (
        built.source_id in {s.id for s in jobs.visible(db, viewer)}
    ),
    "passage_queries.by_ids": lambda db, viewer, built, collection: (
        set(passage_queries.by_ids(db, viewer, built.passage_ids)) == set(built.passage_ids)
    ),
    "read_models.passage_for_address": lambda db, viewer, built, collection: _found(
        lambda: read_models.passage_for_address(db, viewer, built.passage_ids[0])
    ),
    "read_models.visible_person": lambda db, viewer, built, collection: _found(
        lambda: read_models.visible_person(db, viewer, _mentor_of(db, built).id)
    ),
    "read_models.speakers": lambda db, viewer, built, collection: (
        _mentor_of(db, built).id in {person.id for person, _ in read_models.speakers(db, viewer)}
    ),
    "highlights.newest_quotes": lambda db, viewer, built, collection: (
        built.session_id in {q.session_id for q in highlights.newest_quotes(db, viewer, limit=99)}
    ),
    "highlights.quotes_of_person": lambda db, viewer, built, collection: bool(
        highlights.quotes_of_person(
            db,
            viewer,
            _mentor_of(db, built).id,
            [sources.get(db, built.source_id).session],
            limit=1,
        )
    ),
    "read_models.added_on": lambda db, viewer, built, collection: (
        built.session_id in read_models.added_on(db, viewer, [built.session_id])
    ),
    "highlights.questions": lambda db, viewer, built, collection: any(
        sources.get(db, built.source_id).session.title in question
        for question in highlights.questions(db, viewer, limit=99)
    ),
    "people.known_to": lambda db, viewer, built, collection: (
        _mentor_of(db, built).id in {person.id for person in people.known_to(db, viewer)}
    ),
    "person_lookup.known_people": lambda db, viewer, built, collection: (
        _mentor_of(db, built).id
        in person_lookup.known_people(db, viewer, [_mentor_of(db, built).name]).by_id
    ),
    "collections.sessions_in": lambda db, viewer, built, collection: (
        built.session_id in {s.id for s in collections.sessions_in(db, viewer, collection)}
    ),
    "tree.counts": lambda db, viewer, built, collection: (
        tree.counts(db, viewer).get(collection, 0) == 1
    ),
}


@deleted_or_not
@each_visibility
@each_viewer
def test_every_query_gives_the_same_answer(matrix, kind, visibility, deleted):
    """Each query in `WAYS` returns a session to viewers who may see it, and to no other viewer."""
    built, collection = (
        matrix.built[visibility, deleted],
        matrix.collection_ids[visibility, deleted],
    )
    allowed = visibility in VISIBLE_TO[kind] and not deleted

    with matrix.library.reading() as db:
        answers = {
            way: ask(db, matrix.viewers[kind], built, collection) for way, ask in WAYS.items()
        }

    assert answers == dict.fromkeys(WAYS, allowed)


@each_viewer
def test_counts_contain_visible_sessions_only(matrix, kind):
    """Counts and coverage include only the sessions that the viewer may see."""
    with matrix.library.reading() as db:
        count = sessions.count_visible(db, matrix.viewers[kind])
        coverage = sessions.coverage(db, matrix.viewers[kind])

    assert count == len(VISIBLE_TO[kind])
    assert coverage == (len(VISIBLE_TO[kind]), len(VISIBLE_TO[kind]))


@deleted_or_not
@each_visibility
@each_viewer
def test_only_its_owner_and_administrators_change_a_session(matrix, kind, visibility, deleted):
    """Only the owner and administrators can edit a visible session.

    A hidden session is not found.
    """
    viewer, session_id = matrix.viewers[kind], matrix.built[visibility, deleted].session_id
    hidden = deleted or visibility not in VISIBLE_TO[kind]
    refusal = NotFoundError if hidden else None if kind in MAY_EDIT else NotAllowedError

    with matrix.library.reading() as db:
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


def test_hidden_and_absent_look_the_same(matrix):
    """A hidden session and a session that does not exist give the same error."""
    hidden = matrix.built[PRIVATE, False].session_id

    with matrix.library.reading() as db:
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
    """Mentors and administrators may add sessions. If a setting allows it, mentees may, too.

    Guests may never add a session.
    """
    viewer = Viewer(person_id=1 if role else None, role=role)

    assert viewer.may_add_sessions(members_may_upload=setting) is allowed


def test_only_administrators_pass_as_such(matrix):
    """`require_admin` accepts administrators and refuses all other viewers."""
    for kind, viewer in matrix.viewers.items():
        if kind == "admin":
            access.require_admin(viewer)
        else:
            with pytest.raises(NotAllowedError):
                access.require_admin(viewer)
