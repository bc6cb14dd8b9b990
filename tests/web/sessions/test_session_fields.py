"""Tests that every place shows every session field: page, form, API, export, filter.

A failing test names the place that lacks the field. `LEFT_OUT` lists the fields that a place
omits on purpose, with the reason.
"""

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from library.data_download.sessions import sessions_of
from library.discovery import search_scope, session_facts
from library.discovery.search_scope import Filters
from library.exports import document, json_transcript
from library.models import MentoringSession, word_marks
from library.preservation.export_library import export
from library.publishing import dublin_core
from library.sessions import description, passage_queries, sessions
from library.sessions.description import FIELD, Description, FieldKind, SessionField, as_text
from library.store import Library
from search.results import facets
from tests.builders import Account, Built, add_session
from tests.web.api_client import Headers, Program
from tests.web.client import Browser
from web.openapi.schemas import ChangesSchema, NewSessionFormSchema, QuestionSchema, SessionSchema
from web.rendering.template_filters import as_shown
from web.search import query
from web.search.search_schemas import FacetsSchema

Browse = Callable[..., Browser]

DECLARED = "`FIELDS` in library/sessions/description.py"
TEXTS = {FieldKind.LINE, FieldKind.PARAGRAPHS}
OTHER_COLUMNS = {
    *("id", "owner_id", "sample", "created_at", "updated_at", "described_at", "deleted_at"),
    *("trashed_at", "hold", "held", "release", "review_by"),
}
"""Columns of a session that no form contains."""

LEFT_OUT = {
    "session page": {
        "visibility": "the sentence about the release states it, to people whom it concerns",
        "embargo_until": "the sentence about the release states it, to people whom it concerns",
    },
    "exported transcripts": {
        "form": "it says nothing about the words",
        "visibility": "it holds for this library only",
        "embargo_until": "it holds for this library only",
    },
    "search filters": {
        "title": "a question finds its words",
        "description": "too long to choose from",
        "held_on": "a filter of its own: from, to and the year",
        "language": "a question finds sessions in its own language",
        "visibility": "an audience is not a subject",
        "embargo_until": "an audience is not a subject",
    },
}

FILTERS_THAT_LOSE_WORDS: set[str] = set()
"""Filters with free text, from which a removal deletes words in stored questions."""


@pytest.fixture(params=description.FIELDS, ids=lambda one: one.name)
def about(request: pytest.FixtureRequest) -> SessionField:
    """Each declared field of a session in turn."""
    field: SessionField = request.param
    return field


def example(about: SessionField) -> Any:
    """Return a value that is not the field's default and that no page contains by chance."""
    if about.choices:
        return list(about.choices)[-1]
    return {
        FieldKind.DATE: date(2150, 3, 1),
        FieldKind.LANGUAGE: "pt-BR",
    }.get(about.kind, f"Any {about.name} of long ago")


EXAMPLES = {one.name: example(one) for one in description.FIELDS}


@pytest.fixture
def built(library: Library, mentor: Account) -> Built:
    """Session of the mentor with a value in every field."""
    made = add_session(library, owner=mentor)
    with library.transaction() as db:
        session = sessions.get(db, made.session_id)
        sessions.describe(db, session, replace(description.of_session(session), **EXAMPLES))
    return made


def is_left_out(about: SessionField, place: str) -> bool:
    """Return whether a place omits the field on purpose."""
    return about.name in LEFT_OUT[place]


def has_control(page: str, name: str) -> bool:
    """Return whether a page has a form control with this name."""
    return re.search(rf'<(?:input|select|textarea)[^>]*\bname="{name}"', page) is not None


def test_a_field_has_a_column_and_an_attribute(about: SessionField) -> None:
    """Each field has an attribute and a column.

    The column and the field allow the same number of characters.
    """
    columns = MentoringSession.__table__.columns
    assert about.name in columns, (
        f"The field “{about.name}” has no column. Add it to `MentoringSession` in "
        "library/models/sessions.py, and write a migration."
    )
    assert about.name in {one.name for one in fields(Description)}, (
        f"The field “{about.name}” has no attribute. Add it to `Description` in "
        "library/sessions/description.py."
    )
    most = getattr(columns[about.name].type, "length", None)
    assert about.choices or most is None or about.longest == most, (
        f"The column of “{about.name}” holds {most} characters and its rule in {DECLARED} allows "
        f"{about.longest}."
    )


@pytest.mark.parametrize("name", sorted(MentoringSession.__table__.columns.keys()))
def test_a_column_is_declared(name: str) -> None:
    """Each database column of a session is a declared field or is listed in `OTHER_COLUMNS`."""
    assert (name in FIELD) is not (name in OTHER_COLUMNS), (
        f"The column “{name}” is only in the database. Add it to {DECLARED}, or to "
        "`OTHER_COLUMNS` of this test if no person fills it in."
    )


@pytest.mark.parametrize("place", LEFT_OUT)
def test_what_is_left_out_is_a_field(place: str) -> None:
    """Each name in `LEFT_OUT` is the name of a declared field."""
    assert LEFT_OUT[place].keys() <= FIELD.keys()


def test_a_field_has_a_form_control(browse: Browse, built: Built, mentor: Account) -> None:
    """The forms to add and to change a session have a control for each field.

    The form to change it shows the present value.
    """
    member, change = browse(mentor), f"/sessions/{built.session_id}/edit"
    pages = {path: member.get(path).text for path in ("/add", change)}

    for name, value in EXAMPLES.items():
        for path, page in pages.items():
            assert has_control(page, name), (
                f"The form at {path} has no control for “{name}”. Add it to "
                "web/templates/capture/_session_form.html."
            )
        assert escape(as_text(value)) in pages[change], (
            f"The form does not show the present value of “{name}”."
        )


def test_a_field_is_saved_by_the_form(browse: Browse, library: Library, mentor: Account) -> None:
    """The form that changes a session saves the typed value of each field."""
    made = add_session(library, owner=mentor)
    typed = {name: as_text(value) for name, value in EXAMPLES.items()}

    browse(mentor).post(f"/sessions/{made.session_id}/edit", typed)

    with library.reading() as db:
        stored = description.values_of(sessions.get(db, made.session_id))
    for name, value in EXAMPLES.items():
        assert stored[name] == value, (
            f"The form does not save “{name}”. See `SessionForm` in web/capture/session_form.py."
        )


def test_a_field_is_on_the_session_page(
    app: Flask, browse: Browse, built: Built, admin: Account
) -> None:
    """The session page shows each field, except those that `LEFT_OUT` lists."""
    page = browse(admin).get(f"/sessions/{built.session_id}").text
    main = page[page.index("<article") :]

    for about in description.FIELDS:
        with app.test_request_context("/"):
            text = as_shown(about, EXAMPLES[about.name])
        is_shown = escape(text) in main
        assert is_shown or is_left_out(about, "session page"), (
            f"The session page does not show “{about.name}”. Set `detail=True` in {DECLARED}, or "
            "show it in web/templates/sessions/."
        )


@pytest.mark.parametrize("schema", [SessionSchema, ChangesSchema, NewSessionFormSchema])
def test_a_field_is_described_in_the_api(about: SessionField, schema: Any) -> None:
    """The API schemas of a session, of its changes and of a new session each have the field."""
    assert about.name in schema().fields, (
        f"`{schema.__name__}` has no field “{about.name}”. See web/openapi/session_fields.py."
    )


def test_a_field_is_read_and_changed_in_the_api(
    app: Flask, library: Library, mentor: Account, token_of: Callable[[Account], Headers]
) -> None:
    """A change of a field by the API answers with the sent value."""
    made = add_session(library, owner=mentor)
    program, path = Program(app, token_of(mentor)), f"/sessions/{made.session_id}"

    for name, value in EXAMPLES.items():
        answer = program("PATCH", path, "*", json={name: as_text(value)})
        assert answer.status_code == 200, f"The API does not change “{name}”: {answer.text}"
        assert answer.json.get(name) == as_text(value), (
            f"The API does not return “{name}”. See `written` in web/sessions/sessions_api.py."
        )


def test_a_field_is_in_exports(
    library: Library, built: Built, mentor: Account, tmp_path: Path
) -> None:
    """The export of a library and a member's data copy contain each field."""
    export(library, tmp_path / "export.zip")
    with ZipFile(tmp_path / "export.zip") as archive:
        row = json.loads(archive.read("tables/mentoring_session.jsonl"))
    with library.reading() as db:
        (own,) = sessions_of(db, mentor.viewer, [built.session_id])

    for name, value in EXAMPLES.items():
        assert row.get(name) == as_text(value), (
            f"The export of a library has no “{name}” of a session. See "
            "library/preservation/export_library.py."
        )
        assert own.get(name) == as_text(value), (
            f"A copy of one's own data has no “{name}” of a session. See "
            "library/data_download/sessions.py."
        )


def test_a_field_is_in_exported_transcripts(
    library: Library, built: Built, mentor: Account
) -> None:
    """An exported JSON transcript contains each field, except those that `LEFT_OUT` lists.

    Except for long texts, these fields are also in the provenance.
    """
    with library.reading() as db:
        words = document.load(
            db, mentor.viewer, built.source_id, session_id=built.session_id, site="", address=""
        )
    written = json.loads(json_transcript.write(words))

    for about in description.FIELDS:
        value = as_text(EXAMPLES[about.name])
        stated = written.get(about.name) == value
        assert stated or is_left_out(about, "exported transcripts"), (
            f"Exported transcripts do not state “{about.name}”. Set `in_transcripts=True` in "
            f"{DECLARED}, or give the reason in `LEFT_OUT` of this test."
        )
        if stated and about.kind is not FieldKind.PARAGRAPHS:
            assert (about.label, value) in words.provenance(), (
                f"The provenance of a transcript does not state “{about.name}”. See "
                "library/exports/document.py."
            )


def test_a_field_with_an_element_is_in_dublin_core(library: Library, built: Built) -> None:
    """Each Dublin Core element that a field declares has the value of that field."""
    declared = {f.dublin_core: f.name for f in description.FIELDS if f.dublin_core}
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        terms = dict(dublin_core.terms(session, identifier="", publisher=""))

    for element, name in declared.items():
        assert terms.get(element) == as_text(EXAMPLES[name]), (
            f"Dublin Core has no element {element} for “{name}”. See "
            "library/publishing/dublin_core.py."
        )


def test_a_field_is_a_filter_or_left_out(about: SessionField) -> None:
    """Each field is a search filter or is listed in `LEFT_OUT`."""
    assert bool(about.facet) is not is_left_out(about, "search filters"), (
        f"A search has no filter “{about.name}”. Set `facet` in {DECLARED}, or give the reason in "
        "`LEFT_OUT` of this test."
    )


@pytest.mark.parametrize("about", description.FILTERS, ids=lambda one: one.name)
def test_a_filter_narrows_a_search(
    app: Flask, library: Library, built: Built, mentor: Account, about: SessionField
) -> None:
    """A filter works in a search by address, in a saved search and by the API.

    The page counts search results by the values of the filter.
    """
    add_session(library, title="Another", content=b"other", owner=mentor)
    value, text = EXAMPLES[about.name], as_text(EXAMPLES[about.name])
    filters = Filters(described={about.name: [value]})

    assert about.name in query.NAMES, f"The URL of a search has no filter “{about.name}”."
    with app.test_request_context():
        assert query.parse({about.name: text}).filters == filters, (
            f"The URL of a search does not filter by “{about.name}”. See web/search/query.py."
        )
    assert search_scope.filters_of({about.name: text}) == filters, (
        f"A saved search does not filter by “{about.name}”. See library/discovery/search_scope.py."
    )
    assert about.name in QuestionSchema().fields, (
        f"The API does not filter by “{about.name}”. See web/openapi/session_fields.py."
    )
    assert QuestionSchema().load({"q": "x", about.name: [text]})[about.name] == [value]
    assert about.facet in FacetsSchema().fields, (
        f"Search results of the API do not count “{about.facet}”. See web/search/search_schemas.py."
    )
    with library.reading() as db:
        found = list(search_scope.sources_in(db, mentor.viewer, filters))
        facts = session_facts.facts(db, mentor.viewer, [built.session_id])
        seen = passage_queries.by_ids(db, mentor.viewer, built.passage_ids)
        counted = facets.counted(db, mentor.viewer, filters, list(seen.values()))
    assert found == [built.source_id], f"The filter “{about.name}” does not narrow the sources."
    assert facts[built.session_id].described[about.name] == value
    assert [c.value for c in counted.described[about.name]] == [text], (
        f"Found sessions are not counted by “{about.name}”. See search/results/facets.py."
    )


def test_a_filter_with_words_is_searched_by_removal(about: SessionField) -> None:
    """Each filter with free text is listed in `FILTERS_THAT_LOSE_WORDS`.

    Stored questions contain their filters. A removal must delete a session's words there, too.
    """
    assert not (about.facet and about.kind in TEXTS) or about.name in FILTERS_THAT_LOSE_WORDS, (
        f"Questions with the filter “{about.name}” keep words of a removed session. Mark the "
        "column `filters` of stored questions and searches in library/models/discovery.py with "
        "`holds_words(...)`, add a test of the removal, and list the field in "
        "`FILTERS_THAT_LOSE_WORDS` of this test."
    )


def test_words_of_a_field_are_removed_with_the_session(
    library: Library, built: Built, about: SessionField
) -> None:
    """A removal deletes the text of each free-text field.

    Its database column is marked with `holds_words`. A change of the field sets the session's
    `described_at`.
    """
    shortened = [
        column.key
        for model, column in word_marks.with_effect(word_marks.OnRedaction.SHORTENED)
        if model is MentoringSession
    ]
    holds_words = about.name in shortened
    assert holds_words is (about.kind in TEXTS), (
        f"“{about.name}” can hold words of people. Mark its column in library/models/sessions.py "
        "with `info=holds_words(OnRedaction.SHORTENED)`, so that removal and redaction reach it."
    )
    if not holds_words:
        return
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        session.described_at = None
        setattr(session, about.name, "Changed")
        assert session.described_at is not None, (
            f"A change of “{about.name}” is not noted. Add it to `@validates` of "
            "`MentoringSession` in library/models/sessions.py."
        )
        setattr(session, about.name, EXAMPLES[about.name])
        sessions.remove(db, session)
        assert EXAMPLES[about.name] not in getattr(session, about.name), (
            f"A removed session still has its “{about.name}”. See `remove` in "
            "library/sessions/sessions.py."
        )
