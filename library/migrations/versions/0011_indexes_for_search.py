"""Add database indexes for the segments of a passage and for searchable sessions."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_segment_version_id_ordinal", "segment", ["version_id", "ordinal"])
    op.drop_index("ix_segment_version_id", "segment")
    op.create_index("ix_source_state_session_id", "source", ["state", "session_id"])
    op.drop_index("ix_source_state", "source")


def downgrade() -> None:
    op.create_index("ix_source_state", "source", ["state"])
    op.drop_index("ix_source_state_session_id", "source")
    op.create_index("ix_segment_version_id", "segment", ["version_id"])
    op.drop_index("ix_segment_version_id_ordinal", "segment")
