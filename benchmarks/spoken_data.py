"""Transcripts and questions of the search benchmarks, imported as a user would import them."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from library.access import Viewer
from library.collections import collections
from library.discovery.search_scope import Filters
from library.models import Role, SourceKind, Stage, State, Visibility
from library.sessions import passages, sessions, sources
from library.sessions.description import Description
from library.store import Library
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.embedding.embedder import Embedder
from search.indexing.chunking import chunk

Record = dict[str, Any]

EVERYTHING = Viewer(role=Role.ADMIN)


@dataclass(frozen=True)
class Span:
    """Passage in the format of the scorer: session name, first and last turn."""

    session: str
    start: int
    end: int


class Corpus:
    """Sessions of one corpus in a separate library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.spans: dict[int, Span] = {}  # by passage id
        self.sources: dict[str, int] = {}  # source id by name of the session
        self._sessions: dict[str, int] = {}
        self._turns: dict[str, list[str]] = {}
        self._kin: dict[str, dict[str, str]] = {}  # group and series by name of the session
        self._scopes: dict[tuple[str, ...], Filters] = {}

    def add(self, record: Record, embedder: Embedder) -> None:
        """Add one session with its transcript, passages and vectors."""
        turns = [
            SegmentDraft(
                text=turn["text"],
                start=turn["start"],
                end=turn["end"],
                speaker=turn.get("speaker") or "",
            )
            for turn in record["turns"]
        ]
        self.add_segments(record, turns, embedder)

    def add_segments(
        self,
        record: Record,
        turns: Sequence[SegmentDraft],
        embedder: Embedder,
        kind: SourceKind = SourceKind.TRANSCRIPT,
    ) -> None:
        """Add one session with the segments *turns*. Title, date and id come from *record*."""
        drafts = chunk(turns)
        vectors = embedder.embed_passages([draft.text for draft in drafts]).astype("<f2")
        content = json.dumps(record).encode()
        sha256, size = self.library.files.keep([content])
        with self.library.transaction() as db:
            session = sessions.add(
                db,
                Description(
                    title=record.get("title") or record["id"],
                    held_on=_date(record.get("date")),
                    visibility=Visibility.MEMBERS,
                ),
                owner_id=None,
            )
            source = sources.add(
                db,
                session,
                kind=kind,
                filename=f"{record['id']}.json",
                sha256=sha256,
                size=size,
            )
            version = versions.save_version(db, source, turns, origin="import")
            passages.save(
                db,
                version,
                session.id,
                drafts,
                vectors=[row.tobytes() for row in vectors],
                model=embedder.model,
            )
            source.state, source.stage = State.READY, Stage.INDEXED
            ids = [row.id for row in passages.rows_after(db, self._newest(), model="")]
        self._sessions[record["id"]] = session.id
        self._turns[record["id"]] = [turn.text for turn in turns]
        self._kin[record["id"]] = {k: record.get(k) or "" for k in ("group", "collection")}
        self.sources[record["id"]] = source.id
        for passage_id, draft in zip(ids, drafts, strict=True):
            self.spans[passage_id] = Span(record["id"], draft.first_segment, draft.last_segment)

    def gold_text(self, query: Record) -> str:
        """Return the text of the turns that answer a question."""
        return " ".join(
            turn
            for span in query["gold"]
            for turn in self._turns[span["session"]][span["start"] : span["end"] + 1]
        )

    def without_answer(self, query: Record) -> Filters:
        """Return filters that exclude the sessions that answer a question."""
        names = {span["session"] for span in query["gold"]}
        return Filters(leave_out=[self._sessions[name] for name in sorted(names)])

    def without_kin(self, query: Record, kin: str) -> Filters | None:
        """Return filters that exclude all sessions of the same group or collection as the answer.

        *kin* selects the attribute: "group" or "collection". The result is None if no session is
        left, or if the sessions with the answer have no such attribute.
        """
        answering = {self._kin[span["session"]][kin] for span in query["gold"]} - {""}
        excluded = [name for name, own in self._kin.items() if own[kin] in answering]
        if not answering or len(excluded) == len(self._kin):
            return None
        return Filters(leave_out=[self._sessions[name] for name in sorted(excluded)])

    def elsewhere(self, query: Record, number: int) -> Filters:
        """Return a filter for one session without the answer, chosen by *number*."""
        answering = {span["session"] for span in query["gold"]}
        others = sorted(self._sessions.keys() - answering)
        return Filters(session_id=self._sessions[others[number * 7919 % len(others)]])

    def _newest(self) -> int:
        return max(self.spans, default=0)

    def filters(self, scope: Sequence[str]) -> Filters:
        """Return a filter for the sessions named in *scope*. Several are put in a collection."""
        if len(scope) == 1:
            return Filters(session_id=self._sessions[scope[0]])
        key = tuple(sorted(scope))
        if key not in self._scopes:
            with self.library.transaction() as db:
                collection = collections.add(db, EVERYTHING, title=key[0])
                collections.set_sessions(
                    db, EVERYTHING, collection, [self._sessions[name] for name in key]
                )
            self._scopes[key] = Filters(collection_id=collection.id)
        return self._scopes[key]


def read_records(folder: Path, name: str) -> Iterator[Record]:
    """Yield the objects of a JSON Lines file, compressed with gzip or not."""
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    with plain.open("rb") if plain.exists() else gzip.open(packed, "rb") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _date(text: str | None) -> date | None:
    """Return the date in "2025-03-11" or "1:56 pm on 8 May, 2023". Return None without a text."""
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return datetime.strptime(text.rpartition(" on ")[2], "%d %B, %Y").replace(tzinfo=UTC).date()
