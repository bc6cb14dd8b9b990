"""The sample library: conversations and notes of our own, loaded and removed whole."""

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import delete, select, update

from library.accounts.person_names import add_person
from library.files import Files
from library.holdings import nesting, sessions, sources
from library.models import (
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Part,
    Participant,
    Person,
    Role,
    Segment,
    SourceKind,
    Visibility,
)
from library.store import Library, Transaction


def load(library: Library) -> list[int]:
    """Put the sample library beside what is there; gives the ids of the sources to work on.

    Loaded already, it stays as it is and nothing is to be done.
    """
    manifest = _manifest()
    with library.transaction() as db:
        if is_loaded(db):
            return []
        voices = {entry["key"]: _sample_person(db, entry).id for entry in manifest["people"]}
        shelves = {}
        for position, entry in enumerate(manifest["collections"]):
            shelf = Collection(
                title=entry["title"],
                description=entry["description"],
                position=position,
                sample=True,
            )
            db.add(shelf)
            shelves[entry["key"]] = shelf
        return [
            _load_session(db, library.files, entry, voices, shelves)
            for entry in manifest["sessions"]
        ]


def remove(library: Library) -> int:
    """Take the sample library out again; gives the number of sessions removed."""
    with library.transaction() as db:
        samples = db.scalars(
            select(MentoringSession).where(
                MentoringSession.sample, MentoringSession.deleted_at.is_(None)
            )
        ).all()
        unused = [sha256 for session in samples for sha256 in sessions.remove(db, session)]
        shelves = db.scalars(select(Collection).where(Collection.sample)).all()
        for shelf in shelves:
            nesting.lift_out(db, shelf)
        for shelf in shelves:
            db.delete(shelf)
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
        )  # in sessions that stay
    sessions.forget_files(library, unused)
    return len(samples)


def is_loaded(db: Transaction) -> bool:
    """Whether the sample library is in the library."""
    return (
        db.scalar(
            select(MentoringSession.id)
            .where(MentoringSession.sample, MentoringSession.deleted_at.is_(None))
            .limit(1)
        )
        is not None
    )


def questions() -> list[str]:
    """Questions that the sample library answers, for the front page."""
    return [entry["text"] for entry in _manifest()["questions"]]


def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((_folder() / "manifest.json").read_text("utf-8"))
    return manifest


def _folder() -> Traversable:
    return resources("library") / "samples"


def _sample_person(db: Transaction, entry: Mapping[str, Any]) -> Person:
    """Make a person of the samples, who stands for no real person of the same name."""
    person = add_person(db, entry["name"], sample=True)
    person.role, person.about = Role(entry["role"]), entry["about"]
    return person


def _load_session(
    db: Transaction,
    files: Files,
    entry: Mapping[str, Any],
    voices: Mapping[str, int],
    shelves: Mapping[str, Collection],
) -> int:
    session = sessions.add(
        db,
        sessions.Description(
            title=entry["title"],
            description=entry["description"],
            held_on=date.fromisoformat(entry["held_on"]),
            language=entry["language"],
            form=Form(entry["form"]),
            visibility=Visibility(entry["visibility"]),
            participants=[(voices[p["person"]], Part(p["role"])) for p in entry["participants"]],
        ),
        owner_id=None,
        sample=True,
    )
    for key in entry["collections"]:
        shelf = shelves[key]
        shelf.entries.append(CollectionEntry(session_id=session.id, position=len(shelf.entries)))
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
