"""A recording that is heard again keeps what was corrected."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.heard import Block, HeardSegment, Word
from ingest.pipeline import Pipeline
from library.editing import relistening, transcripts
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.holdings import sessions, sources
from library.models import SourceKind, State, Visibility
from library.store import Library
from search import revising
from search.engine import Engine
from tests.builders import Account, add_session
from tests.fakes import BagOfWordsEmbedder

SOUND = Path(__file__).parent.parent / "data" / "handover.ogg"


class Ears:
    """Hears the text that it was given, a word a second, and notes the language it was told."""

    def __init__(self, text: str, model: str) -> None:
        self.text, self.model = text, model
        self.told: list[str | None] = []

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Callable[[float], None],
        start_block: int = 0,
    ) -> Iterator[Block]:
        """One block with one segment for each line of the text."""
        self.told.append(language)
        segments, at = [], 0
        for line in self.text.split("|"):
            words = [
                Word(f" {word}", at + i, at + i + 1, 0.8) for i, word in enumerate(line.split())
            ]
            at += len(words)
            segments.append(
                HeardSegment(
                    text=line,
                    start=words[0].start,
                    end=words[-1].end,
                    words=tuple(words),
                    suspect=None,
                    no_speech_probability=0.0,
                    log_probability=-0.2,
                )
            )
        yield Block(
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
    """A recording of the mentor's that waits for the worker."""
    kept, size = library.files.keep([SOUND.read_bytes()])
    with library.transaction() as db:
        session = sessions.add(
            db,
            sessions.Description(title="Keys", visibility=Visibility.PUBLIC),
            owner_id=mentor.id,
        )
        return sources.add(
            db,
            session,
            kind=SourceKind.RECORDING,
            filename="keys.ogg",
            sha256=kept,
            size=size,
        ).id


def hear(library: Library, source_id: int, ears: Ears) -> None:
    Pipeline(
        library, transcriber=lambda _: ears, embedder=BagOfWordsEmbedder, worker="test"
    ).take_in(source_id)


def correct(library: Library, mentor: Account, source_id: int, old: str, new: str) -> None:
    with library.reading() as db:
        version = transcripts.current_version(db, source_id)
        segments = [
            replace(s, text=s.text.replace(old, new), speaker="Ruth Okafor")
            for s in transcripts.drafts_of(db, version.id)
        ]
    revising.save(
        library, BagOfWordsEmbedder(), mentor.viewer, source_id, segments, base_id=version.id
    )


def ask_again(library: Library, mentor: Account, source_id: int, language: str = "") -> None:
    with library.transaction() as db:
        relistening.listen_again(db, mentor.viewer, source_id, language=language)


def test_corrections_outlive_a_second_listening_and_a_third(library, mentor, source_id) -> None:
    """The new words come in, the corrected one and the names stay, and search follows."""
    hear(library, source_id, Ears("I kept the keys of the killing room|the gas failed", "small"))
    correct(library, mentor, source_id, "killing", "kiln")
    for model, failed in (("medium", "had failed"), ("large", "had failed twice")):
        ask_again(library, mentor, source_id)
        heard = f"I kept the keys of the killing room|the gas {failed}"
        hear(library, source_id, Ears(heard, model))

    with library.reading() as db:
        version = transcripts.current_version(db, source_id)
        lines = [(s.speaker, s.text, s.suspect) for s in transcripts.segments_of(db, version.id)]
        origins = [v.origin for v, _ in transcripts.versions_of(db, source_id)]
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


def test_where_the_machine_disagrees_the_line_waits_for_a_yes(library, mentor, source_id) -> None:
    """The correction stands, is marked, and is not searched before somebody accepts it."""
    hear(library, source_id, Ears("I kept the keys of the killing room", "small"))
    correct(library, mentor, source_id, "killing", "kiln")
    ask_again(library, mentor, source_id)
    hear(library, source_id, Ears("I kept the keys of the kitchen room", "large"))

    with library.reading() as db:
        version = transcripts.current_version(db, source_id)
        (line,) = transcripts.segments_of(db, version.id)

    assert line.text == "I kept the keys of the kiln room"
    assert "the new transcript has “kitchen”" in line.suspect
    assert not Engine(library, BagOfWordsEmbedder()).search("kiln", mentor.viewer).found


def test_the_mentor_says_in_which_language_it_is(library, mentor, source_id) -> None:
    """The language that was set is what Whisper is told; without one it finds out."""
    first = Ears("ich hatte die Schlüssel", "small")
    hear(library, source_id, first)
    ask_again(library, mentor, source_id, "de")
    second = Ears("ich hatte die Schlüssel", "small")
    hear(library, source_id, second)

    with library.reading() as db:
        kept = sources.get(db, source_id).session.language
        version = transcripts.current_version(db, source_id)

    assert (first.told, second.told) == ([None], ["de"])
    assert (kept, version.language) == ("de", "de")


def test_only_what_was_heard_can_be_heard_again(library, mentor, mentee, source_id) -> None:
    """Not while it is worked on, not a note, and not by a reader."""
    note = add_session(library, owner=mentor, kind=SourceKind.NOTE, title="Note")

    with pytest.raises(ConflictError):
        ask_again(library, mentor, source_id)
    with pytest.raises(InvalidInputError):
        ask_again(library, mentor, note.source_id)
    with pytest.raises(NotAllowedError):
        ask_again(library, mentee, note.source_id)
