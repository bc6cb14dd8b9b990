"""Add trash, retention, legal holds, and a table for texts that belong to audit events."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mentoring_session", sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True)
    )
    for table in ("mentoring_session", "collection"):
        op.add_column(table, sa.Column("hold", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("collection", sa.Column("keep_years", sa.Integer(), nullable=True))
    op.create_table(
        "audit_words",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["audit_event.id"],
            name=op.f("fk_audit_words_event_id_audit_event"),
        ),
        sa.PrimaryKeyConstraint("event_id", "name", name=op.f("pk_audit_words")),
    )


def downgrade() -> None:
    op.drop_table("audit_words")
    op.drop_column("collection", "keep_years")
    for table in ("mentoring_session", "collection"):
        op.drop_column(table, "hold")
    op.drop_column("mentoring_session", "trashed_at")
