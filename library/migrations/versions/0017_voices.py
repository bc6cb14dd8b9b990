"""Add voice prints, and the consent of people to their voice prints."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voice_consent",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        _owned("voice_consent", "person"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_voice_consent")),
    )
    op.create_table(
        "voice_print",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _owned("voice_print", "person"),
        _owned("voice_print", "source"),
        sa.PrimaryKeyConstraint("person_id", "source_id", "model", name=op.f("pk_voice_print")),
    )
    op.create_index(op.f("ix_voice_print_source_id"), "voice_print", ["source_id"])
    op.create_table(
        "voice_proposal",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("voice", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        _owned("voice_proposal", "source"),
        _owned("voice_proposal", "person"),
        sa.PrimaryKeyConstraint("source_id", "voice", name=op.f("pk_voice_proposal")),
    )
    op.create_index(op.f("ix_voice_proposal_person_id"), "voice_proposal", ["person_id"])


def downgrade() -> None:
    for table in ("voice_proposal", "voice_print", "voice_consent"):
        op.drop_table(table)


def _owned(table: str, owner: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key `{owner}_id` of *table*, with deletion by cascade."""
    column = f"{owner}_id"
    name = op.f(f"fk_{table}_{column}_{owner}")
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=name, ondelete="CASCADE")
