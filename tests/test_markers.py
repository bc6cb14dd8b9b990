"""Tests of the markers by which `make check` leaves out browser, model and slow tests."""

import pytest

from tests.markers import PATHS, TESTS, is_left_out, markers_of

QUICK = "not browser and not models and not slow"


def test_a_test_is_marked_by_its_path_and_by_its_fixtures():
    """A test gets the markers of its folder and the markers of its fixtures."""
    assert "browser" in markers_of(TESTS / "web" / "browser" / "test_ask.py", [])
    assert markers_of(TESTS / "library" / "test_files.py", ["library"]) == set()
    assert markers_of(TESTS / "library" / "test_files.py", ["browser", "prepared"]) == {
        "browser",
        "models",
    }


def test_folders_are_left_out_only_by_their_own_marker():
    """A folder is skipped only if the expression of `-m` excludes a marker of this folder."""
    folder = TESTS / "journeys"

    assert is_left_out(folder, QUICK)
    assert is_left_out(folder / "test_restarts.py", "not slow")
    for expression in ("", "slow", "not browser", "not slow or models", "not slow and x or slow"):
        assert not is_left_out(folder, expression)
    assert not is_left_out(TESTS, QUICK)
    assert not is_left_out(TESTS / "library", QUICK)


@pytest.mark.parametrize("path", sorted({path for paths in PATHS.values() for path in paths}))
def test_the_paths_that_are_marked_exist(path):
    """Each folder and file in `PATHS` exists."""
    assert (TESTS / path).exists()


def test_this_test_is_quick(request):
    """A test in an unmarked folder without the fixtures in `FIXTURES` gets none of the markers."""
    assert not {"browser", "models", "slow"} & {mark.name for mark in request.node.iter_markers()}
