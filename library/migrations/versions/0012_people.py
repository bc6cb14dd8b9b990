"""Add profiles and last days of people, join requests, and the person of a one-time link."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORDS = ("helps_with", "learns", "availability")


def upgrade() -> None:
    for name in WORDS:
        op.add_column("person", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("person", sa.Column("leaves_on", sa.Date(), nullable=True))
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
        sa.UniqueConstraint("email", name=op.f("uq_join_request_email")),
    )
    with op.batch_alter_table("one_time_link") as batch:
        batch.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_one_time_link_person_id_person"),
            "person",
            ["person_id"],
            ["id"],
            ondelete="CASCADE",
        )
    op.create_index(op.f("ix_one_time_link_person_id"), "one_time_link", ["person_id"])
    op.execute(
        "UPDATE one_time_link SET person_id = CAST(substr(purpose, 14) AS INTEGER) "
        "WHERE purpose LIKE 'set-password:%' "
        "AND CAST(substr(purpose, 14) AS INTEGER) IN (SELECT id FROM person)"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_one_time_link_person_id"), "one_time_link")
    with op.batch_alter_table("one_time_link") as batch:
        batch.drop_constraint(op.f("fk_one_time_link_person_id_person"), type_="foreignkey")
        batch.drop_column("created_at")
        batch.drop_column("person_id")
    op.drop_table("join_request")
    op.drop_column("person", "leaves_on")
    op.drop_column("person", "languages")
    for name in WORDS:
        op.drop_column("person", name)
