"""Tests that retranscription keeps corrections and speaker names."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.asr.result import AsrBlock, AsrSegment, Word
from ingest.pipeline import Pipeline
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import SourceKind, State, Visibility
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.store import Library
from library.transcripts import retranscription, versions
from search.engine import Engine
from search.indexing import save_version
from tests.builders import Account, add_session
from tests.fakes import BagOfWordsEmbedder
from tests.paths import DATA

SOUND = DATA / "handover.ogg"


class FixedTranscriber:
    """Transcriber with a fixed text, one word per second, which records the language."""

    def __init__(self, text: str, model: str) -> None:
        self.text, self.model = text, model
        self.languages: list[str | None] = []

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Callable[[float], None],
        start_block: int = 0,
    ) -> Iterator[AsrBlock]:
        """Yield one block with a segment for each line of the text."""
        self.languages.append(language)
        segments, at = [], 0
        for line in self.text.split("|"):
            words = [
                Word(f" {word}", at + i, at + i + 1, 0.8) for i, word in enumerate(line.split())
            ]
            at += len(words)
            segments.append(
                AsrSegment(
                    text=line,
                    start=words[0].start,
                    end=words[-1].end,
                    words=tuple(words),
                    suspect=None,
                    no_speech_probability=0.0,
                    log_probability=-0.2,
                )
            )
        yield AsrBlock(
            number=0,
            count=1,
            start=0.0,
            end=float(at),
            language=language or "en",
            voiced=float(at),
            segments=tuple(segments),
        )


@pytest.fixture
def source_id(library: Library, mentor: Account) -> int:
    """Id of a waiting recording of the mentor."""
    sha256, size = library.files.keep([SOUND.read_bytes()])
    with library.transaction() as db:
        session = sessions.add(
            db,
            Description(title="Keys", visibility=Visibility.PUBLIC),
            owner_id=mentor.id,
        )
        return sources.add(
            db,
            session,
            kind=SourceKind.RECORDING,
            filename="keys.ogg",
            sha256=sha256,
            size=size,
        ).id


def process(library: Library, source_id: int, transcriber: FixedTranscriber) -> None:
    Pipeline(
        library, transcriber=lambda _: transcriber, embedder=BagOfWordsEmbedder, worker="test"
    ).take_in(source_id)


def correct(library: Library, mentor: Account, source_id: int, old: str, new: str) -> None:
    with library.reading() as db:
        version = versions.current_version(db, source_id)
        segments = [
            replace(s, text=s.text.replace(old, new), speaker="Ruth Okafor")
            for s in versions.drafts_of(db, version.id)
        ]
    save_version.save(
        library, BagOfWordsEmbedder(), mentor.viewer, source_id, segments, base_id=version.id
    )


def ask_again(library: Library, mentor: Account, source_id: int, language: str = "") -> None:
    with library.transaction() as db:
        retranscription.request(db, mentor.viewer, source_id, language=language)


def test_corrections_are_kept_by_retranscriptions(library, mentor, source_id) -> None:
    """Two retranscriptions replace words, and keep a correction and the names of speakers.

    The search finds the words of the correction.
    """
    process(
        library,
        source_id,
        FixedTranscriber("I kept the keys of the killing room|the gas failed", "small"),
    )
    correct(library, mentor, source_id, "killing", "kiln")
    for model, failed in (("medium", "had failed"), ("large", "had failed twice")):
        ask_again(library, mentor, source_id)
        transcript = f"I kept the keys of the killing room|the gas {failed}"
        process(library, source_id, FixedTranscriber(transcript, model))

    with library.reading() as db:
        version = versions.current_version(db, source_id)
        lines = [(s.speaker, s.text, s.suspect) for s in versions.segments_of(db, version.id)]
        origins = [v.origin for v, _ in versions.versions_of(db, source_id)]
        state = sources.get(db, source_id).state
    found = Engine(library, BagOfWordsEmbedder()).search("kiln room", mentor.viewer)

    assert lines == [
        ("Ruth Okafor", "I kept the keys of the kiln room", ""),
        ("Ruth Okafor", "the gas had failed twice", ""),
    ]
    assert origins == ["merged", "whisper", "merged", "whisper", "correction", "whisper"]
    assert version.model == "large"
    assert state is State.READY
    assert found.found


def test_a_conflict_with_a_correction_is_suspect(library, mentor, source_id) -> None:
    """A correction that differs from the new transcript stays, and its segment is suspect.

    The search does not find this segment.
    """
    process(library, source_id, FixedTranscriber("I kept the keys of the killing room", "small"))
    correct(library, mentor, source_id, "killing", "kiln")
    ask_again(library, mentor, source_id)
    process(library, source_id, FixedTranscriber("I kept the keys of the kitchen room", "large"))

    with library.reading() as db:
        version = versions.current_version(db, source_id)
        (line,) = versions.segments_of(db, version.id)

    assert line.text == "I kept the keys of the kiln room"
    assert "the new transcript has “kitchen”" in line.suspect
    assert not Engine(library, BagOfWordsEmbedder()).search("kiln", mentor.viewer).found


def test_the_language_is_passed_to_the_transcriber(library, mentor, source_id) -> None:
    """Retranscription uses the language of the request, which becomes the session's language."""
    first = FixedTranscriber("ich hatte die Schlüssel", "small")
    process(library, source_id, first)
    ask_again(library, mentor, source_id, "de")
    second = FixedTranscriber("ich hatte die Schlüssel", "small")
    process(library, source_id, second)

    with library.reading() as db:
        language = sources.get(db, source_id).session.language
        version = versions.current_version(db, source_id)

    assert (first.languages, second.languages) == ([None], ["de"])
    assert (language, version.language) == ("de", "de")


def test_only_a_ready_recording_can_be_retranscribed(library, mentor, mentee, source_id) -> None:
    """Retranscription is refused for a waiting source, for a note, and to a mentee."""
    note = add_session(library, owner=mentor, kind=SourceKind.NOTE, title="Note")

    with pytest.raises(ConflictError):
        ask_again(library, mentor, source_id)
    with pytest.raises(InvalidInputError):
        ask_again(library, mentor, note.source_id)
    with pytest.raises(NotAllowedError):
        ask_again(library, mentee, note.source_id)
