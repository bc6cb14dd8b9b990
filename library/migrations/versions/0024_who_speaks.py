"""Add identities of the speakers of a source, and the people who confirmed them.

A name in a transcript counts as confirmed in three cases: its person answered, no answer was needed
by a decision, or a person typed the name in a correction. Sessions with an unnamed speaker or an
unconfirmed name are hidden from people who did not take part.
"""

import sqlalchemy as sa
from alembic import op

from library.consent.speaker_labels import names_a_person

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speaker_identity",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("excuse", sa.String(length=20), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_speaker_identity_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_speaker_identity_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["person.id"],
            name=op.f("fk_speaker_identity_confirmed_by_person"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("source_id", "label", name=op.f("pk_speaker_identity")),
    )
    for column in ("person_id", "confirmed_by"):
        op.create_index(f"ix_speaker_identity_{column}", "speaker_identity", [column])
    op.add_column(
        "mentoring_session",
        sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_mentoring_session_held", "mentoring_session", ["held"])
    op.add_column(
        "source", sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _carry_over()


def _carry_over() -> None:
    """Store the identities of named speakers; hide released sessions with unnamed speakers."""
    op.execute(
        "CREATE TEMP TABLE spoken AS "
        "SELECT v.source_id, s.speaker AS label, min(s.person_id) AS person_id, "
        "min(v.author_id IS NOT NULL) AS typed, min(v.author_id) AS author_id, "
        "min(v.created_at) AS created_at "
        "FROM segment s JOIN transcript_version v ON v.id = s.version_id "
        "WHERE s.person_id IS NOT NULL GROUP BY v.source_id, s.speaker"
    )
    op.execute(
        "INSERT INTO speaker_identity "
        "(source_id, label, person_id, origin, confirmed_by, confirmed_at) "
        "SELECT p.source_id, p.label, p.person_id, "
        "CASE WHEN p.typed THEN 'editor' ELSE 'file' END, "
        "CASE WHEN p.typed THEN p.author_id ELSE a.person_id END, "
        "CASE WHEN p.typed THEN p.created_at ELSE a.answered_at END "
        "FROM spoken p JOIN source ON source.id = p.source_id "
        "LEFT JOIN speaker_release a ON a.session_id = source.session_id "
        "AND a.person_id = p.person_id AND a.state IN ('agreed', 'waived', 'same')"
    )
    op.execute("DROP TABLE spoken")
    _confirm_short_names()
    _hold_released()


def _confirm_short_names() -> None:
    """Confirm short forms of a participant's name as that participant, in released sessions."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT DISTINCT i.source_id, i.label, person.name FROM speaker_identity i "
            "JOIN source ON source.id = i.source_id "
            "JOIN mentoring_session s ON s.id = source.session_id "
            "JOIN participant p ON p.session_id = s.id JOIN person ON person.id = p.person_id "
            "WHERE i.confirmed_at IS NULL AND s.release IN ('released', 'review') "
            "AND NOT s.sample AND s.deleted_at IS NULL"
        )
    )
    short = {(source, label) for source, label, name in rows if _words(label) <= _words(name)}
    for source_id, label in short:
        op.get_bind().execute(
            sa.text(
                "UPDATE speaker_identity SET confirmed_at = CURRENT_TIMESTAMP "
                "WHERE source_id = :source AND label = :label"
            ),
            {"source": source_id, "label": label},
        )


def _hold_released() -> None:
    """Set `held` for sessions with a release hold, and end the release of these sessions."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT s.id AS session, source.id AS source, s.owner_id AS owner, "
            "v.id IS NOT NULL AS written, g.speaker AS label, i.person_id AS person, "
            "i.person_id IS NOT NULL AND i.confirmed_at IS NOT NULL AS confirmed, "
            "p.person_id IS NOT NULL AS listed "
            "FROM mentoring_session s JOIN source ON source.session_id = s.id "
            "LEFT JOIN transcript_version v ON v.source_id = source.id AND v.current "
            "LEFT JOIN segment g ON g.version_id = v.id AND g.suspect = '' "
            "LEFT JOIN speaker_identity i ON i.source_id = source.id AND i.label = g.speaker "
            "LEFT JOIN participant p ON p.session_id = s.id AND p.person_id = i.person_id "
            "WHERE source.kind != 'note' AND s.deleted_at IS NULL AND NOT s.sample "
            "AND s.visibility IN ('collection', 'members', 'public')"
        )
    ).all()
    others = {row.source for row in rows if row.owner is None or row.person != row.owner}
    held: set[int] = set()
    for row in rows:
        known = row.confirmed or row.listed
        known = known or (row.source not in others and names_a_person(row.label or ""))
        if row.label is not None and not known:
            held.add(row.session)
    marked = sa.text("UPDATE mentoring_session SET held = 1 WHERE id = :id")
    closed = sa.text(
        "UPDATE mentoring_session SET release = 'waiting' "
        "WHERE id = :id AND release IN ('released', 'review')"
    )
    for session_id in held:
        connection.execute(marked, {"id": session_id})
    for session_id in held | {row.session for row in rows if not row.written}:
        connection.execute(closed, {"id": session_id})


def _words(name: str) -> set[str]:
    return set(name.casefold().split())


def downgrade() -> None:
    op.drop_index("ix_mentoring_session_held", "mentoring_session")
    op.drop_column("mentoring_session", "held")
    op.drop_column("source", "alone")
    op.drop_table("speaker_identity")
