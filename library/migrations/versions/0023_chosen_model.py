"""Add the Whisper model that a person chose for a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "source",
        sa.Column("whisper_model", sa.String(length=200), nullable=False, server_default=""),
    )
