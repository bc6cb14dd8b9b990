"""Add the progress of a bulk edit and of its undo."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bulk_edit", sa.Column("sessions", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("bulk_change", sa.Column("put_back", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE bulk_edit SET sessions = (SELECT count(DISTINCT session_id) FROM bulk_change "
        "WHERE edit_id = bulk_edit.id)"
    )
    op.execute(
        "UPDATE bulk_change SET put_back = 1 WHERE edit_id IN "
        "(SELECT id FROM bulk_edit WHERE undone_at IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_column("bulk_change", "put_back")
    op.drop_column("bulk_edit", "sessions")
