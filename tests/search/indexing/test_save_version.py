"""Tests of saving a corrected transcript: its words are found at once, at little cost."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ingest.pipeline import Pipeline
from library.models import SourceKind, Stage, State
from library.sessions import passages, sources
from library.store import Library
from library.transcripts import versions
from search.embedding.text_vectors import Vectors
from search.engine import Engine
from search.indexing import save_version
from tests.builders import Account, Built, add_session
from tests.fakes import BagOfWordsEmbedder

LINES = [
    (name, f"{word} " * 59 + "stands here.")
    for name, word in zip("ABAB", ("kiln", "bridge", "harbour", "museum"), strict=True)
]


class CountingEmbedder(BagOfWordsEmbedder):
    """Embedder that records the texts that it embeds."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return bag-of-words embeddings and record the texts."""
        self.texts += texts
        return super().embed_passages(texts)


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """A session of four long segments."""
    return add_session(library, owner=mentor, lines=LINES)


def corrected(library: Library, talk: Built, at: int, text: str) -> list[versions.SegmentDraft]:
    with library.reading() as db:
        segments = versions.drafts_of(db, talk.version_id)
    segments[at] = replace(segments[at], text=text)
    return segments


def vectors(db, talk: Built) -> list[tuple[str, bytes]]:
    rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
    return [(row.text, row.vector) for row in rows if row.source_id == talk.source_id]


def test_corrected_words_are_found_and_replaced_words_are_not(library, talk, mentor) -> None:
    """After a correction, the new words are found at their time, and the old words are not."""
    embedder = BagOfWordsEmbedder()
    engine = Engine(library, embedder)
    engine.search("harbour", mentor.viewer)

    number = save_version.save(
        library,
        embedder,
        mentor.viewer,
        talk.source_id,
        corrected(library, talk, 2, "The lighthouse keeper " * 20),
        base_id=talk.version_id,
    )

    assert number == 2
    found = engine.search("lighthouse keeper", mentor.viewer)
    assert found.found
    assert found.hits[0].start == 20.0
    assert not engine.search("harbour", mentor.viewer).found


def test_only_changed_passages_are_embedded(library, talk, mentor) -> None:
    """Only the passage that a correction changes is embedded again."""
    embedder = CountingEmbedder()

    save_version.save(
        library,
        embedder,
        mentor.viewer,
        talk.source_id,
        corrected(library, talk, 2, "Words of another kind, about sixty of them. " * 7),
        base_id=talk.version_id,
    )

    assert all("another kind" in text for text in embedder.texts)
    assert len(embedder.texts) == 1


def test_suspect_and_dropped_segments_are_not_found(library, talk, mentor) -> None:
    """Segments that a correction marks as suspect or deletes are not found."""
    embedder = BagOfWordsEmbedder()
    engine = Engine(library, embedder)
    segments = corrected(library, talk, 0, LINES[0][1])
    segments[1] = replace(segments[1], suspect="Nobody is heard.")

    save_version.save(
        library, embedder, mentor.viewer, talk.source_id, segments[1:], base_id=talk.version_id
    )

    assert not engine.search("kiln", mentor.viewer).found
    assert not engine.search("bridge", mentor.viewer).found
    assert engine.search("museum", mentor.viewer).found


def test_without_a_model_the_source_waits_for_the_worker(library, talk, mentor) -> None:
    """Without an embedding model, a correction is saved and waits for the worker to index it."""
    save_version.save(
        library,
        None,
        mentor.viewer,
        talk.source_id,
        corrected(library, talk, 0, "Other words."),
        base_id=talk.version_id,
    )

    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.state, source.stage) == (State.WAITING, Stage.TRANSCRIBED)
        assert versions.current_version(db, talk.source_id).number == 2


def test_a_note_is_embedded_without_markdown(library, mentor) -> None:
    """A corrected note is indexed without its Markdown."""
    note = add_session(
        library, owner=mentor, kind=SourceKind.NOTE, lines=[("", "One **thing**.")], title="Note"
    )

    save_version.save(
        library,
        BagOfWordsEmbedder(),
        mentor.viewer,
        note.source_id,
        corrected(library, note, 0, "Another **thing** entirely."),
        base_id=note.version_id,
    )

    with library.reading() as db:
        rows = passages.rows_after(db, 0, model=BagOfWordsEmbedder.model)
    assert [row.text for row in rows if row.source_id == note.source_id] == [
        "Another thing entirely."
    ]


def test_many_passages_with_other_names_are_found_at_once_and_embedded_later(
    library, mentor
) -> None:
    """A renamed speaker is found at once. The worker embeds the changed passages later."""
    lines = [(f"Speaker {n % 2 + 1}", f"w{n} " * 59 + "stands here.") for n in range(40)]
    talk = add_session(library, owner=mentor, lines=lines)
    embedder = CountingEmbedder()
    segments = [
        replace(segment, speaker="Wilma" if segment.speaker == "Speaker 1" else segment.speaker)
        for segment in corrected(library, talk, 0, lines[0][1])
    ]

    save_version.save(
        library, embedder, mentor.viewer, talk.source_id, segments, base_id=talk.version_id
    )
    saved = list(embedder.texts)
    hits = Engine(library, embedder).search("w4 Wilma", mentor.viewer).hits
    with library.reading() as db:
        state = sources.get(db, talk.source_id).state
        reused = dict(vectors(db, talk))
    Pipeline(
        library,
        transcriber=lambda _: pytest.fail("a renamed speaker needs no transcription"),
        embedder=lambda: embedder,
        worker="test",
    ).take_in(talk.source_id)
    with library.reading() as db:
        embedded = dict(vectors(db, talk))
        after = sources.get(db, talk.source_id).state

    assert saved == []
    assert hits[0].speaker == "Wilma"
    assert (state, after) == (State.WAITING, State.READY)
    renamed = next(text for text in reused if text.startswith("Wilma: w4 "))
    assert reused[renamed] != embedded[renamed]
    assert embedded[renamed] == embedder.embed_passages([renamed])[0].astype("<f2").tobytes()
