"""Add OAI-PMH records for harvesters of other libraries."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "harvest_record",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("datestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_harvest_record")),
    )
    op.create_index("ix_harvest_record_datestamp", "harvest_record", ["datestamp"])
    op.create_table(
        "harvest_set",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["harvest_record.session_id"],
            name=op.f("fk_harvest_set_session_id_harvest_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "collection_id", name=op.f("pk_harvest_set")),
    )
    op.create_index("ix_harvest_set_collection_id", "harvest_set", ["collection_id"])


def downgrade() -> None:
    op.drop_table("harvest_set")
    op.drop_table("harvest_record")
