"""Add marks on passages: saved, helped and tried."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("start", sa.Double(), nullable=True),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("folder", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _reference("person_id", "person", ondelete="CASCADE"),
        _reference("source_id", "source", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_mark")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passage_mark_person_id_kind", "passage_mark", ["person_id", "kind"])
    op.create_index("ix_passage_mark_source_id", "passage_mark", ["source_id"])


def downgrade() -> None:
    op.drop_table("passage_mark")


def _reference(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_passage_mark_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)
