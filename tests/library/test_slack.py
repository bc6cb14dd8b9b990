"""What is left between the cells of a database's pages is overwritten, and nothing else."""

import os
import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.slack import Slack

TOKEN = re.compile(rb"word\d{5}x[0-9a-f]{8}")
TABLES = """
CREATE TABLE said (id INTEGER PRIMARY KEY, title TEXT, text TEXT);
CREATE INDEX ix_said ON said (title);
CREATE TABLE kept (name TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
"""
PATIENCE = 300  # milliseconds


class Diary:
    """A database in which words come and go by chance."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.slack: Slack | None = None
        self.db = connect(path)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.executescript(TABLES)
        self.number = 0

    def live(self, changes: int) -> None:
        """Words are written, written over and taken out, in rows of all lengths."""
        self.db.execute("BEGIN IMMEDIATE")
        for _ in range(changes):
            self.chance.choice([self._say, self._say, self._say_again, self._keep, self._forget])()
        self.db.execute("COMMIT")

    def words(self) -> set[bytes]:
        """Every word that its rows hold."""
        rows = self.db.execute("SELECT text FROM said UNION ALL SELECT name FROM kept")
        return {found for (text,) in rows for found in TOKEN.findall(text.encode())}

    def on_disk(self) -> set[bytes]:
        """Every word that its file holds."""
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return set(TOKEN.findall(content_of(self.path)))

    def clear(self) -> bool:
        """Overwrite what is left."""
        self.slack = self.slack or Slack(self.path)
        return self.slack.clear(PATIENCE)

    def close(self) -> None:
        """Let go of the file, SQLite first."""
        self.db.close()
        if self.slack is not None:
            self.slack.close()

    def _word(self) -> str:
        self.number += 1
        return f"word{self.number:05}x{self.chance.randrange(2**32):08x}"

    def _say(self) -> None:
        word = self._word()
        title = word if self.chance.random() < 0.5 else None
        row = (self.chance.choice([None, self.chance.randrange(1, 9000)]), title, self._long(word))
        self.db.execute("INSERT OR IGNORE INTO said VALUES (?, ?, ?)", row)

    def _say_again(self) -> None:
        word = self._word()
        self.db.execute(
            "UPDATE said SET title = ?, text = ? WHERE id = (SELECT id FROM said "
            "ORDER BY abs(id - ?) LIMIT 1)",
            (word, self._long(word), self.chance.randrange(9000)),
        )

    def _keep(self) -> None:
        word = self._word()
        self.db.execute("INSERT INTO kept VALUES (?, ?)", (word, self._long(word).encode()))

    def _forget(self) -> None:
        first, count = self.chance.randrange(9000), self.chance.choice([1, 3, 300])
        self.db.execute("DELETE FROM said WHERE id BETWEEN ? AND ?", (first, first + count))
        self.db.execute(
            "DELETE FROM kept WHERE name IN (SELECT name FROM kept ORDER BY name LIMIT ?)",
            (count % 7,),
        )

    def _long(self, word: str) -> str:
        return f"{word} " * self.chance.choice([1, 1, 2, 3, 30, 400])


def connect(path: Path) -> sqlite3.Connection:
    """A connection that overwrites what it deletes, as the library's do."""
    opened = sqlite3.connect(path, isolation_level=None)
    opened.execute("PRAGMA secure_delete=ON")
    return opened


def content_of(path: Path) -> bytes:
    """A file's bytes; read by a process of its own, for closing it here would drop locks."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        with os.fdopen(writing, "wb") as out:
            out.write(path.read_bytes())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as found:
        content = found.read()
    os.waitpid(child, 0)
    return content


@pytest.fixture(params=range(2))
def diary(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Diary]:
    """A database of some hundred changes, in which something is left behind."""
    opened = Diary(tmp_path / "diary.db", request.param)
    while not opened.on_disk() - opened.words():
        opened.live(60)
    yield opened
    opened.close()


def test_words_that_no_row_holds_are_in_no_byte(diary: Diary) -> None:
    """Again and again, while rows come and go; every row stays, and SQLite finds no fault."""
    for _ in range(8):
        before = diary.db.execute("SELECT * FROM said ORDER BY id").fetchall()

        assert diary.clear()

        assert diary.on_disk() == diary.words()
        assert diary.db.execute("SELECT * FROM said ORDER BY id").fetchall() == before
        assert diary.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        diary.live(60)


def test_who_read_the_pages_before_does_not_bring_them_back(diary: Diary) -> None:
    """A reader that remembers pages with their gaps writes into each of them afterwards."""
    reader = connect(diary.path)
    reader.execute("PRAGMA cache_size=-65536")
    reader.execute("SELECT sum(length(text)), count(title) FROM said").fetchone()
    reader.execute("SELECT sum(length(content)) FROM kept").fetchone()

    assert diary.clear()
    reader.execute("UPDATE said SET id = id + 10000")
    reader.close()

    assert diary.on_disk() == diary.words()


def test_nothing_is_touched_while_somebody_writes(diary: Diary) -> None:
    """It says that it could not; the writer's words are kept."""
    writer = connect(diary.path)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO said VALUES (20000, NULL, 'word99999x00000000')")

    cleared = diary.clear()
    writer.execute("COMMIT")
    writer.close()

    assert not cleared
    assert b"word99999x00000000" in diary.words()
    assert diary.clear()
