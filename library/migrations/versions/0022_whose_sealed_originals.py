"""Add the source of each sealed original, so that one source can be taken back alone."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQLite, only this statement adds a foreign key to a table that others refer to.
    op.execute(
        "ALTER TABLE sealed_original ADD COLUMN source_id INTEGER "
        "CONSTRAINT fk_sealed_original_source_id_source "
        "REFERENCES source (id) ON DELETE SET NULL"
    )
    op.create_index(op.f("ix_sealed_original_source_id"), "sealed_original", ["source_id"])
    # If only one source of a session has redactions, the sealed original is of that source.
    op.execute(
        "UPDATE sealed_original SET source_id = ("
        "SELECT min(redaction.source_id) FROM redaction "
        "JOIN source ON source.id = redaction.source_id "
        "WHERE source.session_id = sealed_original.session_id "
        "HAVING count(DISTINCT redaction.source_id) = 1)"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sealed_original_source_id"), "sealed_original")
    with op.batch_alter_table("sealed_original") as batch:
        batch.drop_constraint(op.f("fk_sealed_original_source_id_source"), type_="foreignkey")
        batch.drop_column("source_id")
