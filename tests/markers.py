"""Markers of tests that need a browser or the real models, or that take long.

`make check` runs only tests without these markers. `FOLDERS` marks all tests of a folder. A single
file is marked by `pytestmark = pytest.mark.slow`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).parent
FOLDERS = {
    "browser": ("web/browser",),
    "slow": (
        "journeys",
        "ingest/media",
        "library/curation",
        "library/preservation",
        "library/removal",
        *(
            f"web/{section}"
            for section in (
                "access",
                "accounts",
                "admin",
                "api",
                "capture",
                "collections",
                "commands",
                "consent",
                "curation",
                "media",
                "overview",
                "publishing",
                "removal",
                "search",
                "server",
                "sessions",
                "speakers",
                "todo",
                "transcripts",
                "vocabulary",
            )
        ),
    ),
}
FIXTURES = {"browser": "browser", "prepared": "models"}


FIRST = (
    "ingest/asr/test_transcriber.py",  # exports the models, for which other files would wait
    "web/browser/test_every_page.py",
    "web/access/test_matrix.py",
    "web/access/test_canary.py",
    "journeys/test_first_recording.py",
    "journeys/test_restarts.py",
    "journeys/test_tus_client.py",
    "library/preservation/test_export_import.py",
)
"""Longest files, in the order in which they are started."""


def start_order(path: Path) -> int:
    """Return the position of a file in `FIRST`, or its length."""
    name = str(path.relative_to(TESTS))
    return FIRST.index(name) if name in FIRST else len(FIRST)


def folder_markers(path: Path) -> Iterator[str]:
    """Yield the markers that `FOLDERS` gives to the folder of a path."""
    for marker, folders in FOLDERS.items():
        if any(path.is_relative_to(TESTS / folder) for folder in folders):
            yield marker


def markers_of(path: Path, fixtures: Iterable[str]) -> set[str]:
    """Return the markers of a test, by its file and the names of its fixtures."""
    return {*folder_markers(path), *(FIXTURES[name] for name in fixtures if name in FIXTURES)}


def is_left_out(path: Path, expression: str) -> bool:
    """Return True if `-m` with this expression selects no test in a folder or file."""
    if "or" in expression.split():  # with "or", a test may match another term of the expression
        return False
    terms = {term.strip() for term in expression.split(" and ")}
    return any(f"not {marker}" in terms for marker in folder_markers(path))
