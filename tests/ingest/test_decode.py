"""Every kind of recording, good and bad: nothing is lost, or it is said."""

import resource
from pathlib import Path

import numpy as np
import pytest

from ingest.decode import decode, probe
from library.errors import StorageFullError, UnreadableMediaError
from tests.ingest.recordings import (
    CODECS,
    RATE,
    SECONDS,
    cut,
    damage,
    decoded,
    film,
    glue,
    heard,
    record,
    tone,
)

KINDS = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
    "mov": "audio/mp4",
    "mka": "audio/x-matroska",
    "aiff": "audio/aiff",
}


@pytest.mark.parametrize("kind", CODECS)
def test_a_sound_recording_is_decoded_whole_and_nothing_is_said(kind: str, tmp_path: Path):
    """Every supported format gives all of its sound, at the right pitch, without a notice."""
    path = record(tmp_path / f"a.{kind}")

    result, samples = decoded(path)

    assert result.notices == ()
    assert not result.retimed
    assert result.samples == len(samples)
    assert result.duration == pytest.approx(SECONDS, abs=0.1)
    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    assert np.abs(np.fft.rfft(samples[16000:32000])).argmax() == pytest.approx(440, abs=1)


@pytest.mark.parametrize(("kind", "media_type"), KINDS.items())
def test_a_probe_says_what_a_file_is(kind: str, media_type: str, tmp_path: Path):
    """The probe gives media type, tracks, channels, rate and length without decoding."""
    path = record(tmp_path / f"a.{kind}")

    known = probe(path)

    assert known.media_type == media_type
    assert (known.tracks, known.channels, known.sample_rate) == (1, 1, RATE)
    assert known.duration == pytest.approx(SECONDS, abs=0.1)
    assert not known.has_video


def test_a_live_recording_has_no_duration_and_is_decoded(tmp_path: Path):
    """What a browser recorded (WebM without a duration) is read to its end."""
    path = record(tmp_path / "a.webm", options={"live": "1"})

    result, samples = decoded(path)

    assert probe(path).duration is None
    assert not probe(path).seekable
    assert result.notices == ()
    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)


def test_a_name_does_not_matter(tmp_path: Path):
    """An MP3 that is called .wav is an MP3."""
    path = record(tmp_path / "a.mp3").rename(tmp_path / "a.wav")

    assert probe(path).media_type == "audio/mpeg"


UNREADABLE = {
    "zero.mp3": (b"", "empty"),
    "text.mp3": (b"Dear diary,\n" * 40, "text"),
    "page.mp3": (b"<!doctype html><title>Sign in</title>" * 9, "text"),
    "paper.wav": (b"%PDF-1.7\n" + bytes(range(256)) * 9, "PDF"),
    "archive.m4a": (b"PK\x03\x04" + bytes(range(256)) * 9, "archive"),
    "picture.mp3": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "picture"),
    "chance.mp3": (bytes((i * 7919) % 251 for i in range(5000)), "no sound|No recording"),
    "header.wav": (
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\0\0\0\0",
        "no sound",
    ),
    "playlist.mp3": (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
    "stream.mp3": (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n", "text"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_recording_is_refused_with_a_sentence(name: str, tmp_path: Path):
    """Bytes without sound are refused, and the sentence says what they are."""
    raw, sentence = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(raw)

    with pytest.raises(UnreadableMediaError, match=sentence):
        decoded(path)


def test_a_film_without_sound_is_refused(tmp_path: Path):
    """A video without a sound track says so."""
    path = film(tmp_path / "a.mp4")

    with pytest.raises(UnreadableMediaError, match="This video has no sound"):
        probe(path)


def test_an_m4a_cut_before_its_index_is_refused(tmp_path: Path):
    """An M4A without its index cannot be read, and the sentence says why."""
    path = cut(record(tmp_path / "a.m4a"), 0.5)

    with pytest.raises(UnreadableMediaError, match="cut off before its index"):
        probe(path)


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg"])
def test_a_damaged_recording_keeps_the_rest_in_its_place(kind: str, tmp_path: Path):
    """At least 95 % of a damaged file is kept, later times stay true, and the loss is said."""
    mark = tone()
    mark[:, 7 * RATE : round(7.5 * RATE)] = 0
    options = {"page_duration": "200000"} if kind == "ogg" else {}
    path = damage(record(tmp_path / f"a.{kind}", mark, options=options), places=1)

    result, samples = decoded(path)

    assert heard(samples) >= 0.95 * (SECONDS - 0.5)
    assert heard(samples[round(7.05 * 16000) : round(7.45 * 16000)]) == 0
    assert {"missing", "damaged"} & {notice.kind for notice in result.notices}
    assert result.retimed


def test_a_loss_is_said_with_its_place(tmp_path: Path):
    """The sentence about a damaged stretch says when and how much."""
    path = record(tmp_path / "a.mp3")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 4000] = bytes(4000)
    path.write_bytes(raw)

    result, samples = decoded(path)

    (notice,) = [notice for notice in result.notices if notice.kind == "missing"]
    assert notice.start == pytest.approx(4, abs=0.3)
    assert "0:04" in notice.message
    assert heard(samples) >= 0.9 * SECONDS


@pytest.mark.parametrize("kind", ["wav", "aiff", "mp3", "flac", "webm", "ogg"])
def test_a_truncated_recording_keeps_what_is_there(kind: str, tmp_path: Path):
    """A file that was cut off gives its first part and says that there was more."""
    options = {"page_duration": "200000"} if kind == "ogg" else {}
    path = cut(record(tmp_path / f"a.{kind}", options=options), 0.5)

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(SECONDS / 2, rel=0.1)
    assert [notice.kind for notice in result.notices] == ["truncated"]


@pytest.mark.parametrize("kind", ["wav", "aiff", "mp3", "flac", "m4a", "ogg", "webm", "mka"])
def test_two_recordings_glued_together_are_both_heard(kind: str, tmp_path: Path):
    """After the end of the first file the second one follows, and that is said."""
    path = glue(record(tmp_path / f"a.{kind}"))

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(2 * SECONDS, abs=0.3)
    assert [notice.kind for notice in result.notices] == ["joined"]
    assert "0:08" in result.notices[0].message


def test_channels_that_cancel_each_other_are_heard(tmp_path: Path):
    """Two channels of which one is upside down do not become silence."""
    path = record(tmp_path / "a.wav", np.vstack([tone(), -tone()]))

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["antiphase"]


def test_a_silent_channel_does_not_halve_the_other(tmp_path: Path):
    """One channel with nothing on it leaves the other at its full level."""
    alone, _ = decoded(record(tmp_path / "mono.wav"))
    path = record(tmp_path / "a.wav", np.vstack([tone(), 0 * tone()]))

    result, samples = decoded(path)

    assert alone.notices == ()
    assert np.abs(samples).max() == pytest.approx(0.3 * 32767, rel=0.02)
    assert [notice.kind for notice in result.notices] == ["one-channel"]


def test_two_people_on_two_channels_are_both_heard(tmp_path: Path):
    """Turns on separate channels come out at the same level, whoever speaks."""
    left, right = tone(), tone()
    left[:, 4 * RATE :] = 0
    right[:, : 4 * RATE] = 0
    path = record(tmp_path / "a.wav", np.vstack([left, right]))

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    assert np.abs(samples[:48000]).max() == pytest.approx(np.abs(samples[-48000:]).max(), rel=0.02)
    assert result.notices == ()


def test_every_sound_track_is_heard(tmp_path: Path):
    """What is only on the second track is heard too, and no file is left behind."""
    first, second = tone(), tone()
    first[:, 4 * RATE :] = 0
    second[:, : 4 * RATE] = 0
    path = record(tmp_path / "a.mka", first, second)

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["tracks"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.mka", "a.mka.pcm"]


def test_samples_that_are_no_numbers_are_cleaned(tmp_path: Path):
    """A value that is no number costs itself, not its neighbours."""
    sound = tone()
    sound[:, RATE : RATE + 10] = np.nan
    path = record(tmp_path / "a.wav", sound, codec="pcm_f32le")

    result, samples = decoded(path)

    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["damaged"]


def test_a_recording_far_too_loud_is_turned_down(tmp_path: Path):
    """Samples beyond the range are scaled, not cut into squares."""
    path = record(tmp_path / "a.wav", 20 * tone(), codec="pcm_f32le")

    result, samples = decoded(path)

    clipped = (np.abs(samples) == np.abs(samples).max()).mean()
    assert clipped < 0.1
    assert [notice.kind for notice in result.notices] == ["loud"]


def test_a_gap_in_the_time_stamps_becomes_silence(tmp_path: Path):
    """Where a recorder skipped three seconds, there are three seconds of silence."""
    path = record(tmp_path / "a.webm", gap=(4.0, 3.0))

    result, samples = decoded(path)

    assert result.duration == pytest.approx(SECONDS + 3, abs=0.1)
    assert heard(samples) == pytest.approx(SECONDS, abs=0.1)
    (notice,) = result.notices
    assert (notice.start, notice.end) == (pytest.approx(4, abs=0.1), pytest.approx(7, abs=0.1))


def test_a_full_disk_is_said(tmp_path: Path):
    """A disk without room gives the sentence for it, not a foreign error."""
    path = record(tmp_path / "a.wav")

    with pytest.raises(StorageFullError):
        decode(path, into=Path("/dev/full"), progress=lambda _: None)


def test_progress_runs_from_nothing_to_all(tmp_path: Path):
    """Progress never goes back and ends with 1."""
    said: list[float] = []

    decode(record(tmp_path / "a.flac"), into=tmp_path / "pcm", progress=said.append)

    assert said == sorted(said)
    assert said[-1] == 1.0
    assert len(said) > 5


def test_a_long_recording_needs_little_memory(tmp_path: Path):
    """Half an hour of sound is never in memory at once."""
    path = tmp_path / "a.flac"
    record(path, np.tile(tone(10) * 0, 180), codec="flac")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = decode(path, into=tmp_path / "pcm", progress=lambda _: None)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert result.duration == pytest.approx(1800, abs=1)
    assert grown < 30_000
