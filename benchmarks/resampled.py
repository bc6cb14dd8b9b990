"""Libraries of any size, made of real transcripts: the words and vectors of each copy differ.

A copy of a session keeps its turns, times and speakers. Of its words so many are replaced by
words of other sessions, and each vector is mixed with that of another passage, so that no two
passages are the same while words keep their real frequencies and vectors their real neighbours.
The first copy of every session is left as it is: its questions have their answers there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks.spoken_data import Record, read_records
from library.editing.transcripts import SegmentDraft
from library.holdings.passages import PassageDraft
from library.models import (
    Embedding,
    MentoringSession,
    Passage,
    Person,
    Release,
    Segment,
    Source,
    SourceKind,
    Stage,
    State,
    TranscriptVersion,
    Visibility,
)
from library.store import Library, Transaction
from search.chunk import chunk
from search.embed import Embedder, Vectors

EVERY = 4  # of so many sessions of the data, one is embedded
REPLACED = 0.15  # share of a copy's words
MIXED = 0.35  # how much of another passage's vector each copy gets
SHARE = 100  # of so many sessions one is public, and another private
AT_ONCE = 200  # sessions in a transaction
DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Talk:
    """A real session, cut and embedded."""

    name: str
    turns: Sequence[SegmentDraft]
    drafts: Sequence[PassageDraft]
    vectors: Vectors  # shape (drafts, dimension)


@dataclass(frozen=True)
class Resampled:
    """Real sessions, and what their copies are mixed with."""

    talks: Sequence[Talk]
    model: str

    def copies(self, seed: int = 1) -> Iterator[Talk]:
        """The sessions themselves, then copies without end."""
        chance = np.random.default_rng(seed)
        words = np.array([w for t in self.talks for turn in t.turns for w in turn.text.split()])
        vectors = np.concatenate([talk.vectors for talk in self.talks])
        yield from self.talks
        number = 1
        while True:
            number += 1
            for talk in self.talks:
                yield _copied(talk, f"{talk.name}/{number}", words, vectors, chance)


def read_talks(data: Path, embedder: Embedder, cache: Path) -> Resampled:
    """Some of the sessions of *data*, embedded once and then read from *cache*."""
    records = [r for r in read_records(data, "sessions") if r["corpus"] == "talk"][::EVERY]
    turns = [_turns(record) for record in records]
    drafts = [chunk(said) for said in turns]
    texts = [draft.text for found in drafts for draft in found]
    vectors = _remembered(texts, embedder, cache)
    ends = np.cumsum([len(found) for found in drafts])[:-1]
    talks = [
        Talk(record["id"], said, found, rows)
        for record, said, found, rows in zip(
            records, turns, drafts, np.split(vectors, ends), strict=True
        )
    ]
    return Resampled(talks, embedder.model)


def fill(library: Library, resampled: Resampled, size: int) -> None:
    """Put so many passages into an empty library."""
    people: dict[str, int] = {}
    copies = resampled.copies()
    passages = number = 0
    while passages < size:
        with library.transaction() as db:
            for _ in range(AT_ONCE):
                if passages >= size:
                    break
                number += 1
                talk = _cut(next(copies), size - passages)
                _save(db, (number, passages), talk, resampled.model, people)
                passages += len(talk.drafts)


def _turns(record: Record) -> list[SegmentDraft]:
    return [
        SegmentDraft(
            text=turn["text"],
            start=turn["start"],
            end=turn["end"],
            speaker=turn.get("speaker") or "",
        )
        for turn in record["turns"]
    ]


def _remembered(texts: Sequence[str], embedder: Embedder, cache: Path) -> Vectors:
    name = sha256("\0".join([embedder.model, *texts]).encode()).hexdigest()[:16]
    kept = cache / f"vectors-{name}.npy"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(kept, embedder.embed(texts))
    vectors: Vectors = np.load(kept)
    return vectors


def _copied(
    talk: Talk, name: str, words: np.ndarray, vectors: Vectors, chance: np.random.Generator
) -> Talk:
    turns = [replace(turn, text=_reworded(turn.text, words, chance)) for turn in talk.turns]
    drafts = chunk(turns)
    rows = talk.vectors[np.minimum(np.arange(len(drafts)), len(talk.vectors) - 1)]
    mixed = rows + np.float32(MIXED) * vectors[chance.integers(len(vectors), size=len(rows))]
    unit = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return Talk(name, turns, drafts, unit.astype(np.float32))


def _reworded(text: str, words: np.ndarray, chance: np.random.Generator) -> str:
    said = text.split()
    for place in np.flatnonzero(chance.random(len(said)) < REPLACED):
        said[place] = str(words[chance.integers(len(words))])
    return " ".join(said)


def _cut(talk: Talk, most: int) -> Talk:
    return replace(talk, drafts=talk.drafts[:most], vectors=talk.vectors[:most])


def _save(
    db: Transaction, at: tuple[int, int], talk: Talk, model: str, people: dict[str, int]
) -> None:
    """One session with one imported transcript, as the worker leaves it."""
    number, before = at
    _name_people(db, talk, people)
    session = {
        "id": number,
        "title": talk.name,
        "release": Release.RELEASED,
        "held_on": DAY + timedelta(days=number % 9000),
        "visibility": {1: Visibility.PUBLIC, 2: Visibility.PRIVATE}.get(
            number % SHARE, Visibility.MEMBERS
        ),
    }
    source = {
        "id": number,
        "session_id": number,
        "kind": SourceKind.TRANSCRIPT,
        "filename": "talk.vtt",
        "sha256": sha256(talk.name.encode()).hexdigest(),
        "size": 1,
        "state": State.READY,
        "stage": Stage.INDEXED,
    }
    db.execute(insert(MentoringSession), [session])
    db.execute(insert(Source), [source])
    db.execute(insert(TranscriptVersion), [_version(number)])
    db.execute(insert(Segment), _segments(number, talk, people))
    ids = range(before + 1, before + len(talk.drafts) + 1)
    db.execute(insert(Passage), _passages(number, ids, talk, people))
    halves = talk.vectors.astype("<f2")
    rows = zip(ids, halves, strict=True)
    vectors = [{"passage_id": i, "model": model, "vector": row.tobytes()} for i, row in rows]
    db.execute(insert(Embedding), vectors)


def _name_people(db: Transaction, talk: Talk, people: dict[str, int]) -> None:
    fresh = {turn.speaker for turn in talk.turns} - people.keys() - {""}
    for name in sorted(fresh):
        people[name] = len(people) + 1
        db.execute(insert(Person), [{"id": people[name], "name": name}])


def _version(number: int) -> Mapping[str, object]:
    return {"id": number, "source_id": number, "number": 1, "origin": "import"}


def _segments(number: int, talk: Talk, people: Mapping[str, int]) -> list[Mapping[str, object]]:
    return [
        {
            "version_id": number,
            "ordinal": ordinal,
            "speaker": turn.speaker,
            "person_id": people.get(turn.speaker),
            "start": turn.start,
            "end": turn.end,
            "text": turn.text,
            "words": [list(word) for word in turn.words],
            "suspect": "",
        }
        for ordinal, turn in enumerate(talk.turns)
    ]


def _passages(
    number: int, ids: Sequence[int], talk: Talk, people: Mapping[str, int]
) -> list[Mapping[str, object]]:
    return [
        {
            "id": i,
            "version_id": number,
            "source_id": number,
            "session_id": number,
            "ordinal": ordinal,
            "first_segment": draft.first_segment,
            "last_segment": draft.last_segment,
            "start": draft.start,
            "end": draft.end,
            "text": draft.text,
            "speakers": [[people.get(name), name, words] for name, words in draft.speakers],
        }
        for ordinal, (i, draft) in enumerate(zip(ids, talk.drafts, strict=True))
    ]
