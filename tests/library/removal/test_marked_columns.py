"""Tests of removals: they delete words from each database column that is marked for words.

Covers: quoted_words, quotation_scan.
"""

import json
import subprocess
import sys
from itertools import count

import pytest
from sqlalchemy import JSON, LargeBinary, String, cast, func, insert, select, update

from library.consent import ledger
from library.models import Base, MentoringSession, Passage, Source, now, word_marks
from library.models.word_marks import MARK, OnRedaction
from library.removal import redaction, take_back
from library.removal.redaction import TimeRange
from tests.builders import add_session
from tests.paths import ROOT
from tests.remains import left_in

SECRET = "zanzibarflamingo"
PHRASE = f"{SECRET} opened the green gate"
MADE_OF_WORDS = {
    "embedding.vector",
    "missed_question.vector",
    "segment.speaker",
    "speaker_identity.label",
    "segment.words",
}
"""Marked columns into which the tests write no text: vectors, labels and times of words."""
HASHES = ("sha256", "sound")


class Filler:
    """Writer of rows for any table, with a known phrase in some of the columns."""

    def __init__(self, db, person_id):
        self.db, self.person_id = db, person_id
        self.numbers = count(1)
        rules = [quoting.rule for quoting in word_marks.quoting_columns()]
        self.rules = {name for rule in rules for name in (rule.author, rule.written)}

    def add(self, table, ids, with_phrase):
        """Insert a row and return the first value of its primary key.

        *ids* has values by column name. Columns in *with_phrase* get the phrase.
        """
        row = {c.name: self.value(table, c, ids, with_phrase) for c in table.columns}
        row = {name: value for name, value in row.items() if value is not None}
        return self.db.execute(insert(table).values(row)).inserted_primary_key[0]

    def value(self, table, column, ids, with_phrase):
        """Return the value for a column of a new row, or None if the database sets it."""
        needed = {column.name, f"{table.name}.{column.name}"} & self.rules
        if column.name in with_phrase:
            return phrase_as(column)
        if column.name in ids:
            return ids[column.name]
        if not needed and (column.nullable or column.default is not None):
            return None
        return self.required(table, column, ids)

    def required(self, table, column, ids):
        """Return a value for a required column, or None for a key that the database sets."""
        for key in column.foreign_keys:
            return self.parent(key.column.table, ids)
        if column.name == "actor_id":
            return self.person_id
        counted = column.primary_key and column.type.python_type is int
        return None if counted and len(table.primary_key) == 1 else self.plain(column)

    def parent(self, table, ids):
        """Return the key of a row to which a new row refers. Add that row if it is missing."""
        if table.name == "person":
            return self.person_id
        (key,) = table.primary_key
        return self.db.scalar(select(func.max(key))) or self.add(table, ids, set())

    def plain(self, column):
        """Return a value of the column's type that does not contain the phrase."""
        if hasattr(column.type, "enum_class") and column.type.enum_class:
            return next(iter(column.type.enum_class))
        kinds = {
            str: lambda: f"x{next(self.numbers)}",
            int: lambda: next(self.numbers),
            float: lambda: 1.0,
        }
        return kinds.get(column.type.python_type, now)()


def phrase_as(column):
    """Return the phrase as a value of the type of a column."""
    if isinstance(column.type, JSON):
        return {"said": [PHRASE]}
    return PHRASE.encode() if isinstance(column.type, LargeBinary) else PHRASE


def marked(table, *, quoting=False):
    """Return the names of a table's columns that hold words as text.

    If *quoting* is set, return only columns in which other people can quote a session.
    """
    marks = {c.name: c.info.get(MARK) for c in table.columns}
    return {
        name
        for name, mark in marks.items()
        if mark is not None
        and (mark.quoting is not None or not quoting)
        and not name.endswith(HASHES)
        and f"{table.name}.{name}" not in MADE_OF_WORDS
    }


def ids_of(built):
    """Return the ids of a session, its source, its version and its passage by column name."""
    return {
        "session_id": built.session_id,
        "source_id": built.source_id,
        "version_id": built.version_id,
        "base_id": built.version_id,
        "passage_id": built.passage_ids[0],
    }


def holding(library):
    """Return the marked columns that contain the phrase, as "table.column"."""
    with library.reading() as db:
        return {
            f"{model.__tablename__}.{column.key}"
            for model, column, _ in word_marks.held()
            if db.scalar(
                select(func.count()).select_from(model).where(cast(column, String).contains(SECRET))
            )
        }


@pytest.fixture
def talk(library, mentor):
    """Session with the phrase in every marked column.

    Rows of another session quote the phrase.
    """
    library.forget_passages = list
    other = add_session(library, owner=mentor, content=b"another sound")
    lines = [("Ada", f"The {PHRASE} again."), ("Ada", "Then it closed.")]
    built = add_session(library, owner=mentor, lines=lines, content=b"sound")
    with library.transaction() as db:
        filler = Filler(db, mentor.id)
        filled = {t.name for t in Base.metadata.sorted_tables if db.scalar(select(t).limit(1))}
        for table in Base.metadata.sorted_tables:
            if table.name not in filled and marked(table):
                filler.add(table, ids_of(built), marked(table))
                if marked(table, quoting=True):
                    filler.add(table, ids_of(other), marked(table, quoting=True))
        made = ((MentoringSession, built.session_id), (Source, built.source_id))
        for model, key in (*made, (Passage, built.passage_ids[0])):
            table = model.__table__
            values = {name: phrase_as(table.c[name]) for name in marked(table)}
            db.execute(update(table).where(table.c.id == key).values(values))
        ledger.record(db, mentor.viewer, "waived", session_id=None, person_id=None, reason=PHRASE)
    return built


def texts():
    """Return the marked columns that hold text, as "table.column"."""
    tables = Base.metadata.sorted_tables
    return {f"{table.name}.{name}" for table in tables for name in marked(table)}


def test_a_take_back_reaches_every_marked_column(library, mentor, talk):
    """Taking back a session deletes the phrase from every marked column and from all files."""
    before = holding(library)

    take_back.take_back(library, mentor.viewer, talk.session_id)

    assert texts() - before == set(), "the test wrote no phrase into these columns"
    assert holding(library) == set()
    assert left_in(library, SECRET) == []


def test_a_redaction_reaches_the_columns_whose_marks_say_so(library, mentor, talk):
    """A redaction deletes the phrase from quotations and from columns with a mark for redactions.

    Columns with the mark `OWN_CODE` are changed by other code, which has tests of its own.
    """
    before = holding(library)

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 0.0, 9.0))

    reached = {
        f"{model.__tablename__}.{column.key}"
        for model, column, mark in word_marks.held()
        if mark.on_redaction is not OnRedaction.OWN_CODE or mark.quoting is not None
    }
    assert len(reached & before) > 15
    assert reached & holding(library) == set()


NEW_COLUMNS = """
import json, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import ForeignKey, String, select, text
from sqlalchemy.orm import Mapped, mapped_column
from library.models import Base, MentoringSession, Role, now
from library.models.word_marks import HOLDS_WORDS, OnRedaction, Quoting, holds_words
from library.removal import redaction, take_back
from library.removal.redaction import TimeRange
from library.settings import Settings
from library.store import open_library
from tests.builders import add_account, add_session
from tests.remains import left_in

home, phrase, secret = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

MentoringSession.summary = mapped_column(
    String, default="", nullable=False, info=holds_words(OnRedaction.SHORTENED)
)

class Card(Base):
    __tablename__ = "card"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(info=holds_words(OnRedaction.SHORTENED))

class Remark(Base):
    __tablename__ = "remark"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("mentoring_session.id"))
    text: Mapped[str] = mapped_column(info=HOLDS_WORDS)

class Letter(Base):
    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    text: Mapped[str] = mapped_column(
        info=holds_words(quoting=Quoting(author="person_id", written="at"))
    )

library = open_library(Settings(home=home))
library.forget_passages = list
with library.transaction() as db:
    db.execute(text("ALTER TABLE mentoring_session ADD COLUMN summary VARCHAR NOT NULL DEFAULT ''"))
    for model in (Card, Remark, Letter):
        model.__table__.create(db.connection())
ada = add_account(library, "Ada Mentor", Role.MENTOR)
lines = [("Ada", f"The {phrase} again."), ("Ada", "Then it closed.")]
built = add_session(library, owner=ada, lines=lines, content=b"sound")
with library.transaction() as db:
    db.get(MentoringSession, built.session_id).summary = phrase
    db.add(Card(source_id=built.source_id, text=phrase))
    db.add(Remark(session_id=built.session_id, text=phrase))
    db.add(Letter(person_id=ada.id, text=f"You say that {phrase}."))

def told():
    columns = (Card.text, Remark.text, Letter.text, MentoringSession.summary)
    with library.reading() as db:
        return {column.class_.__tablename__: db.scalar(select(column)) for column in columns}

redaction.redact(library, ada.viewer, TimeRange(built.source_id, 0.0, 9.0))
redacted = told()
take_back.take_back(library, ada.viewer, built.session_id)
print(json.dumps([redacted, told(), left_in(library, secret)]))
"""


def test_a_new_column_is_reached_by_its_mark_alone(tmp_path):
    """Text in a new database column is removed because of the mark of the column alone.

    The new columns belong to a session, to a source, and to a person who can quote the session.
    """
    command = [sys.executable, "-c", NEW_COLUMNS, str(tmp_path), PHRASE, SECRET]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    redacted, taken_back, left = json.loads(done.stdout)
    assert (redacted["card"], redacted["letter"]) == ("\u2026", "You say that \u2026.")
    assert taken_back == {
        "card": None,
        "remark": None,
        "letter": "You say that \u2026.",
        "mentoring_session": "",
    }
    assert left == []
