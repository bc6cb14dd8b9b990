"""Add identities of speakers in notes, and hold the release if a speaker is not confirmed."""

import sqlalchemy as sa
from alembic import op

from library.consent.speaker_labels import names_a_person

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

NAMED = """
    INSERT OR IGNORE INTO speaker_identity
        (source_id, label, person_id, origin, confirmed_by, confirmed_at)
    SELECT v.source_id, s.speaker, min(s.person_id),
        CASE WHEN min(v.author_id IS NOT NULL) THEN 'editor' ELSE 'file' END,
        CASE WHEN min(v.author_id IS NOT NULL) THEN min(v.author_id) END,
        CASE WHEN min(v.author_id IS NOT NULL) THEN min(v.created_at) END
    FROM segment s
    JOIN transcript_version v ON v.id = s.version_id
    JOIN source ON source.id = v.source_id
    WHERE source.kind = 'note' AND s.speaker != '' AND s.person_id IS NOT NULL
    GROUP BY v.source_id, s.speaker
"""
SPOKEN = """
    SELECT DISTINCT m.id AS session, source.id AS source, m.owner_id AS owner, s.speaker AS label,
        i.person_id AS person,
        i.excuse IS NOT NULL OR (i.person_id IS NOT NULL AND i.confirmed_at IS NOT NULL)
            OR p.person_id IS NOT NULL AS known
    FROM mentoring_session m
    JOIN source ON source.session_id = m.id
    JOIN transcript_version v ON v.source_id = source.id AND v.current
    JOIN segment s ON s.version_id = v.id AND s.suspect = ''
    LEFT JOIN speaker_identity i ON i.source_id = source.id AND i.label = s.speaker
    LEFT JOIN participant p ON p.session_id = m.id AND p.person_id = i.person_id
    WHERE source.kind = 'note' AND s.speaker != '' AND m.deleted_at IS NULL AND NOT m.sample
        AND m.visibility IN ('collection', 'members', 'public')
"""
HELD = """
    UPDATE mentoring_session SET held = 1,
        release = CASE WHEN release IN ('released', 'review') THEN 'waiting' ELSE release END
    WHERE id = :id
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.text(NAMED))
    rows = connection.execute(sa.text(SPOKEN)).all()
    others = {row.source for row in rows if row.owner is None or row.person != row.owner}
    held = {
        row.session
        for row in rows
        if not (row.known or (row.source not in others and names_a_person(row.label)))
    }
    for session_id in held:
        connection.execute(sa.text(HELD), {"id": session_id})


def downgrade() -> None:
    """Change nothing. Sessions with a release hold keep it until their speakers are named."""
