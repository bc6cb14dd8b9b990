"""Tests of the search scope: which sources a viewer may search with certain filters."""

from datetime import date

import pytest

from library.access import GUEST
from library.discovery.search_scope import Filters, filters_of, sources_in
from library.errors import InvalidInputError
from library.models import Form, SourceKind, Visibility
from tests.builders import add_session


def test_sources_are_those_that_the_viewer_may_find(library, mentor):
    """A private session is in the search scope of its owner only.

    Each filter limits the scope.
    """
    note = add_session(library, title="Note", kind=SourceKind.NOTE, held_on=date(2024, 5, 1))
    group = add_session(library, title="Group", form=Form.GROUP, held_on=date(2026, 5, 1))
    hidden = add_session(
        library, title="Hidden", owner=mentor, visibility=Visibility.PRIVATE, form=Form.GROUP
    )
    with library.reading() as db:
        found = {
            name: list(sources_in(db, GUEST, filters))
            for name, filters in {
                "all": Filters(),
                "kind": Filters(kinds=[SourceKind.NOTE]),
                "form": Filters(described={"form": [Form.GROUP]}),
                "since": Filters(since=date(2026, 5, 1)),
                "session": Filters(session_id=note.session_id),
                "left out": Filters(leave_out=[note.session_id]),
            }.items()
        }
        owner = list(sources_in(db, mentor.viewer, Filters(described={"form": [Form.GROUP]})))

    assert found == {
        "all": [note.source_id, group.source_id],
        "kind": [note.source_id],
        "form": [group.source_id],
        "since": [group.source_id],
        "session": [note.source_id],
        "left out": [group.source_id],
    }
    assert owner == [group.source_id, hidden.source_id]


def test_parameters_of_a_saved_search_become_filters():
    """Empty parameters of a saved search do not filter. An unknown value is refused."""
    parameters = {"kind": "note", "from": "2024-05-01", "speaker": "7", "form": ""}

    assert filters_of(parameters) == Filters(
        kinds=[SourceKind.NOTE], since=date(2024, 5, 1), person_id=7
    )
    assert not filters_of({}).any
    with pytest.raises(InvalidInputError):
        filters_of({"kind": "poem"})


@pytest.mark.parametrize(
    ("filters", "set_"),
    [
        (Filters(), False),
        (Filters(kinds=[], leave_out=[], described={}), False),
        (Filters(kinds=[SourceKind.NOTE]), True),
        (Filters(described={"form": [Form.GROUP]}), True),
        (Filters(collection_id=0), True),
    ],
)
def test_an_empty_list_is_no_filter(filters, set_):
    """Empty lists do not count as filters. A collection id of 0 counts as a filter."""
    assert filters.any is set_
