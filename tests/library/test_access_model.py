"""Tests of the access model: the SQL predicate agrees with the same rules in Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from library.access import GUEST, Viewer, editable_sessions, may_curate, today, visible_sessions
from library.accounts import service_settings
from library.accounts.service_settings import Service
from library.collections import collections
from library.models import (
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MentoringSession,
    Participant,
    ParticipantRole,
    Release,
    Role,
    Visibility,
    now,
)
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_account

EMBARGOES = {"none": None, "over": 0, "yesterday": -1, "to come": 2}  # days from today
MEMBERSHIPS: dict[str, CollectionRole | None] = {
    "outside": None,
    **{role.value: role for role in CollectionRole},
}
PEOPLE = ("guest", "mentee", "mentor", "admin")


@dataclass(frozen=True)
class Case:
    """Properties of a session that the access predicate uses."""

    visibility: Visibility
    release: Release
    embargo: str
    in_collection: bool
    deleted: bool


@dataclass(frozen=True)
class World:
    """Library with a session for each case, and the viewers that the tests use."""

    library: Library
    admin: Viewer
    cases: dict[int, Case]
    viewers: dict[tuple[str, str, str], Viewer]  # role, relation, membership


CASES = [
    Case(*values)
    for values in product(
        Visibility,
        Release,
        EMBARGOES,
        (False, True),
        (False, True),
    )
]


def oracle(case: Case, kind: str, relation: str, membership: str, *, guests: bool) -> bool:
    """Return whether a viewer may see a session, by the access rules in Python."""
    if case.deleted:
        return False
    takes_part = relation == "participant" and case.visibility is not Visibility.PRIVATE
    if kind == "admin" or relation == "owner" or takes_part:
        return True
    looked_at = case.release is Release.REVIEW and case.in_collection and membership == "curator"
    if not (case.release is Release.RELEASED or looked_at) or case.embargo == "to come":
        return False
    if kind == "guest":
        return case.visibility is Visibility.PUBLIC and guests
    if case.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}:
        return True
    return (
        case.visibility is Visibility.COLLECTION and case.in_collection and membership != "outside"
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Library with a session per case, and an account per role, relation and membership."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("world")))
    admin = add_account(library, "Keeper", Role.ADMIN).viewer
    viewers = {("guest", "none", "outside"): GUEST}
    for kind, relation, membership in product(
        PEOPLE[1:], ("none", "participant", "owner"), MEMBERSHIPS
    ):
        account = add_account(library, f"{kind} {relation} {membership}", Role(kind))
        viewers[kind, relation, membership] = account.viewer
    with library.transaction() as db:
        collection = collections.add(db, admin, title="One collection")
        other = collections.add(db, admin, title="Another collection")
        for (_, _, membership), viewer in viewers.items():
            if (role := MEMBERSHIPS[membership]) is not None and viewer.person_id:
                db.add(
                    CollectionMember(
                        collection_id=collection.id, person_id=viewer.person_id, role=role
                    )
                )
        cases = {}
        for case in CASES:
            session = MentoringSession(
                title="A case",
                visibility=case.visibility,
                release=case.release,
                embargo_until=_day(case.embargo),
                deleted_at=now() if case.deleted else None,
            )
            db.add(session)
            db.flush()
            db.add(
                CollectionEntry(
                    collection_id=(collection if case.in_collection else other).id,
                    session_id=session.id,
                )
            )
            cases[session.id] = case
    yield World(library, admin, cases, viewers)
    library.close()


def _day(embargo: str) -> date | None:
    days = EMBARGOES[embargo]
    return None if days is None else today() + timedelta(days=days)


@pytest.mark.parametrize("guests", [True, False], ids=["guests-read", "guests-do-not"])
def test_the_predicate_agrees_with_the_oracle(world: World, guests: bool) -> None:
    """The access predicate agrees with `oracle` for all combinations of viewer and session."""
    wrong, cases = [], 0
    with world.library.transaction() as db:
        service_settings.change(db, world.admin, Service(guests_read=guests))
    for (kind, relation, membership), viewer in world.viewers.items():
        with world.library.transaction() as db:
            _relate(db, viewer, relation)
            visible_ids = set(
                db.scalars(select(MentoringSession.id).where(visible_sessions(viewer)))
            )
            _unrelate(db, viewer, relation)
        for session_id, case in world.cases.items():
            cases += 1
            expected = oracle(case, kind, relation, membership, guests=guests)
            if (session_id in visible_ids) is not expected:
                wrong.append((kind, relation, membership, case, expected))

    assert wrong == []
    assert cases == len(CASES) * len(world.viewers)


def test_only_owners_and_administrators_may_change_a_session(world: World) -> None:
    """Neither participation in a session nor a collection role gives the right to edit it."""
    for (kind, relation, membership), viewer in world.viewers.items():
        with world.library.transaction() as db:
            _relate(db, viewer, relation)
            editable = set(db.scalars(select(MentoringSession.id).where(editable_sessions(viewer))))
            _unrelate(db, viewer, relation)
        here = {i for i, case in world.cases.items() if not case.deleted}
        expected = here if kind == "admin" or relation == "owner" else set()

        assert editable == expected, (kind, relation, membership)


def test_only_curators_and_administrators_may_curate(world: World) -> None:
    """Only curators of a collection and administrators have the right to arrange it."""
    with world.library.reading() as db:
        collection, other = collections.all_collections(db)
        for (kind, _, membership), viewer in world.viewers.items():
            curates = may_curate(db, viewer, collection.id)
            elsewhere = may_curate(db, viewer, other.id)

            assert curates is (kind == "admin" or membership == "curator")
            assert elsewhere is (kind == "admin")


def _relate(db, viewer: Viewer, relation: str) -> None:
    """Make *viewer* the owner or a participant of the session of every case."""
    for session in db.scalars(select(MentoringSession)):
        if relation == "owner":
            session.owner_id = viewer.person_id
        elif relation == "participant":
            db.add(
                Participant(
                    session_id=session.id, person_id=viewer.person_id, part=ParticipantRole.MENTEE
                )
            )
    db.flush()


def _unrelate(db, viewer: Viewer, relation: str) -> None:
    for session in db.scalars(select(MentoringSession)):
        session.owner_id = None
    for row in db.scalars(select(Participant).where(Participant.person_id == viewer.person_id)):
        db.delete(row)
    db.flush()
