"""Add names and words to a collection as hints for speech recognition in its sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "collection", sa.Column("vocabulary", sa.String(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("collection", "vocabulary")
