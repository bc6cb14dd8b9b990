"""Tests of decoding: all formats, damage and losses, each with a notice.

Covers: container_structure, media_info, notices, track_decoder.
"""

import resource
from pathlib import Path

import numpy as np
import pytest

from ingest.media.decode import decode, probe
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
    record,
    seconds_with_sound,
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
def test_an_intact_recording_is_decoded_without_notice(kind: str, tmp_path: Path):
    """Every supported format is decoded completely, at the right pitch, without a notice."""
    path = record(tmp_path / f"a.{kind}")

    result, samples = decoded(path)

    assert result.notices == ()
    assert not result.retimed
    assert result.samples == len(samples)
    assert result.duration == pytest.approx(SECONDS, abs=0.1)
    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    assert np.abs(np.fft.rfft(samples[16000:32000])).argmax() == pytest.approx(440, abs=1)


@pytest.mark.parametrize(("kind", "media_type"), KINDS.items())
def test_a_probe_describes_a_file(kind: str, media_type: str, tmp_path: Path):
    """The media type, tracks, channels, sample rate and duration of a file are recognised."""
    path = record(tmp_path / f"a.{kind}")

    known = probe(path)

    assert known.media_type == media_type
    assert (known.tracks, known.channels, known.sample_rate) == (1, 1, RATE)
    assert known.duration == pytest.approx(SECONDS, abs=0.1)
    assert not known.has_video


def test_a_live_recording_has_no_duration_and_is_decoded(tmp_path: Path):
    """A WebM file without a duration, as browsers record it, is decoded to its end."""
    path = record(tmp_path / "a.webm", options={"live": "1"})

    result, samples = decoded(path)

    assert probe(path).duration is None
    assert not probe(path).seekable
    assert result.notices == ()
    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)


def test_a_name_does_not_matter(tmp_path: Path):
    """An MP3 file with the ending .wav is recognised as MP3."""
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
def test_a_file_without_sound_is_refused_with_a_sentence(name: str, tmp_path: Path):
    """A file without sound is refused with an error message that names its kind."""
    raw, sentence = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(raw)

    with pytest.raises(UnreadableMediaError, match=sentence):
        decoded(path)


def test_a_film_without_sound_is_refused(tmp_path: Path):
    """A video without a sound track is refused with an error message."""
    path = film(tmp_path / "a.mp4")

    with pytest.raises(UnreadableMediaError, match="This video has no sound"):
        probe(path)


def test_an_m4a_cut_before_its_index_is_refused(tmp_path: Path):
    """An M4A file that ends before its index is refused with the reason."""
    path = cut(record(tmp_path / "a.m4a"), 0.5)

    with pytest.raises(UnreadableMediaError, match="end of this recording is missing"):
        probe(path)


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg"])
def test_a_damaged_recording_keeps_the_rest_in_its_place(kind: str, tmp_path: Path):
    """A damaged file keeps at least 95 % of its sound, at the right times, and has a notice."""
    mark = tone()
    mark[:, 7 * RATE : round(7.5 * RATE)] = 0
    options = {"page_duration": "200000"} if kind == "ogg" else {}
    path = damage(record(tmp_path / f"a.{kind}", mark, options=options), places=1)

    result, samples = decoded(path)

    assert seconds_with_sound(samples) >= 0.95 * (SECONDS - 0.5)
    assert seconds_with_sound(samples[round(7.05 * 16000) : round(7.45 * 16000)]) == 0
    assert {"missing", "damaged"} & {notice.kind for notice in result.notices}
    assert result.retimed


def test_a_loss_has_a_notice_with_its_time(tmp_path: Path):
    """The notice about a missing range says at which time it is."""
    path = record(tmp_path / "a.mp3")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 4000] = bytes(4000)
    path.write_bytes(raw)

    result, samples = decoded(path)

    (notice,) = [notice for notice in result.notices if notice.kind == "missing"]
    assert notice.start == pytest.approx(4, abs=0.3)
    assert "0:04" in notice.message
    assert seconds_with_sound(samples) >= 0.9 * SECONDS


@pytest.mark.parametrize("kind", ["wav", "aiff", "mp3", "flac", "webm", "ogg"])
def test_a_truncated_recording_keeps_its_first_part(kind: str, tmp_path: Path):
    """The first part of a truncated file is decoded, and a notice says that it was cut off."""
    options = {"page_duration": "200000"} if kind == "ogg" else {}
    path = cut(record(tmp_path / f"a.{kind}", options=options), 0.5)

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(SECONDS / 2, rel=0.1)
    assert [notice.kind for notice in result.notices] == ["truncated"]


@pytest.mark.parametrize("kind", ["wav", "aiff", "mp3", "flac", "m4a", "ogg", "webm", "mka"])
def test_two_joined_recordings_are_both_decoded(kind: str, tmp_path: Path):
    """A file of two joined recordings is decoded completely, with a notice."""
    path = glue(record(tmp_path / f"a.{kind}"))

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(2 * SECONDS, abs=0.3)
    assert [notice.kind for notice in result.notices] == ["joined"]
    assert "0:08" in result.notices[0].message


def test_channels_in_antiphase_are_decoded(tmp_path: Path):
    """Two channels of opposite polarity do not cancel each other, and there is a notice."""
    path = record(tmp_path / "a.wav", np.vstack([tone(), -tone()]))

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["antiphase"]


def test_a_silent_channel_does_not_halve_the_other(tmp_path: Path):
    """If one channel is silent, the other channel keeps its full level, with a notice."""
    alone, _ = decoded(record(tmp_path / "mono.wav"))
    path = record(tmp_path / "a.wav", np.vstack([tone(), 0 * tone()]))

    result, samples = decoded(path)

    assert alone.notices == ()
    assert np.abs(samples).max() == pytest.approx(0.3 * 32767, rel=0.02)
    assert [notice.kind for notice in result.notices] == ["one-channel"]


def test_speech_on_two_channels_has_equal_levels(tmp_path: Path):
    """Two speakers on two channels are decoded at equal levels, without a notice."""
    left, right = tone(), tone()
    left[:, 4 * RATE :] = 0
    right[:, : 4 * RATE] = 0
    path = record(tmp_path / "a.wav", np.vstack([left, right]))

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    assert np.abs(samples[:48000]).max() == pytest.approx(np.abs(samples[-48000:]).max(), rel=0.02)
    assert result.notices == ()


def test_every_sound_track_is_decoded(tmp_path: Path):
    """All sound tracks of a file are mixed, with a notice. No temporary file stays."""
    first, second = tone(), tone()
    first[:, 4 * RATE :] = 0
    second[:, : 4 * RATE] = 0
    path = record(tmp_path / "a.mka", first, second)

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["tracks"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mka", "a.mka.pcm"]


def test_invalid_samples_are_replaced(tmp_path: Path):
    """Invalid samples are replaced by silence, with a notice. Other samples do not change."""
    sound = tone()
    sound[:, RATE : RATE + 10] = np.nan
    path = record(tmp_path / "a.wav", sound, codec="pcm_f32le")

    result, samples = decoded(path)

    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    assert [notice.kind for notice in result.notices] == ["damaged"]


def test_a_too_loud_recording_is_scaled(tmp_path: Path):
    """A recording that is too loud is turned down instead of clipped, with a notice."""
    path = record(tmp_path / "a.wav", 20 * tone(), codec="pcm_f32le")

    result, samples = decoded(path)

    clipped = (np.abs(samples) == np.abs(samples).max()).mean()
    assert clipped < 0.1
    assert [notice.kind for notice in result.notices] == ["loud"]


def test_a_gap_in_the_time_stamps_becomes_silence(tmp_path: Path):
    """A gap of three seconds in the time stamps becomes three seconds of silence."""
    path = record(tmp_path / "a.webm", gap=(4.0, 3.0))

    result, samples = decoded(path)

    assert result.duration == pytest.approx(SECONDS + 3, abs=0.1)
    assert seconds_with_sound(samples) == pytest.approx(SECONDS, abs=0.1)
    (notice,) = result.notices
    assert (notice.start, notice.end) == (pytest.approx(4, abs=0.1), pytest.approx(7, abs=0.1))


def test_a_full_disk_raises_its_error(tmp_path: Path):
    """If the disk is full, decoding raises `StorageFullError`."""
    path = record(tmp_path / "a.wav")

    with pytest.raises(StorageFullError):
        decode(path, into=Path("/dev/full"), progress=lambda _: None)


def test_progress_rises_to_one(tmp_path: Path):
    """The reported progress of decoding never falls, and ends with 1."""
    reports: list[float] = []

    decode(record(tmp_path / "a.flac"), into=tmp_path / "pcm", progress=reports.append)

    assert reports == sorted(reports)
    assert reports[-1] == 1.0
    assert len(reports) > 5


def test_a_long_recording_needs_little_memory(tmp_path: Path):
    """Decoding half an hour of sound needs less than 30 MB more memory."""
    path = tmp_path / "a.flac"
    record(path, np.tile(tone(10) * 0, 180), codec="flac")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = decode(path, into=tmp_path / "pcm", progress=lambda _: None)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert result.duration == pytest.approx(1800, abs=1)
    assert grown < 30_000
