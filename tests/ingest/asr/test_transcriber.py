"""Tests of the real Whisper model: words, times, blocks and silence.

Covers: blocks.
"""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ingest.asr.blocks import LONGEST, cut
from ingest.asr.result import AsrBlock
from ingest.asr.transcriber import WhisperTranscriber
from ingest.media.decode import decode
from tests.paths import DATA


@pytest.fixture(scope="session")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File with the decoded samples of the conversation about handing over a pottery."""
    into = tmp_path_factory.mktemp("conversation") / "samples"
    decode(DATA / "handover.ogg", into=into, progress=lambda _: None)
    return into


@pytest.fixture(scope="session")
def recognised(whisper: WhisperTranscriber, conversation: Path) -> list[AsrBlock]:
    """Blocks that Whisper recognises in the conversation, without a given language."""
    return list(whisper.transcribe(conversation, language=None, progress=lambda _: None))


def turns() -> list[dict[str, object]]:
    """Return the true turns of the conversation with their times."""
    found: list[dict[str, object]] = json.loads((DATA / "handover.json").read_text("utf-8"))[
        "turns"
    ]
    return found


def plain(text: object) -> list[str]:
    """Return the words of *text* in lower case, without punctuation."""
    return re.findall(r"[a-z']+", str(text).lower())


def test_a_conversation_is_transcribed(recognised: list[AsrBlock]):
    """At least 90 % of the spoken words are recognised, and no segment is suspect."""
    words = [word for b in recognised for s in b.segments for word in plain(s.text)]
    true = [word for turn in turns() for word in plain(turn["text"])]

    found = sum(min(words.count(word), true.count(word)) for word in set(true))

    assert found >= 0.9 * len(true)
    assert len(words) <= 1.1 * len(true)
    assert [s.suspect for b in recognised for s in b.segments if s.suspect] == []


def test_the_language_is_found_on_speech(recognised: list[AsrBlock]):
    """If no language is given, the language of a recording is recognised."""
    assert [block.language for block in recognised] == ["en"]


def test_words_have_their_true_times(recognised: list[AsrBlock]):
    """Near the true start of each turn (within 0.5 s), a word starts. Words are in order."""
    words = [word for b in recognised for s in b.segments for word in s.words]
    starts = np.array([word.start for word in words])

    late = [np.abs(starts - float(str(turn["start"]))).min() for turn in turns()]

    assert max(late) < 0.5
    assert all(one.start <= two.start for one, two in pairwise(words))
    assert all(word.start <= word.end for word in words)


@pytest.mark.parametrize("kind", ["silence", "noise", "hum"])
def test_sound_without_speech_has_no_words(kind: str, whisper: WhisperTranscriber, tmp_path: Path):
    """Silence, noise and hum give no words and no language."""
    time = np.arange(16_000 * 20) / 16_000
    noise = np.random.default_rng(3).normal(0, 800, len(time))
    sound = {"silence": 0 * time, "noise": noise, "hum": 3000 * np.sin(2 * np.pi * 50 * time)}
    (tmp_path / "samples").write_bytes(sound[kind].astype("<i2").tobytes())

    blocks = list(whisper.transcribe(tmp_path / "samples", language=None, progress=lambda _: None))

    assert [(block.segments, block.language) for block in blocks] == [((), None)]


def test_a_recording_without_samples_has_no_blocks(whisper: WhisperTranscriber, tmp_path: Path):
    """A recording without samples has no blocks and raises no error."""
    (tmp_path / "samples").touch()

    blocks = list(whisper.transcribe(tmp_path / "samples", language="en", progress=lambda _: None))

    assert blocks == []


def test_transcription_continues_at_a_block(whisper: WhisperTranscriber, tmp_path: Path):
    """Transcription that continues at the second block gives the same result for that block.

    The reported progress rises to 1.
    """
    silence = np.zeros(16_000 * 610, "<i2")
    (tmp_path / "samples").write_bytes(silence.tobytes())
    reports: list[float] = []

    complete = list(
        whisper.transcribe(tmp_path / "samples", language="en", progress=reports.append)
    )
    rest = list(
        whisper.transcribe(
            tmp_path / "samples", language="en", progress=lambda _: None, start_block=1
        )
    )

    assert len(complete) == 2
    assert rest == complete[1:]
    assert complete[-1].end == 610.0
    assert reports == sorted(reports)
    assert reports[-1] == 1.0


def test_transcription_is_deterministic(
    whisper: WhisperTranscriber, conversation: Path, tmp_path: Path
):
    """Two transcriptions of the same sound are equal, even where Whisper samples at random."""
    samples = np.fromfile(conversation, "<i2")[16_000 * 14 : 16_000 * 16]
    (tmp_path / "samples").write_bytes(samples[::-1].tobytes())

    first, second = (
        list(whisper.transcribe(tmp_path / "samples", language="en", progress=lambda _: None))
        for _ in range(2)
    )

    assert first == second


def test_a_block_ends_where_it_is_quietest():
    """A block of a recording ends in a pause near the maximum length of a block."""
    samples = np.full(LONGEST + 16_000 * 60, 5000, np.int16)
    pause = LONGEST - 16_000 * 50
    samples[pause : pause + 32_000] = 0

    blocks = cut(samples)

    assert [start for start, _ in blocks] == [0, blocks[0][1]]
    assert pause < blocks[0][1] < pause + 32_000
    assert blocks[-1][1] == len(samples)
