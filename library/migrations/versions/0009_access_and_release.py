"""Add consent of speakers, members of collections, the consent ledger and the audit log.

Sessions that others could find stay visible. Speakers were not asked for consent at that time, so
their consent counts as waived. Private sessions stay visible to their participants only.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entry", "audit_event")
CHANGES = ("UPDATE", "DELETE")


def upgrade() -> None:
    _add_columns()
    _create_releases()
    _create_consent()
    _create_service()
    _carry_over()
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for change in CHANGES:
                op.execute(
                    f"CREATE TRIGGER {table}_keeps_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def _add_columns() -> None:
    added: dict[str, list[sa.Column[Any]]] = {
        "mentoring_session": [
            sa.Column("release", sa.String(length=20), nullable=False, server_default="kept"),
            sa.Column("embargo_until", sa.Date(), nullable=True),
        ],
        "collection": [
            sa.Column(
                "release_rule", sa.String(length=20), nullable=False, server_default="everybody"
            )
        ],
        "api_token": [
            sa.Column(
                "scopes", sa.JSON(), nullable=False, server_default='["read", "write", "admin"]'
            )
        ],
    }
    for table, columns in added.items():
        for column in columns:
            op.add_column(table, column)


def _create_releases() -> None:
    op.create_table(
        "speaker_release",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        _reference("speaker_release", "session_id", "mentoring_session", ondelete="CASCADE"),
        _reference("speaker_release", "person_id", "person"),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_speaker_release")),
    )
    op.create_index("ix_speaker_release_person_id", "speaker_release", ["person_id"])
    op.create_table(
        "collection_member",
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _reference("collection_member", "collection_id", "collection", ondelete="CASCADE"),
        _reference("collection_member", "person_id", "person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id", "person_id", name=op.f("pk_collection_member")),
    )
    op.create_index("ix_collection_member_person_id", "collection_member", ["person_id"])


def _create_consent() -> None:
    op.create_table(
        "ledger_text",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_ledger_text")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_entry_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entry_session_id", "ledger_entry", ["session_id"])
    op.create_index("ix_ledger_entry_person_id", "ledger_entry", ["person_id"])
    op.create_table(
        "release_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _reference("release_link", "session_id", "mentoring_session", ondelete="CASCADE"),
        _reference("release_link", "person_id", "person", ondelete="CASCADE"),
        _reference("release_link", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_release_link_token_hash")),
    )
    op.create_index("ix_release_link_session_id", "release_link", ["session_id"])
    op.create_index("ix_release_link_person_id", "release_link", ["person_id"])
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_receipt_session_id", "receipt", ["session_id"])
    op.create_index("ix_receipt_person_id", "receipt", ["person_id"])


def _create_service() -> None:
    op.create_table(
        "service_setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_setting")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"])
    op.create_index("ix_audit_event_actor_id", "audit_event", ["actor_id"])
    op.create_index("ix_audit_event_subject", "audit_event", ["subject_kind", "subject_id"])


def _carry_over() -> None:
    op.execute(
        "UPDATE mentoring_session SET visibility = 'participants' WHERE visibility = 'private'"
    )
    op.execute(
        "UPDATE mentoring_session SET release = 'released' "
        "WHERE visibility IN ('members', 'public')"
    )
    op.execute(
        "INSERT INTO speaker_release "
        "(session_id, person_id, state, asked_at, answered_at, audience) "
        "SELECT s.id, p.person_id, 'waived', s.created_at, CURRENT_TIMESTAMP, 'public' "
        "FROM mentoring_session s JOIN ("
        "SELECT session_id, person_id FROM participant UNION "
        "SELECT source.session_id, segment.person_id FROM segment "
        "JOIN transcript_version v ON v.id = segment.version_id "
        "JOIN source ON source.id = v.source_id "
        "WHERE v.current AND segment.person_id IS NOT NULL"
        ") p ON p.session_id = s.id WHERE s.visibility IN ('members', 'public')"
    )


def _reference(
    table: str, column: str, target: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in (
        "audit_event",
        "service_setting",
        "receipt",
        "release_link",
        "ledger_entry",
        "ledger_text",
        "collection_member",
        "speaker_release",
    ):
        op.drop_table(table)
    for table, column in (
        ("api_token", "scopes"),
        ("collection", "release_rule"),
        ("mentoring_session", "embargo_until"),
        ("mentoring_session", "release"),
    ):
        op.drop_column(table, column)
    op.execute(
        "UPDATE mentoring_session SET visibility = 'private' "
        "WHERE visibility IN ('participants', 'collection')"
    )
