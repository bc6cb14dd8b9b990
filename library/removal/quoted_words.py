"""Removal of quotations from stored texts: questions, searches, notes, reasons and e-mails.

A row loses a quotation under three conditions. The row was written after the words were added. The
author of the row could read the words. And the author can read these words nowhere else now. The
session owner's own questions and searches also lose single words that are rare. Reasons, comments
and e-mails stay, with an ellipsis in place of the quotation.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select, update

from library import audit
from library.access import Viewer
from library.consent import ledger
from library.curation import pinned_answers
from library.models import Erasure, ErasureKind, MentoringSession, Person, now, word_marks
from library.models.word_marks import OnRedaction
from library.notifications import email as mail
from library.removal.quotation_scan import QuotationScan, described_in, said_in
from library.removal.quotations import Dated, RemovedWords, without
from library.removal.readership import QuotationRemover, Readers
from library.removal.session_emails import SessionEmails
from library.sessions import passages
from library.store import HOME, Transaction

AT_ONCE = 500  # ids in one statement
QUOTED = "words.quoted"  # the action in the audit log


def remove_session_quotes(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    compared: QuotationScan | None = None,
) -> None:
    """Remove quotations of a session from stored texts, before the session is deleted."""
    source_ids = [source.id for source in session.sources]
    said = [*said_in(db, source_ids), *described_in(session)]
    readers, emails = Readers(db, session.id, source_ids), SessionEmails(db, session, session.title)
    gone = RemovedWords(said)
    _forget(db, viewer, session, gone, readers, emails=emails, compared=compared)


def remove_source_quotes(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    source_id: int,
    compared: QuotationScan | None = None,
) -> None:
    """Remove the words of a source from the fields of the session and from stored texts.

    Call it before the rows of the source are deleted.
    """
    readers = Readers(db, session.id, [source_id])
    said, described = said_in(db, [source_id]), described_in(session)
    title = session.title
    _out_of_session(db, session, RemovedWords(said), partial(readers.is_rare, viewer))
    remaining = [text for _, text in described_in(session)]
    emails = SessionEmails(db, session, title if title != session.title else "")
    gone = RemovedWords([*said, *described], remaining)
    _forget(db, viewer, session, gone, readers, emails=emails, compared=compared)


def remove_range_quotes(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    source_id: int,
    said: Sequence[Dated],
    *,
    compared: QuotationScan | None = None,
) -> None:
    """Remove redacted words of a source from the fields of the session and from stored texts.

    Args:
        db: the transaction.
        viewer: the person who redacts the range.
        session: session of the source.
        source_id: id of the source.
        said: result of `said_in` before the redaction.
        compared: comparison made before the transaction, if any.
    """
    readers = Readers(db, session.id, [])
    remaining, described = [text for _, text in said_in(db, [source_id])], described_in(session)
    title = session.title
    _out_of_session(db, session, RemovedWords(said, remaining), partial(readers.is_rare, viewer))
    remaining += [text for _, text in described_in(session)]
    emails = SessionEmails(db, session, title if title != session.title else "")
    gone = RemovedWords([*said, *described], remaining)
    _forget(db, viewer, session, gone, readers, emails=emails, compared=compared)


def _forget(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    gone: RemovedWords,
    readers: Readers,
    *,
    emails: SessionEmails,
    compared: QuotationScan | None,
) -> None:
    """Remove quotations from stored texts. Write an audit event with row counts by person."""
    if gone.came is None:
        return
    reach = QuotationRemover(db, session, gone, readers)
    clean_emails: Collection[str] = ()
    if compared is not None and gone.is_within(compared.gone):
        reach.clean = {*compared.clean}
        if passages.stamp(db) == compared.stamp:
            clean_emails = compared.emails
            if readers.take_over(compared.readers):
                reach.compared_at, reach.hits = compared.at, compared.hits
    _out_of_stored_texts(db, reach)
    _out_of_ledger(db, reach, viewer)
    _out_of_emails(db, reach, emails, clean_emails)
    db.flush()
    if reach.touched:
        counted: dict[str, dict[str, int]] = {}
        for (kind, person_id), rows in sorted(reach.touched.items(), key=str):
            counted.setdefault(kind, {})[str(person_id or "unknown")] = rows
        subject = ("session", session.id)
        audit.record(db, viewer.person_id, QUOTED, subject, detail=counted, address=viewer.address)


def _out_of_stored_texts(db: Transaction, reach: QuotationRemover) -> None:
    """Delete rows with quotations, or replace the quotations, as the mark of the column says."""
    for quoting in word_marks.quoting_columns():
        found = list(reach.changed(quoting))
        if not quoting.rule.row_goes:
            for key, left in found:
                row = update(quoting.model).where(quoting.is_one_of([key]))
                db.execute(row.values({quoting.column: left}))
            continue
        keys = [key for key, _ in found]
        for first in range(0, len(keys), AT_ONCE):
            some = quoting.is_one_of(keys[first : first + AT_ONCE])
            db.execute(delete(quoting.model).where(some))


def _out_of_ledger(db: Transaction, reach: QuotationRemover, viewer: Viewer) -> None:
    """Remove quotations from reasons in the consent ledger.

    The ledger stores equal reasons of several people once. Such a reason changes only if each of
    these people loses the quotation.
    """
    for reason, uses in ledger.reasons_since(db, reach.came):
        shortened = [
            reach.left_of("ledger_text", one.person_id, one.at, reason.text) for one in uses
        ]
        if all(one is not None for one in shortened):
            ledger.shorten(db, viewer, reason, shortened[0] or "")


def _out_of_emails(
    db: Transaction, reach: QuotationRemover, emails: SessionEmails, clean: Collection[str]
) -> None:
    """Write new texts of outbox e-mails with quotations, and plan the replacement of the e-mails.

    Recipients may need the links, so no e-mail is deleted. E-mails about the session also lose
    the title of the session, even a short title.
    """
    rows = db.execute(select(Person.email, Person.id).where(Person.email.is_not(None)))
    people = {_in_header(email or ""): key for email, key in rows}

    def reword(to: str, written: datetime, text: str) -> str | None:
        person_id = people.get(to.lower())
        left = reach.left_of("e-mail", person_id, written, text)
        named = emails.left_of(text if left is None else left)
        if left is None and named is not None:
            reach.touched["e-mail", person_id] += 1
        return left if named is None else named

    names = mail.rewrite_outbox(db.info[HOME], reword, but=clean)
    db.add_all(Erasure(what=ErasureKind.EMAIL, name=name) for name in names)


def _in_header(email: str) -> str:
    """Return an e-mail address with its domain in ASCII, as in the header of an e-mail."""
    try:
        return mail.deliverable(email)
    except UnicodeError:  # not a valid domain, so no mail server accepts it
        return email


def _out_of_session(
    db: Transaction, session: MentoringSession, gone: RemovedWords, is_rare: Callable[[str], bool]
) -> None:
    """Remove quotations and rare single words from the title and other fields of a session."""

    def left(text: str) -> str:
        quoted = [one.span for one in gone.quotations(text, written=now())]
        return without(text, [*quoted, *gone.single_words(text, is_rare, inside=True)])

    pinned_answers.delete_without_text(db, [source.id for source in session.sources])
    for model, column in word_marks.with_effect(OnRedaction.SHORTENED):
        for row in _rows_of(db, model, session):
            if text := getattr(row, column.key):
                setattr(row, column.key, left(text))
    for model, column in word_marks.with_effect(OnRedaction.EMPTIED):
        for row in _rows_of(db, model, session):
            setattr(row, column.key, word_marks.empty_value(column))


def _rows_of(db: Transaction, model: Any, session: MentoringSession) -> Sequence[Any]:
    """Return the rows of a table that refer to a session or one of its sources."""
    if model is MentoringSession:
        return [session]
    if hasattr(model, "session_id"):
        return db.scalars(select(model).where(model.session_id == session.id)).all()
    ids = [source.id for source in session.sources]
    return db.scalars(select(model).where(model.source_id.in_(ids))).all()
