"""Add a table of sign-ins, and store each e-mail address in its normal spelling."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("last_used_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("latest_end_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_sign_in_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sign_in_person_id"), "sign_in", ["person_id"])
    op.create_index(op.f("ix_sign_in_ends_at"), "sign_in", ["ends_at"])
    for table in ("person", "join_request"):
        _spell_once(table)


def _spell_once(table: str) -> None:
    """Replace each address by its normal spelling, unless another row has that spelling."""
    rows = sa.table(table, sa.column("id", sa.Integer), sa.column("email", sa.String))
    connection = op.get_bind()
    kept = dict(connection.execute(sa.select(rows.c.email, rows.c.id)).all())
    for email, number in list(kept.items()):
        if email is not None and (wanted := _normal(email)) not in kept:
            kept[wanted] = kept.pop(email)
            change = sa.update(rows).where(rows.c.id == number).values(email=wanted)
            connection.execute(change)


def _normal(email: str) -> str:
    plain: Callable[[str], str] = lambda text: unicodedata.normalize("NFKC", text)  # noqa: E731
    local, _, domain = plain(plain(email).strip().lower()).rpartition("@")
    with suppress(UnicodeError):  # a host that is not a domain of the DNS
        domain = idna.decode(idna.encode(domain.rstrip("."), uts46=True))
    return f"{local}@{domain}"
