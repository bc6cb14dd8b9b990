"""Words that go, where people kept them: in questions, searches, notes, reasons and e-mails.

A row of somebody loses them only where it can be a quotation: it was written after the words
came, by somebody who could read them, and repeats a run of words that this person can read nowhere
else. The owner's own questions and searches also go for single words that are rare.
Evidence and e-mails stay, with an ellipsis in the place of the run.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select, update

from library import audit, mail
from library.access import Viewer
from library.consent import cut_proposals, ledger
from library.curating import pins
from library.holdings import passages
from library.models import (
    AnsweredRequest,
    AuditEvent,
    AuditWords,
    Chapter,
    Erasure,
    MentoringSession,
    Person,
    PinnedAnswer,
    PinnedQuestion,
    Remains,
    SavedSearch,
    Upload,
    now,
)
from library.store import HOME, Transaction
from library.withdrawal.comparing import (
    QUESTIONS,
    SENTENCES,
    Compared,
    described_in,
    said_in,
)
from library.withdrawal.letters_about import LettersAbout
from library.withdrawal.quotations import Dated, GoneWords, without
from library.withdrawal.readers import Reach, Readers

AT_ONCE = 500  # numbers in one statement
QUOTED = "words.quoted"  # the action in the audit log


def forget_session(
    db: Transaction, viewer: Viewer, session: MentoringSession, compared: Compared | None = None
) -> None:
    """Take a session that is about to go out of what people kept; its rows are still there."""
    going = [source.id for source in session.sources]
    said = [*said_in(db, going), *described_in(session)]
    readers, letters = Readers(db, session.id, going), LettersAbout(db, session, session.title)
    gone = GoneWords(said)
    _forget(db, viewer, session, gone, readers, letters=letters, compared=compared)


def forget_source(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    source_id: int,
    compared: Compared | None = None,
) -> None:
    """Take a source that is about to go out of its session's own fields and of what people kept."""
    readers = Readers(db, session.id, [source_id])
    said, described = said_in(db, [source_id]), described_in(session)
    title = session.title
    _out_of_session(db, session, GoneWords(said), partial(readers.is_rare, viewer))
    left = [text for _, text in described_in(session)]
    letters = LettersAbout(db, session, title if title != session.title else "")
    gone = GoneWords([*said, *described], left)
    _forget(db, viewer, session, gone, readers, letters=letters, compared=compared)


def forget_range(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    source_id: int,
    said: Sequence[Dated],
    *,
    compared: Compared | None = None,
) -> None:
    """Take what a source has just lost out of its session's own fields and of what people kept.

    Args:
        db: the transaction.
        viewer: who takes it off the record.
        session: of the source.
        source_id: which source.
        said: what `said_in` gave before.
        compared: what was compared before.
    """
    readers = Readers(db, session.id, [])
    left, described = [text for _, text in said_in(db, [source_id])], described_in(session)
    title = session.title
    _out_of_session(db, session, GoneWords(said, left), partial(readers.is_rare, viewer))
    left += [text for _, text in described_in(session)]
    letters = LettersAbout(db, session, title if title != session.title else "")
    gone = GoneWords([*said, *described], left)
    _forget(db, viewer, session, gone, readers, letters=letters, compared=compared)


def _forget(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    gone: GoneWords,
    readers: Readers,
    *,
    letters: LettersAbout,
    compared: Compared | None,
) -> None:
    """Take quotations out of what people kept, and write down how many rows of whom lost one."""
    if gone.came is None:
        return
    reach = Reach(db, session, gone, readers)
    clean_letters: Collection[str] = ()
    if compared is not None and gone.is_within(compared.gone):
        reach.clean = {*compared.clean}
        if passages.stamp(db) == compared.stamp:
            clean_letters = compared.letters
            if readers.take_over(compared.readers):
                reach.compared_at, reach.hits = compared.at, compared.hits
    _out_of_questions(db, reach)
    _out_of_curating(db, reach)
    _out_of_evidence(db, reach, viewer)
    _out_of_letters(db, reach, letters, clean_letters)
    db.flush()
    if reach.touched:
        counted: dict[str, dict[str, int]] = {}
        for (kind, person_id), rows in sorted(reach.touched.items(), key=str):
            counted.setdefault(kind, {})[str(person_id or "unknown")] = rows
        subject = ("session", session.id)
        audit.record(db, viewer.person_id, QUOTED, subject, detail=counted, address=viewer.address)


def _out_of_questions(db: Transaction, reach: Reach) -> None:
    """Remove questions that quote; a search is kept where only its name does."""
    for table, written, text in QUESTIONS:
        query = select(table.id, table.person_id, written, text).where(written >= reach.came)
        query = query.where(reach.is_new(table.__tablename__, table.id, written))
        ids = [key for key, _ in reach.changed(table.__tablename__, query, private=True)]
        for first in range(0, len(ids), AT_ONCE):
            db.execute(delete(table).where(table.id.in_(ids[first : first + AT_ONCE])))
    search = SavedSearch
    named = select(search.id, search.person_id, search.created_at, search.name)
    named = named.where(search.created_at >= reach.came)
    named = named.where(reach.is_new(search.__tablename__, search.id, search.created_at))
    for key, left in reach.changed(search.__tablename__, named, private=True):
        db.execute(update(search).where(search.id == key).values(name=left))


def _out_of_curating(db: Transaction, reach: Reach) -> None:
    """Take quotations out of sentences of curators and reviewers; a pinned question goes whole."""
    pin = PinnedAnswer
    for table, person, written, text in SENTENCES:
        query = select(table.id, person, written, text).where(written >= reach.came, text != "")
        for key, left in reach.changed(table.__tablename__, query):
            db.execute(update(table).where(table.id == key).values({text: left}))
    asked = (
        select(PinnedQuestion.id, pin.made_by, pin.updated_at, PinnedQuestion.text)
        .join(pin, pin.id == PinnedQuestion.pin_id)
        .where(pin.updated_at >= reach.came)
    )
    ids = [key for key, _ in reach.changed(PinnedQuestion.__tablename__, asked)]
    db.execute(delete(PinnedQuestion).where(PinnedQuestion.id.in_(ids)))


def _out_of_evidence(db: Transaction, reach: Reach, viewer: Viewer) -> None:
    """Put an ellipsis into reasons and answers that quote; what they are evidence of stays."""
    reasons = (
        select(AuditWords, AuditEvent.actor_id, AuditEvent.at)
        .join(AuditEvent, AuditEvent.id == AuditWords.event_id)
        .where(AuditEvent.at >= reach.came)
    )
    for words, actor_id, at in db.execute(reasons).all():
        words.text = reach.left_of("audit_words", actor_id, at, words.text) or words.text
    for reason, given in ledger.reasons_since(db, reach.came):
        left = [reach.left_of("ledger_text", one.person_id, one.at, reason.text) for one in given]
        if all(one is not None for one in left):
            ledger.shorten(db, viewer, reason, left[0] or "")
    kept = AnsweredRequest
    answers = select(kept).where(
        kept.created_at >= reach.came, reach.is_new(kept.__tablename__, kept.key, kept.created_at)
    )
    for answer in db.scalars(answers):
        left_of = partial(reach.left_of, kept.__tablename__, answer.person_id, answer.created_at)
        answer.answer = _without(answer.answer, partial(left_of, private=True))


def _out_of_letters(
    db: Transaction, reach: Reach, letters: LettersAbout, clean: Collection[str]
) -> None:
    """Plan new wordings of e-mails in the outbox that quote; they hold links, so none goes.

    Those that the library wrote about the session lose its title as well, however short it is.
    """
    rows = db.execute(select(Person.email, Person.id).where(Person.email.is_not(None)))
    people = {_in_header(email or ""): key for email, key in rows}

    def reword(to: str, laid: datetime, text: str) -> str | None:
        person_id = people.get(to.lower())
        left = reach.left_of("e-mail", person_id, laid, text)
        named = letters.left_of(text if left is None else left)
        if left is None and named is not None:
            reach.touched["e-mail", person_id] += 1
        return left if named is None else named

    names = mail.reword(db.info[HOME], reword, but=clean)
    db.add_all(Erasure(what=Remains.LETTER, name=name) for name in names)


def _in_header(email: str) -> str:
    """Return an address as the header of an e-mail has it."""
    try:
        return mail.deliverable(email)
    except UnicodeError:  # no mail server knows such a domain
        return email


def _without(content: Any, left_of: Callable[[str], str | None]) -> Any:
    """An answer as JSON holds it, without what its texts quote."""
    if isinstance(content, str):
        return left_of(content) or content
    if isinstance(content, list):
        return [_without(one, left_of) for one in content]
    if isinstance(content, dict):
        return {key: _without(one, left_of) for key, one in content.items()}
    return content


def _out_of_session(
    db: Transaction, session: MentoringSession, gone: GoneWords, is_rare: Callable[[str], bool]
) -> None:
    """Take words out of what a session that stays says about itself, single rare ones too."""

    def left(text: str) -> str:
        quoted = [one.span for one in gone.quotations(text, written=now())]
        return without(text, [*quoted, *gone.single_words(text, is_rare, inside=True)])

    ids = [source.id for source in session.sources]
    pins.drop_fallen(db, ids)
    session.title = left(session.title) or "Untitled"
    session.description = left(session.description)
    for chapter in db.scalars(select(Chapter).where(Chapter.source_id.in_(ids))):
        chapter.title = left(chapter.title)
    for source in session.sources:
        source.filename = left(source.filename)
    for proposal in cut_proposals.of_session(db, session.id):
        proposal.sentence, proposal.reply = left(proposal.sentence), left(proposal.reply)
    uploads = update(Upload).where(Upload.session_id == session.id)
    db.execute(uploads.values(capture=None, filename=""))
