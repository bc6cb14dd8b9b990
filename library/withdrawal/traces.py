"""Words that are off the record, where they were repeated: in titles and in what people asked."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select, update

from library import mail
from library.curating import pins
from library.models import (
    AnsweredRequest,
    AskedQuestion,
    AuditWords,
    Chapter,
    CollectionPick,
    Erasure,
    LedgerText,
    MentoringSession,
    MissedQuestion,
    Passage,
    PinnedAnswer,
    PinnedQuestion,
    Remains,
    ReviewEvent,
    SavedSearch,
    Segment,
    Upload,
)
from library.store import HOME, Transaction

WORD = re.compile(r"\w+")
TELLING = 4  # letters of a word that can tell something by itself
RUN = 4  # words in a row that are a quotation


class Gone:
    """Words that went, and how to recognise them elsewhere."""

    def __init__(self, db: Transaction, text: str) -> None:
        self._db = db
        self._said = _folded(text)
        self._length = min(RUN, len(self._said))
        places = range(len(self._said) - self._length + 1)
        self._runs = {tuple(self._said[i : i + self._length]) for i in places}
        self._rare: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._said)

    def repeated_in(self, text: str) -> bool:
        """Whether *text* quotes some of the words, or has one that is nowhere else any more."""
        return bool(self._spans(text))

    def taken_out_of(self, text: str) -> str:
        """*text* with an ellipsis in the place of what it repeats."""
        kept, done = "", 0
        for start, end in self._spans(text):
            if start >= done:
                kept += text[done:start] + "\u2026"
            done = max(done, end)
        return (kept + text[done:]).strip() if done else text

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where *text* repeats the words: first character and the one after the last, in order."""
        words, folded = list(WORD.finditer(text)), _folded(text)
        spans = [
            (words[i].start(), words[i + self._length - 1].end())
            for i in range(len(words) - self._length + 1)
            if tuple(folded[i : i + self._length]) in self._runs
            and (self._length > 1 or _telling(folded[i]))
        ]
        spans += [
            word.span()
            for word, one in zip(words, folded, strict=True)
            if one in self._said and _telling(one) and self._is_rare(one)
        ]
        return sorted(spans)

    def _is_rare(self, word: str) -> bool:
        """Whether no segment and no passage has *word* any more."""
        if word not in self._rare:
            kept = (
                select(table.id).where(table.text.icontains(word, autoescape=True)).limit(1)
                for table in (Passage, Segment)
            )
            self._rare[word] = all(self._db.scalar(query) is None for query in kept)
        return self._rare[word]


def forget_words(db: Transaction, text: str, sessions: Iterable[MentoringSession] = ()) -> None:
    """Take what repeats *text* out of histories, saved searches, kept answers, letters and titles.

    Args:
        db: the transaction in which the words went, after they are out of the transcripts.
        text: the words, as they were written.
        sessions: whose titles, descriptions, chapters and file names may quote them.
    """
    gone = Gone(db, text)
    if not gone:
        return
    asked = db.execute(select(AskedQuestion.id, AskedQuestion.question)).all()
    ids = [row.id for row in asked if gone.repeated_in(row.question)]
    db.execute(delete(AskedQuestion).where(AskedQuestion.id.in_(ids)))
    missed = db.execute(select(MissedQuestion.id, MissedQuestion.question)).all()
    ids = [row.id for row in missed if gone.repeated_in(row.question)]
    db.execute(delete(MissedQuestion).where(MissedQuestion.id.in_(ids)))
    saved = db.execute(select(SavedSearch.id, SavedSearch.question, SavedSearch.name)).all()
    ids = [row.id for row in saved if gone.repeated_in(f"{row.name} / {row.question}")]
    db.execute(delete(SavedSearch).where(SavedSearch.id.in_(ids)))
    answered = db.scalars(select(AnsweredRequest)).all()
    for answer in answered:
        if gone.repeated_in(str(answer.answer)):
            db.delete(answer)
    for reason in db.scalars(select(LedgerText).where(LedgerText.ours.is_(False))).all():
        if gone.repeated_in(reason.text):
            db.delete(reason)  # the ledger keeps its hash
    for words in db.scalars(select(AuditWords)).all():
        if gone.repeated_in(words.text):
            db.delete(words)
    letters = mail.quoting(db.info[HOME], gone.repeated_in)
    db.add_all(Erasure(what=Remains.LETTER, name=name) for name in letters)
    _out_of_picks(db, gone)
    _out_of_curating(db, gone)
    for session in sessions:
        pins.drop_fallen(db, [source.id for source in session.sources])
        _out_of_session(db, gone, session)
    db.flush()


def _out_of_picks(db: Transaction, gone: Gone) -> None:
    for pick in db.scalars(select(CollectionPick)).all():
        if gone.repeated_in(pick.sentence):
            db.delete(pick)


def _out_of_curating(db: Transaction, gone: Gone) -> None:
    for event in db.scalars(select(ReviewEvent).where(ReviewEvent.text != "")):
        event.text = gone.taken_out_of(event.text)
    for question in db.scalars(select(PinnedQuestion)).all():
        if gone.repeated_in(question.text):
            db.delete(question)
    for pin in db.scalars(select(PinnedAnswer).where(PinnedAnswer.note != "")):
        pin.note = gone.taken_out_of(pin.note)


def _out_of_session(db: Transaction, gone: Gone, session: MentoringSession) -> None:
    session.title = gone.taken_out_of(session.title) or "Untitled"
    session.description = gone.taken_out_of(session.description)
    ids = [source.id for source in session.sources]
    for chapter in db.scalars(select(Chapter).where(Chapter.source_id.in_(ids))):
        chapter.title = gone.taken_out_of(chapter.title)
    for source in session.sources:
        source.filename = gone.taken_out_of(source.filename)
    uploads = update(Upload).where(Upload.session_id == session.id)
    db.execute(uploads.values(capture=None, filename=""))


def _folded(text: str) -> Sequence[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _telling(word: str) -> bool:
    return len(word) >= TELLING or (word.isdigit() and len(word) > 1)
