"""Add the vocabulary, topics of sessions, and passages as evidence for topics."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "topic_passage",
    "session_topic",
    "topic_merge",
    "topic_related",
    "topic_broader",
    "topic_label",
    "topic_progress",
    "topic",
)


def upgrade() -> None:
    _create_vocabulary()
    _create_relations()
    _create_sessions()


def _create_vocabulary() -> None:
    op.create_table(
        "topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("uri", sa.String(length=500), nullable=True),
        sa.Column("starter", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        _to("topic", "merged_into_id", "topic", ondelete=None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sa.UniqueConstraint("folded", name=op.f("uq_topic_folded")),
        sa.UniqueConstraint("uri", name=op.f("uq_topic_uri")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_topic_merged_into_id"), "topic", ["merged_into_id"])
    op.create_table(
        "topic_label",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        _to("topic_label", "topic_id", "topic"),
        sa.PrimaryKeyConstraint(
            "topic_id", "kind", "language", "text", name=op.f("pk_topic_label")
        ),
    )
    op.create_table(
        "topic_progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_revision", sa.Integer(), nullable=False),
        sa.Column("seen_passage_id", sa.Integer(), nullable=False),
        sa.Column("next_session_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_progress")),
    )


def _create_relations() -> None:
    op.create_table(
        "topic_broader",
        sa.Column("narrower_id", sa.Integer(), nullable=False),
        sa.Column("broader_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("narrower_id != broader_id", name="not_itself"),
        _to("topic_broader", "narrower_id", "topic"),
        _to("topic_broader", "broader_id", "topic"),
        sa.PrimaryKeyConstraint("narrower_id", "broader_id", name=op.f("pk_topic_broader")),
    )
    op.create_index(op.f("ix_topic_broader_broader_id"), "topic_broader", ["broader_id"])
    op.create_table(
        "topic_related",
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name="in_order"),
        _to("topic_related", "one_id", "topic"),
        _to("topic_related", "other_id", "topic"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_topic_related")),
    )
    op.create_index(op.f("ix_topic_related_other_id"), "topic_related", ["other_id"])
    op.create_table(
        "topic_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        _to("topic_merge", "kept_id", "topic"),
        _to("topic_merge", "gone_id", "topic"),
        _to("topic_merge", "person_id", "person", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_merge")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_topic_merge_kept_id"), "topic_merge", ["kept_id"])
    op.create_index(op.f("ix_topic_merge_gone_id"), "topic_merge", ["gone_id"])


def _create_sessions() -> None:
    op.create_table(
        "session_topic",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("suggested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        _to("session_topic", "session_id", "mentoring_session"),
        _to("session_topic", "topic_id", "topic"),
        _to("session_topic", "decided_by_id", "person", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("session_id", "topic_id", name=op.f("pk_session_topic")),
    )
    op.create_index(op.f("ix_session_topic_topic_id"), "session_topic", ["topic_id"])
    op.create_table(
        "topic_passage",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        _to("topic_passage", "topic_id", "topic"),
        _to("topic_passage", "passage_id", "passage"),
        _to("topic_passage", "session_id", "mentoring_session"),
        sa.PrimaryKeyConstraint("topic_id", "passage_id", name=op.f("pk_topic_passage")),
    )
    op.create_index(op.f("ix_topic_passage_passage_id"), "topic_passage", ["passage_id"])
    op.create_index(op.f("ix_topic_passage_session_id"), "topic_passage", ["session_id"])


def _to(
    table: str, column: str, other: str, ondelete: str | None = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
