"""Mapping of another library's rows to rows of this library, with new ids and foreign keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, insert, or_, select

from library.collections import tree
from library.models import Base, Collection, ConsentAnswer, Role
from library.preservation.export_library import EXPORTED_TABLES
from library.store import Transaction
from library.vocabulary import relations

UNNUMBERED = ("segment", "chapter", "redaction")  # no foreign key refers to their ids
ROWS_PER_STATEMENT = 500
IMPORTED_ANSWERS = frozenset({ConsentAnswer.DECLINED, ConsentAnswer.WITHDRAWN, ConsentAnswer.ASKED})
"""Answers that are imported for all people. Other answers counted for the other library only."""

Row = dict[str, Any]
SESSION = "mentoring_session"


def tables_of_sessions() -> list[str]:
    """Return the tables whose rows belong to one session, directly or through a source."""
    found = [SESSION]
    for name in EXPORTED_TABLES:
        if name != SESSION and any(target in found for target, _ in _owners(name)):
            found.append(name)
    return found


def _owners(name: str) -> Iterator[tuple[str, Any]]:
    """Yield each table to which *name* has a required foreign key, with the column of the key."""
    for column in Base.metadata.tables[name].columns:
        for key in column.foreign_keys:
            if not column.nullable:
                yield key.column.table.name, column


@dataclass
class NumberMap:
    """Map of another library's ids to ids in this library. None: the row is not imported."""

    numbers: dict[str, dict[int, int | None]] = field(
        default_factory=lambda: {name: {} for name in EXPORTED_TABLES}
    )
    known: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Ids of rows that were in this library before the import, by table."""

    moves: bool = False
    """Whether this library had no sessions before. Then all members and consent are imported."""

    def of(self, name: str, old: int | None) -> int | None:
        """Return the id in this library of row *old* of table *name*. None: it is not imported."""
        return self.numbers[name].get(old) if old is not None else None

    def bring(self, db: Transaction, name: str, rows: Sequence[Row]) -> None:
        """Insert *rows* of the table *name*. Tables to which they refer must be imported before."""
        table, unnumbered = Base.metadata.tables[name], []
        for row in rows:
            old = row.get("id")
            if old in self.numbers[name]:
                continue
            values = self._values(db, table, row)
            if values is None:
                if old is not None:
                    self.numbers[name][old] = None
                continue
            values.pop("id", None)
            if name in UNNUMBERED:
                unnumbered.append(values)
            elif old is not None:
                self.numbers[name][old] = self._number(db, table, values)
            elif not _is_here(db, table, values):
                db.execute(insert(table).values(values))
        for first in range(0, len(unnumbered), ROWS_PER_STATEMENT):
            db.execute(insert(table), unnumbered[first : first + ROWS_PER_STATEMENT])

    def nest(self, db: Transaction, rows: Iterable[Row]) -> None:
        """Put newly imported collections under their parents.

        Collections that this library had before are not moved: a move changes the roles of members.
        """
        for row in rows:
            here, above = self.of("collection", row["id"]), self.of("collection", row["parent_id"])
            collection = db.get(Collection, here or 0)
            if collection is None or above is None or self._is_known("collection", here):
                continue
            path = tree.path(db, db.get_one(Collection, above))
            if here not in {above, *(one.id for one in path)}:
                collection.parent_id = above
                db.flush()

    def _values(self, db: Transaction, table: Table, row: Row) -> Row | None:
        """Return the values of a row for this library, or None if the row is not imported."""
        if row.get("deleted_at") is not None or row.get("merged_into_id") is not None:
            return None
        values = dict(row)
        for column in table.columns:
            for key in column.foreign_keys:
                new = self.of(key.column.table.name, values[column.name])
                if new is None and not column.nullable:
                    return None
                values[column.name] = new
        if not self._may_come(table.name, values):
            return None
        if table.name in {"topic_broader", "topic_related"}:
            return _between_topics(db, table, values)
        return values

    def _is_known(self, name: str, number: int | None) -> bool:
        return not self.moves and number in self.known[name]

    def _may_come(self, name: str, values: Row) -> bool:
        """Return whether a row may be imported.

        An import must not add members to a collection that was in this library before. It must not
        add consent of a person who was in this library before.
        """
        if name == "collection_member":
            return not self._is_known("collection", values["collection_id"])
        if name == "speaker_release" and values["state"] not in IMPORTED_ANSWERS:
            return not self._is_known("person", values["person_id"])
        return True

    def _number(self, db: Transaction, table: Table, values: Row) -> int:
        """Return the id of the equal row in this library. Insert the row if none is equal."""
        same = _same(table, values)
        if same is not None:
            query = select(table.c.id).where(same).order_by(table.c.id).limit(1)
            if (found := db.scalar(query)) is not None:
                self.known[table.name].add(found)
                return int(found)
        if values.get("role") is Role.ADMIN:  # administrator of the other library only
            values["role"] = Role.MENTOR
        return int(db.scalars(insert(table).returning(table.c.id), [values]).one())


def _same(table: Table, values: Row) -> ColumnElement[bool] | None:
    """Return the SQL condition that finds the equal row in this library.

    Return None if rows of this table are never matched.
    """
    if table.name == "person":
        if values["email"]:
            return and_(table.c.email == values["email"])
        made = table.c.created_at == values["created_at"]  # a name alone is not an identity
        return and_(table.c.name == values["name"], made, table.c.email.is_(None))
    if table.name == "collection":
        return and_(table.c.uid == values["uid"])
    if table.name == "topic":
        return or_(table.c.folded == values["folded"], table.c.uri == values["uri"])
    return None


def _between_topics(db: Transaction, table: Table, values: Row) -> Row | None:
    """Return the values of a topic relation, or None if the relation would close a loop."""
    if table.name == "topic_related":
        one, other = sorted(values.values())
        return {"one_id": one, "other_id": other} if one != other else None
    narrower, broader = values["narrower_id"], values["broader_id"]
    return None if narrower in relations.above(db, broader) else values


def _is_here(db: Transaction, table: Table, values: Row) -> bool:
    same = [column == values[column.name] for column in table.primary_key]
    return db.execute(select(*table.primary_key).where(*same)).first() is not None


def rows_of_sessions(
    theirs: Transaction, session_ids: Sequence[int]
) -> Iterator[tuple[str, list[Row]]]:
    """Yield (table name, rows) for some sessions of another library, referenced tables first."""
    ids: dict[str, list[int]] = {SESSION: list(session_ids)}
    for name in tables_of_sessions():
        table = Base.metadata.tables[name]
        if name == SESSION:
            belongs = table.c.id.in_(session_ids)
        else:
            target, column = next(pair for pair in _owners(name) if pair[0] in ids)
            belongs = column.in_(ids[target])
        rows = plain_rows(theirs, table, belongs)
        if "id" in table.c:
            ids[name] = [row["id"] for row in rows]
        yield name, rows


def plain_rows(
    theirs: Transaction, table: Table, only: ColumnElement[bool] | None = None
) -> list[Row]:
    """Return the rows of a table as dictionaries."""
    query = table.select() if only is None else table.select().where(only)
    return [dict(row._mapping) for row in theirs.execute(query)]  # noqa: SLF001
