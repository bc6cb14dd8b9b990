"""Add lines of the removal record, and an identity of the library."""

import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recorded_removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_removal")),
        sa.UniqueConstraint("uid", name=op.f("uq_recorded_removal_uid")),
        sqlite_autoincrement=True,
    )
    identity = sa.text("INSERT INTO service_setting (name, value) VALUES ('library_id', :value)")
    op.get_bind().execute(identity, {"value": json.dumps(secrets.token_hex(16))})
