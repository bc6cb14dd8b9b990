"""Add the time of the last change of a session's title or description."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mentoring_session", sa.Column("described_at", sa.DateTime(timezone=True)))
