"""Tests of waveform peaks and of the web copy, in which each word keeps its time."""

from pathlib import Path

import numpy as np
import pytest

from ingest.media.decode import probe
from ingest.media.derivative import MEDIA_TYPE, SUFFIX, make_web_copy, playable_in_browsers
from ingest.media.pcm import peaks
from library.errors import StorageFullError
from tests.ingest.recordings import (
    RATE,
    SECONDS,
    damage,
    decoded,
    glue,
    record,
    seconds_with_sound,
    tone,
)

PLAYABLE = {
    "mp3": True,
    "m4a": True,
    "wav": True,
    "flac": True,
    "ogg": False,
    "webm": False,
    "mka": False,
    "aiff": False,
}


@pytest.mark.parametrize(("kind", "playable"), PLAYABLE.items())
def test_only_formats_of_every_browser_need_no_copy(kind: str, playable: bool, tmp_path: Path):
    """Formats that Chromium, Firefox and Safari play need no web copy. Other formats do."""
    path = record(tmp_path / f"a.{kind}")

    assert playable_in_browsers(probe(path)) is playable


def test_several_tracks_need_a_copy(tmp_path: Path):
    """A recording with two tracks needs a copy, because browsers play only one."""
    path = record(tmp_path / "a.m4a", tone(), tone())

    assert not playable_in_browsers(probe(path))


def broken(kind: str, folder: Path) -> Path:
    """Return a recording with silence at 6 s and the kind of damage *kind*."""
    mark = tone()
    mark[:, 6 * RATE : round(6.5 * RATE)] = 0
    if kind == "live":
        return record(folder / "a.webm", mark, options={"live": "1"})
    if kind == "gap":
        return record(folder / "a.webm", mark, gap=(2.0, 3.0))
    if kind == "damaged":
        return damage(record(folder / "a.mp3", mark))
    if kind == "glued":
        return glue(record(folder / "a.wav", mark))
    if kind == "tracks":
        return record(folder / "a.mka", mark, mark)
    return record(folder / "a.wav", np.vstack([mark, -mark]))


@pytest.mark.parametrize("kind", ["live", "gap", "damaged", "glued", "tracks", "upside down"])
def test_the_copy_has_the_clock_of_the_transcript(kind: str, tmp_path: Path):
    """The web copy has the same times as the transcript, also if the original is damaged."""
    path = broken(kind, tmp_path)
    result, samples = decoded(path)

    make_web_copy(path, tmp_path / f"copy{SUFFIX}", lambda _: None)

    copy, copied = decoded(tmp_path / f"copy{SUFFIX}")
    assert probe(tmp_path / f"copy{SUFFIX}").media_type == MEDIA_TYPE
    assert playable_in_browsers(probe(tmp_path / f"copy{SUFFIX}"))
    assert copy.duration == pytest.approx(result.duration, abs=0.1)
    assert silences(copied) == pytest.approx(silences(samples), abs=0.05)


def silences(samples: np.ndarray) -> list[float]:
    """Return the start and end of each silence over 0.2 s, in seconds, in one list."""
    steps = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    quiet = np.sqrt((steps**2).mean(axis=1)) < 1000
    edges = np.flatnonzero(np.diff(quiet.astype(int), prepend=0, append=0))
    pairs = [(a, b) for a, b in edges.reshape(-1, 2) if b - a > 20 and b < len(quiet)]
    return [edge / 100 for pair in pairs for edge in pair]


def test_the_index_of_the_copy_is_in_front(tmp_path: Path):
    """The index of the web copy comes before the sound, so that players can start at once."""
    path = record(tmp_path / "a.ogg")

    make_web_copy(path, tmp_path / "copy.m4a", lambda _: None)

    raw = (tmp_path / "copy.m4a").read_bytes()
    assert 0 < raw.index(b"moov") < raw.index(b"mdat")


def test_a_full_disk_raises_its_error_while_copying(tmp_path: Path):
    """If the disk is full, writing a web copy raises `StorageFullError`."""
    path = record(tmp_path / "a.ogg")

    with pytest.raises(StorageFullError):
        make_web_copy(path, Path("/dev/full"), lambda _: None)


def test_peaks_have_the_loudest_samples(tmp_path: Path):
    """Each waveform peak is the loudest sample of its interval."""
    sound = tone()
    sound[:, 4 * RATE :] = 0
    _, samples = decoded(record(tmp_path / "a.wav", sound))

    outline = peaks(tmp_path / "a.wav.pcm", buckets=100)

    assert len(outline) == 100
    assert outline[20] == pytest.approx(0.3 * 255, abs=2)
    assert outline[80] == 0
    assert seconds_with_sound(samples) == pytest.approx(SECONDS / 2, abs=0.1)


def test_peaks_of_few_samples(tmp_path: Path):
    """A recording without samples has no waveform peaks. A very short one has one per sample."""
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_bytes(np.array([0, 32767, -32768], "<i2").tobytes())

    assert peaks(tmp_path / "empty", buckets=10) == b""
    assert list(peaks(tmp_path / "short", buckets=10)) == [0, 255, 255]
