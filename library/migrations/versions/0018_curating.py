"""Add bulk edits, merges of people, pinned answers, and alerts about saved searches."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = (
    "unsubscribe_link",
    "told_moment",
    "pinned_passage",
    "pinned_question",
    "pinned_answer",
    "distinct_people",
    "person_merge",
    "bulk_change",
    "bulk_edit",
)
INDEXED = (
    ("bulk_edit", "person_id"),
    ("bulk_change", "session_id"),
    ("person_merge", "kept_id"),
    ("person_merge", "gone_id"),
    ("distinct_people", "other_id"),
    ("pinned_answer", "made_by"),
    ("pinned_question", "pin_id"),
    ("pinned_question", "folded"),
    ("pinned_passage", "passage_id"),
    ("pinned_passage", "source_id"),
    ("told_moment", "source_id"),
    ("unsubscribe_link", "search_id"),
)


def upgrade() -> None:
    rhythm = sa.Column("rhythm", sa.String(length=20), nullable=False, server_default="never")
    op.add_column("saved_search", rhythm)
    op.add_column("saved_search", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    told = sa.Column("told_passage", sa.Integer(), nullable=False, server_default="0")
    op.add_column("saved_search", told)
    _bulk_edits()
    _people()
    _pins()
    _letters()
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _bulk_edits() -> None:
    op.create_table(
        "bulk_edit",
        _number("id"),
        _number("person_id", nullable=True),
        _moment("made_at"),
        sa.Column("wishes", sa.JSON(), nullable=False),
        _moment("undone_at", nullable=True),
        _leads_to("bulk_edit", "person_id", "person", "SET NULL"),
        _key("bulk_edit", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bulk_change",
        _number("edit_id"),
        _number("session_id"),
        sa.Column("field", sa.String(length=20), nullable=False),
        _number("number"),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        _leads_to("bulk_change", "edit_id", "bulk_edit", "CASCADE"),
        _leads_to("bulk_change", "session_id", "mentoring_session", "CASCADE"),
        _key("bulk_change", "edit_id", "session_id", "field", "number"),
    )


def _people() -> None:
    op.create_table(
        "person_merge",
        _number("id"),
        _number("kept_id"),
        _number("gone_id"),
        _number("made_by", nullable=True),
        _moment("made_at"),
        _moment("undone_at", nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        _leads_to("person_merge", "kept_id", "person", "CASCADE"),
        _leads_to("person_merge", "gone_id", "person", "CASCADE"),
        _leads_to("person_merge", "made_by", "person", "SET NULL"),
        _key("person_merge", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "distinct_people",
        _number("one_id"),
        _number("other_id"),
        _leads_to("distinct_people", "one_id", "person", "CASCADE"),
        _leads_to("distinct_people", "other_id", "person", "CASCADE"),
        _key("distinct_people", "one_id", "other_id"),
    )


def _pins() -> None:
    op.create_table(
        "pinned_answer",
        _number("id"),
        _number("made_by", nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.Column("note", sa.String(), nullable=False),
        _leads_to("pinned_answer", "made_by", "person", "SET NULL"),
        _key("pinned_answer", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pinned_question",
        _number("id"),
        _number("pin_id"),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        _leads_to("pinned_question", "pin_id", "pinned_answer", "CASCADE"),
        _key("pinned_question", "id"),
    )
    op.create_table(
        "pinned_passage",
        _number("pin_id"),
        _number("position"),
        _number("passage_id"),
        _number("source_id"),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        _leads_to("pinned_passage", "pin_id", "pinned_answer", "CASCADE"),
        _leads_to("pinned_passage", "source_id", "source", "CASCADE"),
        _key("pinned_passage", "pin_id", "position"),
    )


def _letters() -> None:
    op.create_table(
        "told_moment",
        _number("search_id"),
        _number("source_id"),
        sa.Column("first", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        _leads_to("told_moment", "search_id", "saved_search", "CASCADE"),
        _leads_to("told_moment", "source_id", "source", "CASCADE"),
        _key("told_moment", "search_id", "source_id", "first"),
    )
    op.create_table(
        "unsubscribe_link",
        _number("id"),
        _number("search_id"),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _moment("created_at"),
        _leads_to("unsubscribe_link", "search_id", "saved_search", "CASCADE"),
        _key("unsubscribe_link", "id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unsubscribe_link_token_hash")),
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)  # type: ignore[arg-type]


def _leads_to(table: str, column: str, to: str, then: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=then)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for column in ("rhythm", "told_at", "told_passage"):
        op.drop_column("saved_search", column)
