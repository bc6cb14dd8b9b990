"""Add reviews, review dates and replacements of sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "collection", sa.Column("reviewed", sa.Boolean(), nullable=False, server_default="0")
    )
    op.add_column("mentoring_session", sa.Column("review_by", sa.Date(), nullable=True))
    op.create_index(op.f("ix_mentoring_session_review_by"), "mentoring_session", ["review_by"])
    op.create_table(
        "review",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _leads_to("review", "session_id", "mentoring_session", "CASCADE"),
        _leads_to("review", "reviewer_id", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_review")),
    )
    for column in ("reviewer_id", "state"):
        op.create_index(op.f(f"ix_review_{column}"), "review", [column])
    op.create_table(
        "review_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        _leads_to("review_event", "session_id", "mentoring_session", "CASCADE"),
        _leads_to("review_event", "person_id", "person", "SET NULL"),
        _leads_to("review_event", "to_id", "person", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_event")),
        sqlite_autoincrement=True,
    )
    for column in ("session_id", "person_id", "to_id"):
        op.create_index(op.f(f"ix_review_event_{column}"), "review_event", [column])
    op.create_table(
        "replacement",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        _leads_to("replacement", "session_id", "mentoring_session", "CASCADE"),
        _leads_to("replacement", "by_id", "mentoring_session", "CASCADE"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_replacement")),
    )
    op.create_index(op.f("ix_replacement_by_id"), "replacement", ["by_id"])


def _leads_to(table: str, column: str, to: str, then: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=then)


def downgrade() -> None:
    op.drop_table("replacement")
    op.drop_table("review_event")
    op.drop_table("review")
    op.drop_index(op.f("ix_mentoring_session_review_by"), "mentoring_session")
    op.drop_column("mentoring_session", "review_by")
    op.drop_column("collection", "reviewed")
