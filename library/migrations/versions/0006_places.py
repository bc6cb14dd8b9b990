"""Add the position of a paragraph in the document from which it was read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "segment", sa.Column("place", sa.String(length=40), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("segment", "place")
