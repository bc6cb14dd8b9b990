"""Synthetic libraries of any size, resampled from real transcripts.

A copy of a session has the same turns, times and speakers. A share of its words is replaced by
words of other sessions, and each vector is mixed with the vector of another passage. Then no two
passages are the same, but word frequencies and neighbours of vectors stay realistic. The first copy
of each session is unchanged, so its questions still have their answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks.spoken_data import Record, read_records
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
from library.sessions.passages import PassageDraft
from library.store import Library, Transaction
from library.transcripts.versions import SegmentDraft
from search.embedding.embedder import Embedder
from search.embedding.text_vectors import Vectors
from search.indexing.chunking import chunk

EVERY = 4  # one of this many sessions is embedded
REPLACED = 0.15  # share of replaced words in a copy
MIXED = 0.35  # weight of the other passage's vector in a copy
SHARE = 100  # one of this many sessions is public, and another one private
AT_ONCE = 200  # sessions per transaction
DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Talk:
    """Session with its passages and vectors."""

    name: str
    turns: Sequence[SegmentDraft]
    drafts: Sequence[PassageDraft]
    vectors: Vectors  # shape (drafts, dimension)


@dataclass(frozen=True)
class Resampled:
    """Real sessions and the name of their embedding model."""

    talks: Sequence[Talk]
    model: str

    def copies(self, seed: int = 1) -> Iterator[Talk]:
        """Yield the real sessions, then an endless series of copies."""
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
    """Read one of every `EVERY` sessions of *data*, with vectors from *cache* if present."""
    records = [r for r in read_records(data, "sessions") if r["corpus"] == "talk"][::EVERY]
    turns = [_turns(record) for record in records]
    drafts = [chunk(segments) for segments in turns]
    texts = [draft.text for found in drafts for draft in found]
    vectors = _remembered(texts, embedder, cache)
    ends = np.cumsum([len(found) for found in drafts])[:-1]
    talks = [
        Talk(record["id"], segments, found, rows)
        for record, segments, found, rows in zip(
            records, turns, drafts, np.split(vectors, ends), strict=True
        )
    ]
    return Resampled(talks, embedder.model)


def fill(library: Library, resampled: Resampled, size: int) -> None:
    """Fill an empty library with *size* passages."""
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
    path = cache / f"vectors-{name}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, embedder.embed_passages(texts))
    vectors: Vectors = np.load(path)
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
    own = text.split()
    for place in np.flatnonzero(chance.random(len(own)) < REPLACED):
        own[place] = str(words[chance.integers(len(words))])
    return " ".join(own)


def _cut(talk: Talk, most: int) -> Talk:
    return replace(talk, drafts=talk.drafts[:most], vectors=talk.vectors[:most])


def _save(
    db: Transaction, at: tuple[int, int], talk: Talk, model: str, people: dict[str, int]
) -> None:
    """Insert one fully processed session with an imported transcript, passages and vectors.

    Args:
        db: a transaction.
        at: id of the session, and id of the last passage before it.
        talk: the session.
        model: name of the embedding model.
        people: id of each person by name; new speakers are added.
    """
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
