"""Add nested collections, covers of collections, and picks."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQLite, only this statement adds a foreign key to a table that others refer to.
    op.execute(
        "ALTER TABLE collection ADD COLUMN parent_id INTEGER "
        "CONSTRAINT fk_collection_parent_id_collection "
        "REFERENCES collection (id)"
    )
    op.create_index(op.f("ix_collection_parent_id"), "collection", ["parent_id"])
    op.add_column("collection", sa.Column("cover_sha256", sa.String(length=64), nullable=True))
    op.add_column("collection", sa.Column("cover_media_type", sa.String(length=40), nullable=True))
    op.add_column(
        "collection", sa.Column("cover_words", sa.String(), nullable=False, server_default="")
    )
    op.create_table(
        "collection_pick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("start", sa.Double(), nullable=True),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name=op.f("fk_collection_pick_collection_id_collection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_collection_pick_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_collection_pick_person_id_person"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_pick")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_collection_pick_collection_id"), "collection_pick", ["collection_id"])
    op.create_index(op.f("ix_collection_pick_source_id"), "collection_pick", ["source_id"])


def downgrade() -> None:
    op.drop_table("collection_pick")
    for column in ("cover_words", "cover_media_type", "cover_sha256"):
        op.drop_column("collection", column)
    op.drop_index(op.f("ix_collection_parent_id"), "collection")
    op.execute("ALTER TABLE collection DROP COLUMN parent_id")
