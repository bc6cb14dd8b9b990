"""Database rows about one person, by table. Parts that the person may not see are left out."""

import base64
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, or_, select

from library.access import Viewer, visible_sessions
from library.models import (
    Base,
    Collection,
    LedgerEntry,
    LedgerText,
    MentoringSession,
    Person,
    Source,
    Topic,
)
from library.store import Transaction
from library.translation import mark

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Own:
    """Rule for one table: which of its rows and columns are in the copy of a person's data.

    Attributes:
        title: heading of the page with the rows.
        whose: columns with the id of a person; a row belongs to each person in them.
        without: columns that the copy leaves out: secrets, and data about other people.
    """

    title: str
    whose: tuple[str, ...] = ("person_id",)
    without: tuple[str, ...] = ()


OWN: Mapping[str, Own] = {
    "person": Own(title=mark("Profile"), whose=("id",), without=("password_hash", "login_key")),
    "sign_in": Own(title=mark("Sign-ins"), without=("token_hash",)),
    "passkey": Own(title=mark("Passkeys"), without=("credential_id", "public_key", "sign_count")),
    "second_factor": Own(
        title=mark("Two-step sign-in"), without=("sealed", "last_counter", "recovery")
    ),
    "api_token": Own(title=mark("API tokens"), without=("token_hash",)),
    "one_time_link": Own(title=mark("Links that were made for you"), without=("token_hash",)),
    "release_link": Own(
        title=mark("Links to sessions that were made for you"), without=("token_hash", "made_by")
    ),
    "asked_question": Own(title=mark("Questions")),
    "missed_question": Own(title=mark("Unanswered questions"), without=("folded", "vector")),
    "uncounted_person": Own(title=mark("Your questions are not counted")),
    "saved_search": Own(title=mark("Saved searches"), without=("told_passage",)),
    "passage_mark": Own(title=mark("Moments that you saved or marked")),
    "participant": Own(title=mark("Sessions in which you take part")),
    "speaker_release": Own(title=mark("Your consent")),
    "speaker_identity": Own(
        title=mark("Where you are named as a speaker"), without=("confirmed_by",)
    ),
    "cut_proposal": Own(
        title=mark("Ranges that you proposed to leave out"), without=("words_sha256", "decided_by")
    ),
    "told_waiting": Own(title=mark("E-mails about your to-do items")),
    "receipt": Own(title=mark("Receipts")),
    "removal": Own(
        title=mark("Permanent removals that you made"), without=("files", "copies", "uploads")
    ),
    "collection_member": Own(title=mark("Collections of which you are a member")),
    "collection_pick": Own(title=mark("Moments that you picked")),
    "pinned_answer": Own(title=mark("Answers that you pinned"), whose=("made_by",)),
    "transcript_version": Own(title=mark("Corrections that you saved"), whose=("author_id",)),
    "transcript_draft": Own(title=mark("Corrections that you have begun")),
    "redaction": Own(title=mark("Ranges that you took off the record")),
    "session_topic": Own(
        title=mark("Topics that you confirmed or declined"), whose=("decided_by_id",)
    ),
    "topic_merge": Own(title=mark("Topics that you merged"), without=("before",)),
    "review": Own(title=mark("Sessions that you review"), whose=("reviewer_id",)),
    "review_event": Own(title=mark("Your actions in reviews"), without=("to_id",)),
    "bulk_edit": Own(title=mark("Bulk edits that you made"), without=("wishes",)),
    "upload": Own(title=mark("Uploads"), without=("sha256",)),
    "voice_consent": Own(title=mark("Your consent to voice recognition")),
    "voice_print": Own(title=mark("Your voice prints")),
    "voice_proposal": Own(title=mark("Where your voice was recognised")),
    "audit_event": Own(
        title=mark("Your actions in the audit log"), whose=("actor_id",), without=("detail",)
    ),
    "data_download": Own(title=mark("Copies of your data"), without=("name", "session_ids")),
}
"""Tables whose rows are in the copy, by name. `APART` has tables that are written otherwise."""

APART = {
    "mentoring_session": "The sessions that you added or take part in are pages of their own.",
    "source": "Recordings and notes are listed with their sessions.",
    "segment": "What you said is in the transcripts of those sessions.",
    "ledger_entry": "The consent ledger is written with the words that you were shown.",
}
LEFT_OUT = {
    "answered_request": "Stored answers to API requests repeat data that is in the copy.",
    "distinct_people": "Pairs of people whom an administrator marked as distinct.",
    "person_merge": "Pairs of people whom an administrator merged.",
    "audit_words": "Reasons in the audit log are evidence about other people, too.",
}
"""Tables that refer to people and are not in the copy, with the reason."""


def rows_of(db: Transaction, viewer: Viewer, name: str) -> list[Row]:
    """Return the rows of the table *name* that belong to *viewer*, oldest first, for JSON.

    Columns that name people are left out. A session is written with id and title, a collection or
    topic with its title only. If *viewer* may not see the session of a row, the row has no session.
    """
    own, table = OWN[name], Base.metadata.tables[name]
    theirs = or_(*(table.c[column] == viewer.person_id for column in own.whose))
    query = table.select().where(theirs).order_by(*table.primary_key)
    named = _Named(db, viewer)
    return [
        named.plain(table, {k: v for k, v in row._mapping.items() if _is_own(table, own, k)})  # noqa: SLF001
        for row in db.execute(query)
    ]


def ledger_of(db: Transaction, viewer: Viewer) -> list[Row]:
    """Return the consent ledger entries about *viewer*, with the words that *viewer* was shown.

    A reason is included only if *viewer* gave it.
    """
    found = []
    query = select(LedgerEntry).where(LedgerEntry.person_id == viewer.person_id)
    named = _Named(db, viewer)
    for entry in db.scalars(query.order_by(LedgerEntry.id)):
        content = entry.content
        mine = content.get("actor") == viewer.person_id
        row = {"entry": entry.id, "kind": content["kind"], "at": content["at"], "by_you": mine}
        for key in ("words", "reason") if mine else ("words",):
            if content.get(key):
                words = db.get(LedgerText, content[key])
                row[key] = words.text if words else "…"
        found.append(row | named.session(entry.session_id))
    return found


def _is_own(table: Table, own: Own, column: str) -> bool:
    names_people = any(key.column.table.name == "person" for key in table.c[column].foreign_keys)
    return column not in own.without and column not in own.whose and not names_people


class _Named:
    """Titles of sessions, collections and topics, which replace their ids in the copy."""

    def __init__(self, db: Transaction, viewer: Viewer) -> None:
        self._db = db
        query = select(MentoringSession.id, MentoringSession.title)
        self._sessions: dict[int, str] = {
            row.id: row.title for row in db.execute(query.where(visible_sessions(viewer)))
        }

    def plain(self, table: Table, row: Mapping[str, Any]) -> Row:
        """Return a row with values that JSON can store, and with titles instead of ids."""
        written: Row = {}
        for name, value in row.items():
            target = next((k.column.table.name for k in table.c[name].foreign_keys), "")
            if name == "session_id":
                written |= self.session(value)
            elif name == "source_id":
                source = self._db.get(Source, value) if value is not None else None
                written |= self.session(source.session_id if source else None)
            elif target == "collection" and value is not None:
                written["collection"] = self._db.get_one(Collection, value).title
            elif target == "topic" and value is not None:
                written["topic"] = self._db.get_one(Topic, value).label
            else:
                written[name] = plain(value)
        return written

    def session(self, session_id: int | None) -> Row:
        """Return id and title of a session; an empty row if the viewer may not see it."""
        title = self._sessions.get(session_id or 0)
        return {"session_id": session_id, "session": title} if title is not None else {}


def plain(value: Any) -> Any:
    """Return the value of a column in a type that JSON can store."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def tables_with_a_person() -> Iterator[str]:
    """Yield the names of tables that refer to people, by a foreign key or by a column name."""
    names = {"person_id", "actor_id", "author_id", "made_by", "confirmed_by"}
    for table in Base.metadata.sorted_tables:
        refers = any(k.column.table is Person.__table__ for c in table.c for k in c.foreign_keys)
        if refers or names & set(table.c.keys()) or table is Person.__table__:
            yield table.name
