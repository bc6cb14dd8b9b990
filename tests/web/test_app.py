"""Tests of the application factory."""

import pytest

from web.app import PAGES
from web.http.params import LARGEST_ID


def test_each_page_is_registered_once(app):
    """Every blueprint has a name of its own and is registered."""
    names = [page.bp.name for page in PAGES]

    assert len(names) == len(set(names))
    assert set(names) <= set(app.blueprints)


@pytest.mark.parametrize("number", [LARGEST_ID + 1, 10**40])
def test_an_id_that_no_database_holds_is_not_found(browse, number):
    """An id beyond the range of the database answers 404, as does the largest possible one."""
    assert browse().get(f"/sessions/{number}").status_code == 404
    assert browse().get(f"/sessions/{LARGEST_ID}").status_code == 404
