"""Tests of the application factory."""

import pytest

from web.app import PAGES
from web.http.params import LARGEST_ID


def test_each_page_is_registered_once(app):
    """Every blueprint is registered, and no two of them have the same name."""
    names = [page.bp.name for page in PAGES]

    assert len(names) == len(set(names))
    assert set(names) <= set(app.blueprints)


@pytest.mark.parametrize("number", [LARGEST_ID + 1, 10**40])
def test_an_id_that_no_database_holds_is_not_found(browse, number):
    """A session with the largest possible id, or with a larger number, answers 404."""
    assert browse().get(f"/sessions/{number}").status_code == 404
    assert browse().get(f"/sessions/{LARGEST_ID}").status_code == 404
