"""Add language and kind of passages."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

# The language of the transcript version, else that of the session, without script and region.
LANGUAGES = """
    WITH known AS (
        SELECT v.id, lower(CASE WHEN v.language != '' THEN v.language ELSE m.language END) AS tag
        FROM transcript_version v
        JOIN source ON source.id = v.source_id
        JOIN mentoring_session m ON m.id = source.session_id
    )
    UPDATE passage SET language = (
        SELECT CASE WHEN instr(tag, '-') THEN substr(tag, 1, instr(tag, '-') - 1) ELSE tag END
        FROM known WHERE known.id = passage.version_id
    )
"""
NORWEGIAN = "UPDATE passage SET language = 'no' WHERE language IN ('nb', 'nn')"


def upgrade() -> None:
    op.add_column("passage", _column("language", 12, ""))
    op.add_column("passage", _column("kind", 20, "speech"))
    op.execute(LANGUAGES)
    op.execute(NORWEGIAN)


def downgrade() -> None:
    with op.batch_alter_table("passage") as table:
        table.drop_column("kind")
        table.drop_column("language")


def _column(name: str, length: int, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)
