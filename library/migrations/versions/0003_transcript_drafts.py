"""Add drafts of transcripts.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcript_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_transcript_draft_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_transcript_draft_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["base_id"],
            ["transcript_version.id"],
            name=op.f("fk_transcript_draft_base_id_transcript_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "source_id", name=op.f("pk_transcript_draft")),
    )
    op.create_index("ix_transcript_draft_source_id", "transcript_draft", ["source_id"])


def downgrade() -> None:
    op.drop_table("transcript_draft")
