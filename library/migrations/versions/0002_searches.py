"""Add search history, saved searches, and the positions of removed passages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passage_removal", sa.Column("source_id", sa.Integer(), nullable=True))
    op.add_column("passage_removal", sa.Column("start", sa.Double(), nullable=True))
    op.add_column("passage_removal", sa.Column("first_segment", sa.Integer(), nullable=True))
    op.create_index("ix_passage_removal_passage_id", "passage_removal", ["passage_id"])
    op.create_table(
        "asked_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_asked_question_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_question")),
    )
    op.create_index("ix_asked_question_person_id", "asked_question", ["person_id"])
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_saved_search_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
    )
    op.create_index("ix_saved_search_person_id", "saved_search", ["person_id"])


def downgrade() -> None:
    op.drop_table("saved_search")
    op.drop_table("asked_question")
    op.drop_index("ix_passage_removal_passage_id", "passage_removal")
    op.drop_column("passage_removal", "first_segment")
    op.drop_column("passage_removal", "start")
    op.drop_column("passage_removal", "source_id")
