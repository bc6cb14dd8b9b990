"""Tests of column marks, which say whether a database column holds words of people."""

import pytest
from sqlalchemy import JSON, Column, Enum, LargeBinary, MetaData, String, Table

from library.models import Base, MentoringSession, word_marks
from library.models.word_marks import HOLDS_WORDS, MARK, NO_WORDS, OnRedaction

EFFECTS = [effect for effect in OnRedaction if effect is not OnRedaction.OWN_CODE]


def unmarked(metadata):
    """Return the columns of text, JSON or bytes that have no mark, as "table.column"."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON | LargeBinary)
        and not isinstance(column.type, Enum)
        and MARK not in column.info
    ]


def test_every_column_of_words_is_marked():
    """Each database column of text, JSON or bytes has a mark.

    A new column in `library/models/` gets `info=HOLDS_WORDS` if it holds words of people in a
    session, or data made from such words. It gets `info=holds_words(...)` if a redaction shortens
    the words, or if other people can quote a session in it. All other columns get
    `info=NO_WORDS`.
    """
    assert unmarked(Base.metadata) == []


def test_a_column_without_a_mark_is_named():
    """A column of text, JSON or bytes needs a mark. A number or an enumeration needs none."""
    metadata = MetaData()
    Table(
        "remark",
        metadata,
        Column("text", String),
        Column("pieces", JSON, info={"other": "note"}),
        Column("sound", LargeBinary),
        Column("said", String, info=HOLDS_WORDS),
        Column("language", String, info=NO_WORDS),
        Column("state", Enum(OnRedaction)),
    )

    assert unmarked(metadata) == ["remark.text", "remark.pieces", "remark.sound"]


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_redaction_finds_the_rows_that_it_changes(effect):
    """A table that a redaction changes refers to a session or to a source.

    If the redaction deletes whole rows, the table refers to a source.
    """
    found = list(word_marks.with_effect(effect))

    assert found
    for model, column in found:
        own = {"source_id"} if effect is OnRedaction.ROW_GOES else {"session_id", "source_id"}
        named = own & {attribute.key for attribute in model.__mapper__.column_attrs}
        assert model is MentoringSession or named, column


def test_columns_that_can_quote_have_an_author_and_a_time():
    """Each text that may quote a session is read with its author and its time.

    Columns whose rows are deleted come before columns whose text is shortened.
    """
    found = word_marks.quoting_columns()

    for quoting in found:
        *_, author, written, column = quoting.query().selected_columns
        assert column.name == quoting.column.key
        assert author.references(Base.metadata.tables["person"].c.id) or author.name == "actor_id"
        assert isinstance(written.type, type(Base.metadata.tables["person"].c.created_at.type))
    deletes_rows = [quoting.rule.row_goes for quoting in found]
    assert deletes_rows == sorted(deletes_rows, reverse=True)


def test_a_column_is_emptied_by_its_type():
    """An emptied column is NULL if that is allowed, else an empty text."""
    assert word_marks.empty_value(MentoringSession.description) == ""
    emptied = {column.key: word_marks.empty_value(column) for _, column in EMPTIED}
    assert emptied == {"filename": "", "capture": None}


EMPTIED = list(word_marks.with_effect(OnRedaction.EMPTIED))
