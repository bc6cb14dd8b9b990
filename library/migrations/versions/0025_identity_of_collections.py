"""Add an identity for each collection, by which imports recognise the collection."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "collection", sa.Column("uid", sa.String(length=32), nullable=False, server_default="")
    )
    connection = op.get_bind()
    taken: set[str] = set()
    rows = connection.execute(sa.text("SELECT id, created_at FROM collection ORDER BY id")).all()
    for row in rows:
        # The identity is a hash of the creation time, which exports contain, also of earlier
        # versions. So the same collection gets the same identity in every library.
        uid = hashlib.sha256(str(row.created_at).encode()).hexdigest()[:32]
        if uid in taken:
            uid = hashlib.sha256(f"{row.created_at}|{row.id}".encode()).hexdigest()[:32]
        taken.add(uid)
        connection.execute(
            sa.text("UPDATE collection SET uid = :uid WHERE id = :id"), {"uid": uid, "id": row.id}
        )
    op.create_index("ix_collection_uid", "collection", ["uid"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_collection_uid", "collection")
    op.drop_column("collection", "uid")
