"""How good the suggested topics are: against labels given by hand before the first run.

`python -m benchmarks.topics [sessions.jsonl.gz]`. The sample library's sessions have topics that
must be suggested and others that may be. The file holds sessions of other kinds, a line each with
`group` and `turns` (speaker, text, start, end): what is suggested there is mostly wrong.
"""

import gzip
import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.readers import table
from library.editing.segments import SegmentDraft
from library.markdown import plain
from library.models import LabelKind, Topic, TopicLabel
from library.settings import Settings
from library.vocabulary.starter_topics import entries
from search.chunk import chunk
from search.embed import Embedder, open_embedder
from search.topic_suggestions import Talk, Vocabulary

SAMPLES = Path(__file__).parent.parent / "library" / "samples"
LABELS = Path(__file__).parent / "topics.toml"
A_GROUP = 10  # sessions of each other kind


def main() -> None:
    """Print how many suggestions are right, and how many of what must be there are there."""
    with tempfile.TemporaryDirectory() as home:
        embedder = open_embedder(Settings(home=Path(home)))
        vocabulary = Vocabulary(embedder)
        vocabulary.learn(_topics())
        for titled in (True, False):
            _tell(vocabulary, embedder, titled=titled)
        if len(sys.argv) > 1:
            for group, turns in _others(Path(sys.argv[1])):
                counts = [len(vocabulary.suggest(_talk(embedder, one, ""))) for one in turns]
                sys.stdout.write(f"{group}: {sum(counts) / len(counts):.1f} a session\n")


def _tell(vocabulary: Vocabulary, embedder: Embedder, *, titled: bool) -> None:
    labels = tomllib.loads(LABELS.read_text("utf-8"))
    names = {number: entry["label"] for number, entry in enumerate(entries(), start=1)}
    right = found = must = there = 0
    for session in json.loads((SAMPLES / "manifest.json").read_text("utf-8"))["sessions"]:
        name = session.get("transcript") or session["note"]
        about = f"{session['title']}. {session['description']}" if titled else ""
        talk = _talk(embedder, _read(name), about)
        suggested = {names[one.topic_id] for one in vocabulary.suggest(talk)}
        wanted, other = set(labels[name]["must"]), set(labels[name]["may"])
        right, found = right + len(suggested & (wanted | other)), found + len(suggested)
        must, there = must + len(wanted), there + len(suggested & wanted)
    sys.stdout.write(
        f"{'with' if titled else 'without'} title and description: {found / len(labels):.1f} "
        f"a session, {right / found:.2f} of them right, {there / must:.2f} of those that must be\n"
    )


def _topics() -> Iterator[Topic]:
    for number, entry in enumerate(entries(), start=1):
        also = [TopicLabel(kind=LabelKind.ALTERNATIVE, text=text) for text in entry.get("also", ())]
        yield Topic(id=number, label=entry["label"], definition=entry["definition"], labels=also)


def _read(name: str) -> Sequence[SegmentDraft]:
    note = name.endswith(".md")
    segments = table.read(SAMPLES / name, name, note=note, alive=lambda: None).segments
    return [replace(s, text=plain(s.text)) for s in segments] if note else segments


def _others(path: Path) -> Iterator[tuple[str, list[list[SegmentDraft]]]]:
    groups: dict[str, list[list[SegmentDraft]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            session = json.loads(line)
            known = groups.setdefault(session["group"], [])
            if len(known) < A_GROUP:
                known.append([_segment(turn) for turn in session["turns"]])
    yield from groups.items()


def _segment(turn: Mapping[str, Any]) -> SegmentDraft:
    return SegmentDraft(
        text=turn["text"], speaker=turn["speaker"], start=turn["start"], end=turn["end"]
    )


def _talk(embedder: Embedder, segments: Sequence[SegmentDraft], about: str) -> Talk:
    texts = [passage.text for passage in chunk(segments)]
    return Talk(
        passage_ids=range(len(texts)), texts=texts, vectors=embedder.embed(texts), about=about
    )


if __name__ == "__main__":
    main()
