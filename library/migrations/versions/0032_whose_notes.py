"""Add the person who added a note to another person's session."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQLite, only this statement adds a foreign key to a table that others refer to.
    op.execute(
        "ALTER TABLE source ADD COLUMN added_by INTEGER "
        "CONSTRAINT fk_source_added_by_person REFERENCES person (id) ON DELETE SET NULL"
    )
    op.create_index(op.f("ix_source_added_by"), "source", ["added_by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_source_added_by"), "source")
    with op.batch_alter_table("source") as batch:
        batch.drop_constraint(op.f("fk_source_added_by_person"), type_="foreignkey")
        batch.drop_column("added_by")
