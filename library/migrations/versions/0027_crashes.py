"""Add the number of times that a recording crashed the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"))
