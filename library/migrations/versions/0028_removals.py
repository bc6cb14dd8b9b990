"""Add removals, with the deadline for erasure from the disk and the time of completion."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("copies", sa.JSON(), nullable=False),
        sa.Column("uploads", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_removal_receipt_id"), "removal", ["receipt_id"])
    op.create_index(op.f("ix_removal_completed_at"), "removal", ["completed_at"])
    op.add_column("erasure", sa.Column("removal_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_erasure_removal_id"), "erasure", ["removal_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasure_removal_id"), "erasure")
    op.drop_column("erasure", "removal_id")
    op.drop_index(op.f("ix_removal_completed_at"), "removal")
    op.drop_index(op.f("ix_removal_receipt_id"), "removal")
    op.drop_table("removal")
