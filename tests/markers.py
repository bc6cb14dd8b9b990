"""Markers of tests that need a browser or the real models, or that take long.

`make check` runs only tests without these markers. `PATHS` marks all tests of a folder or file.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PATHS = {
    "browser": ("web/browser",),
    "slow": (
        "ingest/media",
        "ingest/readers/test_hostile.py",
        "ingest/readers/test_notes.py",
        "ingest/readers/test_round_trips.py",
        "ingest/tasks/test_alerts.py",
        "ingest/tasks/test_todo_emails.py",
        "ingest/tasks/test_webhook_delivery.py",
        "ingest/test_bad_input.py",
        "ingest/test_crashes.py",
        "ingest/test_retranscription.py",
        "journeys",
        "library/capture/test_sample_files.py",
        "library/capture/test_sample_library.py",
        "library/collections",
        "library/consent/test_pending_releases.py",
        "library/consent/test_release.py",
        "library/consent/test_release_holds.py",
        "library/curation",
        "library/overview",
        "library/preservation",
        "library/publishing/test_oai_records.py",
        "library/removal",
        "library/sessions/test_duplicate_files.py",
        "library/sessions/test_jobs.py",
        "library/sessions/test_removal_record.py",
        "library/speakers/test_voice_prints.py",
        "library/test_access_model.py",
        "library/test_store.py",
        "library/todo",
        "library/transcripts/test_edits.py",
        "library/vocabulary",
        "search/embedding/test_cross_encoder.py",
        "search/embedding/test_e5_export.py",
        "search/embedding/test_embedder.py",
        "search/embedding/test_packaged_e5.py",
        "search/index/test_live_index.py",
        "search/index/test_segment_store.py",
        "search/overview/test_topic_map.py",
        "search/ranking/test_answerability.py",
        "search/ranking/test_pruning.py",
        "search/ranking/test_reranking.py",
        "search/results/test_answer_panels.py",
        "search/results/test_generation.py",
        "search/results/test_hypothetical.py",
        "search/results/test_quotes.py",
        "search/results/test_suggest.py",
        "search/test_engine.py",
        "search/test_every_reader.py",
        "search/topics",
        "test_imports.py",
        "web/http/test_body_limits.py",
        "web/http/test_idempotency.py",
        "web/rendering/test_name_choices.py",
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
    """Return the position of a file in `FIRST`, the list of the longest test files.

    For any other file, return the length of `FIRST`.
    """
    name = str(path.relative_to(TESTS))
    return FIRST.index(name) if name in FIRST else len(FIRST)


@cache
def path_markers(path: Path) -> frozenset[str]:
    """Return the markers that `PATHS` gives to a path."""
    return frozenset(
        marker
        for marker, paths in PATHS.items()
        if any(path.is_relative_to(TESTS / marked) for marked in paths)
    )


def markers_of(path: Path, fixtures: Iterable[str]) -> set[str]:
    """Return the markers of a test, by its file and the names of its fixtures."""
    return {*path_markers(path), *(FIXTURES[name] for name in fixtures if name in FIXTURES)}


def is_left_out(path: Path, expression: str) -> bool:
    """Return True if `-m` with this expression selects no test in a folder or file."""
    if "or" in expression.split():  # with "or", a test may match another term of the expression
        return False
    terms = {term.strip() for term in expression.split(" and ")}
    return any(f"not {marker}" in terms for marker in path_markers(path))
