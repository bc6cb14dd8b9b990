"""Real Whisper on a real conversation: the words, their times, and nothing where nobody speaks."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ingest.blocks import LONGEST, cut
from ingest.decode import decode
from ingest.heard import Block
from ingest.transcribe import WhisperTranscriber

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="session")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples of the conversation about handing over a pottery."""
    into = tmp_path_factory.mktemp("conversation") / "samples"
    decode(DATA / "handover.ogg", into=into, progress=lambda _: None)
    return into


@pytest.fixture(scope="session")
def heard(whisper: WhisperTranscriber, conversation: Path) -> list[Block]:
    """What Whisper hears in it, its language not told."""
    return list(whisper.transcribe(conversation, language=None, progress=lambda _: None))


def turns() -> list[dict[str, object]]:
    """What is said in the conversation, and when."""
    found: list[dict[str, object]] = json.loads((DATA / "handover.json").read_text("utf-8"))[
        "turns"
    ]
    return found


def plain(text: object) -> list[str]:
    """Words without case and punctuation."""
    return re.findall(r"[a-z']+", str(text).lower())


def test_a_conversation_is_written_down(heard: list[Block]):
    """Nine in ten of the words that were said are heard, and no segment is doubted."""
    words = [word for b in heard for s in b.segments for word in plain(s.text)]
    true = [word for turn in turns() for word in plain(turn["text"])]

    found = sum(min(words.count(word), true.count(word)) for word in set(true))

    assert found >= 0.9 * len(true)
    assert len(words) <= 1.1 * len(true)
    assert [s.suspect for b in heard for s in b.segments if s.suspect] == []


def test_the_language_is_found_on_speech(heard: list[Block]):
    """A language that nobody told is found."""
    assert [block.language for block in heard] == ["en"]


def test_words_are_where_they_were_said(heard: list[Block]):
    """The first word of each turn starts within half a second of its true time."""
    words = [word for b in heard for s in b.segments for word in s.words]
    starts = np.array([word.start for word in words])

    late = [np.abs(starts - float(str(turn["start"]))).min() for turn in turns()]

    assert max(late) < 0.5
    assert all(one.start <= two.start for one, two in pairwise(words))
    assert all(word.start <= word.end for word in words)


@pytest.mark.parametrize("kind", ["silence", "noise", "hum"])
def test_where_nobody_speaks_nothing_is_heard(
    kind: str, whisper: WhisperTranscriber, tmp_path: Path
):
    """Silence, noise and hum give no words and no language."""
    time = np.arange(16_000 * 20) / 16_000
    noise = np.random.default_rng(3).normal(0, 800, len(time))
    sound = {"silence": 0 * time, "noise": noise, "hum": 3000 * np.sin(2 * np.pi * 50 * time)}
    (tmp_path / "samples").write_bytes(sound[kind].astype("<i2").tobytes())

    blocks = list(whisper.transcribe(tmp_path / "samples", language=None, progress=lambda _: None))

    assert [(block.segments, block.language) for block in blocks] == [((), None)]


def test_a_recording_without_samples_has_no_blocks(whisper: WhisperTranscriber, tmp_path: Path):
    """Nothing to hear is nothing heard, not an error."""
    (tmp_path / "samples").touch()

    blocks = list(whisper.transcribe(tmp_path / "samples", language="en", progress=lambda _: None))

    assert blocks == []


def test_hearing_goes_on_with_the_next_block(whisper: WhisperTranscriber, tmp_path: Path):
    """After a kill the blocks that were saved are not heard again, and the rest has true times."""
    silence = np.zeros(16_000 * 610, "<i2")
    (tmp_path / "samples").write_bytes(silence.tobytes())
    said: list[float] = []

    whole = list(whisper.transcribe(tmp_path / "samples", language="en", progress=said.append))
    rest = list(
        whisper.transcribe(
            tmp_path / "samples", language="en", progress=lambda _: None, start_block=1
        )
    )

    assert len(whole) == 2
    assert rest == whole[1:]
    assert whole[-1].end == 610.0
    assert said == sorted(said)
    assert said[-1] == 1.0


def test_a_recording_is_heard_the_same_whatever_was_heard_before(
    whisper: WhisperTranscriber, conversation: Path, tmp_path: Path
):
    """Speech played backwards makes Whisper guess; guessing twice gives the same."""
    samples = np.fromfile(conversation, "<i2")[16_000 * 14 : 16_000 * 18]
    (tmp_path / "samples").write_bytes(samples[::-1].tobytes())

    first, second = (
        list(whisper.transcribe(tmp_path / "samples", language="en", progress=lambda _: None))
        for _ in range(2)
    )

    assert first == second


def test_a_block_ends_where_it_is_quietest():
    """The cut lies in the pause near the end of the longest block that there may be."""
    samples = np.full(LONGEST + 16_000 * 60, 5000, np.int16)
    pause = LONGEST - 16_000 * 50
    samples[pause : pause + 32_000] = 0

    blocks = cut(samples)

    assert [start for start, _ in blocks] == [0, blocks[0][1]]
    assert pause < blocks[0][1] < pause + 32_000
    assert blocks[-1][1] == len(samples)
