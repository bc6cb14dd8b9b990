"""The one predicate against an oracle in plain Python, over every combination there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from library.access import GUEST, Viewer, editable_sessions, may_curate, today, visible_sessions
from library.accounts import service
from library.accounts.service import Service
from library.holdings import collections
from library.models import (
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MentoringSession,
    Part,
    Participant,
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
    """A session as the predicate has to judge it."""

    visibility: Visibility
    release: Release
    embargo: str
    shelved: bool  # whether it is in the collection
    deleted: bool


@dataclass(frozen=True)
class World:
    """Every case as a row, and everybody who may ask."""

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
    """Whether somebody may see a session, said without SQL, straight from the rules."""
    if case.deleted:
        return False
    takes_part = relation == "participant" and case.visibility is not Visibility.PRIVATE
    if kind == "admin" or relation == "owner" or takes_part:
        return True
    looked_at = case.release is Release.REVIEW and case.shelved and membership == "curator"
    if not (case.release is Release.RELEASED or looked_at) or case.embargo == "to come":
        return False
    if kind == "guest":
        return case.visibility is Visibility.PUBLIC and guests
    if case.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}:
        return True
    return case.visibility is Visibility.COLLECTION and case.shelved and membership != "outside"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A session for each case, and an account for each role, relation and membership."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("world")))
    admin = add_account(library, "Keeper", Role.ADMIN).viewer
    viewers = {("guest", "none", "outside"): GUEST}
    for kind, relation, membership in product(
        PEOPLE[1:], ("none", "participant", "owner"), MEMBERSHIPS
    ):
        account = add_account(library, f"{kind} {relation} {membership}", Role(kind))
        viewers[kind, relation, membership] = account.viewer
    with library.transaction() as db:
        shelf = collections.add(db, admin, title="The shelf")
        other = collections.add(db, admin, title="Another shelf")
        for (_, _, membership), viewer in viewers.items():
            if (role := MEMBERSHIPS[membership]) is not None and viewer.person_id:
                db.add(
                    CollectionMember(collection_id=shelf.id, person_id=viewer.person_id, role=role)
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
                    collection_id=(shelf if case.shelved else other).id, session_id=session.id
                )
            )
            cases[session.id] = case
    yield World(library, admin, cases, viewers)
    library.close()


def _day(embargo: str) -> date | None:
    days = EMBARGOES[embargo]
    return None if days is None else today() + timedelta(days=days)


@pytest.mark.parametrize("guests", [True, False], ids=["guests-read", "guests-do-not"])
def test_the_predicate_says_what_the_rules_say(world: World, guests: bool) -> None:
    """Role x relation x membership x visibility x release x embargo x collection x deletion."""
    wrong, asked = [], 0
    with world.library.transaction() as db:
        service.change(db, world.admin, Service(guests_read=guests))
    for (kind, relation, membership), viewer in world.viewers.items():
        with world.library.transaction() as db:
            _relate(db, viewer, relation)
            seen = set(db.scalars(select(MentoringSession.id).where(visible_sessions(viewer))))
            _unrelate(db, viewer, relation)
        for session_id, case in world.cases.items():
            asked += 1
            expected = oracle(case, kind, relation, membership, guests=guests)
            if (session_id in seen) is not expected:
                wrong.append((kind, relation, membership, case, expected))

    assert wrong == []
    assert asked == len(CASES) * len(world.viewers)


def test_only_owners_and_administrators_may_change_a_session(world: World) -> None:
    """Neither taking part nor any role in a collection lets anybody change a session."""
    for (kind, relation, membership), viewer in world.viewers.items():
        with world.library.transaction() as db:
            _relate(db, viewer, relation)
            editable = set(db.scalars(select(MentoringSession.id).where(editable_sessions(viewer))))
            _unrelate(db, viewer, relation)
        here = {i for i, case in world.cases.items() if not case.deleted}
        expected = here if kind == "admin" or relation == "owner" else set()

        assert editable == expected, (kind, relation, membership)


def test_only_curators_and_administrators_may_curate(world: World) -> None:
    """A collection is arranged by its own curators, and by nobody else's."""
    with world.library.reading() as db:
        shelf, other = collections.everything(db)
        for (kind, _, membership), viewer in world.viewers.items():
            curates = may_curate(db, viewer, shelf.id)
            elsewhere = may_curate(db, viewer, other.id)

            assert curates is (kind == "admin" or membership == "curator")
            assert elsewhere is (kind == "admin")


def _relate(db, viewer: Viewer, relation: str) -> None:
    """Make *viewer* the owner of all cases, or somebody who takes part in them."""
    for session in db.scalars(select(MentoringSession)):
        if relation == "owner":
            session.owner_id = viewer.person_id
        elif relation == "participant":
            db.add(Participant(session_id=session.id, person_id=viewer.person_id, part=Part.MENTEE))
    db.flush()


def _unrelate(db, viewer: Viewer, relation: str) -> None:
    for session in db.scalars(select(MentoringSession)):
        session.owner_id = None
    for row in db.scalars(select(Participant).where(Participant.person_id == viewer.person_id)):
        db.delete(row)
    db.flush()
