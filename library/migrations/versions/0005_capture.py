"""Add chapters, question scripts, browser recordings, storage quotas, idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql import func

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCRIPTS = (
    (
        "A critical incident",
        "One situation that mattered, told from beginning to end. Ten minutes are enough.",
        (
            "Where were you, and what was your part in it?",
            "What happened, step by step?",
            "What did you notice that others might have missed?",
            "What did you think of doing, and why did you decide as you did?",
            "How did it end?",
            "What would you do differently today?",
            "What should somebody know who meets the same situation tomorrow?",
        ),
    ),
    (
        "An exit interview",
        "For somebody who is leaving or changing places: what only they know.",
        (
            "What did you look after that nobody else does?",
            "Whom do people ask when you are not there, and whom should they ask from now on?",
            "What breaks again and again, and how do you mend it?",
            "Which decisions look odd from outside, and what were their reasons?",
            "What would you have liked to finish?",
            "What do you wish your successor?",
        ),
    ),
    (
        "The first 90 days",
        "For somebody who has just arrived, while everything is still strange.",
        (
            "What surprised you in the first week?",
            "What was hard to find out, and who helped?",
            "Which words or habits did you not understand at first?",
            "What did you get wrong, and how did you notice?",
            "What should we tell the next person on their first day?",
        ),
    ),
    (
        "What I wish I had known",
        "Advice to your younger self.",
        (
            "When did you begin, and what did you believe then?",
            "What took you longest to learn?",
            "Which advice did you get that was wrong for you?",
            "What would you have dared earlier?",
            "What can somebody do this week?",
        ),
    ),
    (
        "Reverse mentoring",
        "The younger or newer person teaches the experienced one.",
        (
            "What do you do every day that I have never tried?",
            "Show me: how would you begin?",
            "What do people of my experience get wrong about it?",
            "What should we stop doing here?",
            "What shall I try until we meet again?",
        ),
    ),
)


def upgrade() -> None:
    op.create_table(
        "chapter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_chapter_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter")),
    )
    op.create_index("ix_chapter_source_id", "chapter", ["source_id"])
    scripts = op.create_table(
        "question_script",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("introduction", sa.String(), nullable=False),
        sa.Column("prompts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_script")),
        sqlite_autoincrement=True,
    )
    for title, introduction, prompts in SCRIPTS:
        op.execute(
            scripts.insert().values(
                title=title,
                introduction=introduction,
                prompts=list(prompts),
                created_at=func.current_timestamp(),
            )
        )
    op.create_table(
        "answered_request",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_answered_request_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_answered_request")),
    )
    op.create_index("ix_answered_request_created_at", "answered_request", ["created_at"])
    with op.batch_alter_table("upload") as upload:
        upload.alter_column("size", existing_type=sa.Integer(), nullable=True)
        upload.add_column(sa.Column("capture", sa.JSON(), nullable=True))
    op.add_column("person", sa.Column("quota_mb", sa.Integer(), nullable=True))
    op.add_column("source", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "source",
        sa.Column("started_progress", sa.Double(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("source", "started_progress")
    op.drop_column("source", "started_at")
    op.drop_column("person", "quota_mb")
    op.execute("DELETE FROM upload WHERE size IS NULL")
    with op.batch_alter_table("upload") as upload:
        upload.drop_column("capture")
        upload.alter_column("size", existing_type=sa.Integer(), nullable=False)
    op.drop_table("answered_request")
    op.drop_table("question_script")
    op.drop_table("chapter")
