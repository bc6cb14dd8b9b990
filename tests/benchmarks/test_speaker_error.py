"""Tests of the diarization error rate, with cases worked out by hand."""

import pytest

from benchmarks.speaker_error import paired, read_rttm, speaker_error, write_rttm


def test_each_kind_of_error_is_counted_in_seconds():
    """The error rate is the missed, invented and confused time in percent of the spoken time."""
    truth = [(0.0, 4.0, "anna"), (4.0, 8.0, "ben")]
    found = [(0.0, 3.0, "one"), (4.0, 7.0, "two"), (7.0, 9.0, "one")]

    error = speaker_error(truth, found, 10.0)

    assert (error.spoken, error.missed, error.invented, error.confused) == pytest.approx(
        (8.0, 1.0, 1.0, 1.0)
    )
    assert error.rate == pytest.approx(37.5)


def test_names_of_speakers_do_not_matter():
    """Other names of speakers are no error, because speakers are paired by the time they share."""
    truth = [(0.0, 5.0, "anna"), (5.0, 9.0, "ben")]
    found = [(0.0, 5.0, "ben"), (5.0, 9.0, "anna")]

    assert speaker_error(truth, found, 9.0).rate == 0
    assert paired(truth, found, 9.0) == {"ben": "anna", "anna": "ben"}


def test_overlap_is_scored():
    """A missed speaker in overlapping speech counts as missed time."""
    truth = [(0.0, 4.0, "anna"), (2.0, 4.0, "ben")]

    error = speaker_error(truth, [(0.0, 4.0, "one")], 4.0)

    assert (error.spoken, error.missed) == pytest.approx((6.0, 2.0))


def test_a_collar_ignores_errors_near_a_change():
    """A start that is 0.2 s late is not an error with a collar of 0.25 s."""
    truth, found = [(1.0, 5.0, "anna")], [(1.2, 5.0, "one")]

    assert speaker_error(truth, found, 6.0).missed == pytest.approx(0.2)
    assert speaker_error(truth, found, 6.0, collar=0.25).missed == 0


def test_rttm_round_trip(tmp_path):
    """Turns that are written to an RTTM file are read back equal."""
    turns = [(0.5, 1.25, "anna"), (1.0, 2.0, "ben")]

    write_rttm(tmp_path / "clip.rttm", turns)

    assert read_rttm(tmp_path / "clip.rttm") == turns
