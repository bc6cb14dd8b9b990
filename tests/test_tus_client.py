"""A foreign tus client, tuspy, against the served library, through a line that breaks."""

from benchmarks.upload import MIB, measure
from library.settings import Settings

SIZE = 64 * MIB


def test_tuspy_gets_a_large_file_through_a_broken_line(settings: Settings) -> None:
    """Five interruptions later the SHA-256 matches, and the web process hardly grew."""
    found = measure(settings, size=SIZE, cuts=5)

    assert found.kept == found.sent
    assert found.cuts == 5
    assert found.growth < 50
