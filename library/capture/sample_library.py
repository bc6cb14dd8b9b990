"""Sample library: conversations and notes of the project, loaded and removed as a whole."""

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import delete, select, update

from library.accounts.names import add_person
from library.collections import tree
from library.files import Files
from library.models import (
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Participant,
    ParticipantRole,
    Person,
    Role,
    Segment,
    SourceKind,
    Visibility,
)
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.store import Library, Transaction


def load(library: Library) -> list[int]:
    """Load the sample library and return the ids of the sources to process.

    If it is loaded already, the list is empty.
    """
    manifest = _manifest()
    with library.transaction() as db:
        if is_loaded(db):
            return []
        by_key = {entry["key"]: _sample_person(db, entry).id for entry in manifest["people"]}
        collection_list = {}
        for position, entry in enumerate(manifest["collections"]):
            collection = Collection(
                title=entry["title"],
                description=entry["description"],
                position=position,
                sample=True,
            )
            db.add(collection)
            collection_list[entry["key"]] = collection
        return [
            _load_session(db, library.files, entry, by_key, collection_list)
            for entry in manifest["sessions"]
        ]


def remove(library: Library) -> int:
    """Delete the sample library and return the number of deleted sessions."""
    with library.transaction() as db:
        samples = db.scalars(
            select(MentoringSession).where(
                MentoringSession.sample, MentoringSession.deleted_at.is_(None)
            )
        ).all()
        unused = [sha256 for session in samples for sha256 in sessions.remove(db, session)]
        collection_list = db.scalars(select(Collection).where(Collection.sample)).all()
        for collection in collection_list:
            tree.move_children_up(db, collection)
        for collection in collection_list:
            db.delete(collection)
        db.flush()
        taking_part = select(Participant.person_id)
        speaking = select(Segment.person_id).where(Segment.person_id.is_not(None))
        db.execute(
            delete(Person).where(
                Person.sample,
                Person.email.is_(None),
                Person.id.not_in(taking_part),
                Person.id.not_in(speaking),
            )
        )
        db.execute(
            update(Person).where(Person.sample).values(sample=False)
        )  # people who also take part in other sessions
    sessions.forget_files(library, unused)
    return len(samples)


def is_loaded(db: Transaction) -> bool:
    """Return whether the sample library is loaded."""
    return (
        db.scalar(
            select(MentoringSession.id)
            .where(MentoringSession.sample, MentoringSession.deleted_at.is_(None))
            .limit(1)
        )
        is not None
    )


def questions() -> list[str]:
    """Return questions to the sample library. The home page shows the first three."""
    return [entry["text"] for entry in _manifest()["questions"]]


def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((_folder() / "manifest.json").read_text("utf-8"))
    return manifest


def _folder() -> Traversable:
    return resources("library") / "samples"


def _sample_person(db: Transaction, entry: Mapping[str, Any]) -> Person:
    """Create a sample person from an *entry* of the manifest of the sample library.

    The person is separate from a real person of the same name.
    """
    person = add_person(db, entry["name"], sample=True)
    person.role, person.about = Role(entry["role"]), entry["about"]
    return person


def _load_session(
    db: Transaction,
    files: Files,
    entry: Mapping[str, Any],
    by_key: Mapping[str, int],
    collection_list: Mapping[str, Collection],
) -> int:
    session = sessions.add(
        db,
        Description(
            title=entry["title"],
            description=entry["description"],
            held_on=date.fromisoformat(entry["held_on"]),
            language=entry["language"],
            form=Form(entry["form"]),
            visibility=Visibility(entry["visibility"]),
            participants=[
                (by_key[p["person"]], ParticipantRole(p["role"])) for p in entry["participants"]
            ],
        ),
        owner_id=None,
        sample=True,
    )
    for key in entry["collections"]:
        collection = collection_list[key]
        collection.entries.append(
            CollectionEntry(session_id=session.id, position=len(collection.entries))
        )
    name = entry.get("audio") or entry.get("transcript") or entry["note"]
    transcript = None
    if entry.get("audio"):
        kind = SourceKind.RECORDING
        transcript = (_keep(files, entry["transcript"])[0], entry["transcript"])
    else:
        kind = SourceKind.TRANSCRIPT if entry.get("transcript") else SourceKind.NOTE
    sha256, size = _keep(files, name)
    return sources.add(
        db, session, kind=kind, filename=name, sha256=sha256, size=size, transcript=transcript
    ).id


def _keep(files: Files, name: str) -> tuple[str, int]:
    return files.keep([(_folder() / name).read_bytes()])
