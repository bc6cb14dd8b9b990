"""What the browser gets: a copy on the transcript's clock, and the outline of the sound."""

from pathlib import Path

import numpy as np
import pytest

from ingest.decode import probe
from ingest.peaks import peaks
from ingest.webcopy import MEDIA_TYPE, SUFFIX, make_web_copy, playable_in_browsers
from library.errors import StorageFullError
from tests.ingest.recordings import RATE, SECONDS, damage, decoded, glue, heard, record, tone

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
def test_only_what_every_browser_plays_needs_no_copy(kind: str, playable: bool, tmp_path: Path):
    """Chromium, Firefox and Safari all play the originals that get no copy."""
    path = record(tmp_path / f"a.{kind}")

    assert playable_in_browsers(probe(path)) is playable


def test_several_tracks_need_a_copy(tmp_path: Path):
    """A browser would play only the first of two tracks."""
    path = record(tmp_path / "a.m4a", tone(), tone())

    assert not playable_in_browsers(probe(path))


def broken(kind: str, folder: Path) -> Path:
    """A recording whose second half has a mark at 6 s, spoilt in some way."""
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
def test_the_copy_runs_on_the_transcripts_clock(kind: str, tmp_path: Path):
    """In the copy everything is where the transcript has it, whatever had to be repaired."""
    path = broken(kind, tmp_path)
    result, samples = decoded(path)

    make_web_copy(path, tmp_path / f"copy{SUFFIX}", lambda _: None)

    copy, copied = decoded(tmp_path / f"copy{SUFFIX}")
    assert probe(tmp_path / f"copy{SUFFIX}").media_type == MEDIA_TYPE
    assert playable_in_browsers(probe(tmp_path / f"copy{SUFFIX}"))
    assert copy.duration == pytest.approx(result.duration, abs=0.1)
    assert silences(copied) == pytest.approx(silences(samples), abs=0.05)


def silences(samples: np.ndarray) -> list[float]:
    """Where silence of more than 0.2 s begins and ends, in seconds."""
    steps = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    quiet = np.sqrt((steps**2).mean(axis=1)) < 1000
    edges = np.flatnonzero(np.diff(quiet.astype(int), prepend=0, append=0))
    pairs = [(a, b) for a, b in edges.reshape(-1, 2) if b - a > 20 and b < len(quiet)]
    return [edge / 100 for pair in pairs for edge in pair]


def test_the_index_of_the_copy_is_in_front(tmp_path: Path):
    """A player can begin before it has the whole copy."""
    path = record(tmp_path / "a.ogg")

    make_web_copy(path, tmp_path / "copy.m4a", lambda _: None)

    raw = (tmp_path / "copy.m4a").read_bytes()
    assert 0 < raw.index(b"moov") < raw.index(b"mdat")


def test_a_full_disk_is_said_while_copying(tmp_path: Path):
    """A disk without room gives the sentence for it."""
    path = record(tmp_path / "a.ogg")

    with pytest.raises(StorageFullError):
        make_web_copy(path, Path("/dev/full"), lambda _: None)


def test_peaks_draw_the_outline(tmp_path: Path):
    """Each bucket holds the loudest sample of its stretch."""
    sound = tone()
    sound[:, 4 * RATE :] = 0
    _, samples = decoded(record(tmp_path / "a.wav", sound))

    outline = peaks(tmp_path / "a.wav.pcm", buckets=100)

    assert len(outline) == 100
    assert outline[20] == pytest.approx(0.3 * 255, abs=2)
    assert outline[80] == 0
    assert heard(samples) == pytest.approx(SECONDS / 2, abs=0.1)


def test_peaks_of_nothing_are_none(tmp_path: Path):
    """No samples, no peaks; fewer samples than buckets, fewer bytes."""
    (tmp_path / "empty").touch()
    (tmp_path / "short").write_bytes(np.array([0, 32767, -32768], "<i2").tobytes())

    assert peaks(tmp_path / "empty", buckets=10) == b""
    assert list(peaks(tmp_path / "short", buckets=10)) == [0, 255, 255]
