"""A removal reaches what others kept only where it can be a quotation of the removed words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from library import audit, mail
from library.consent import ledger
from library.holdings import erasure
from library.mail import Letter
from library.models import (
    AnsweredRequest,
    AskedQuestion,
    AuditEvent,
    AuditWords,
    LedgerText,
    MentoringSession,
    MissedQuestion,
    PinnedAnswer,
    PinnedQuestion,
    Role,
    SavedSearch,
    ToldMoment,
    Visibility,
    now,
)
from library.searching import searches
from library.withdrawal import comparing, off_record, taking_back, traces, trash
from library.withdrawal.off_record import Stretch
from tests.builders import add_account, add_session

HID = "My manager hid the papers under the green sofa for eleven weeks."
RUN = "hid the papers under the green sofa"


@pytest.fixture
def tess(library):
    """A member who reads what is meant for members."""
    return add_account(library, "Tess Reader", Role.MENTEE)


def note(library, owner, words=HID, visibility=Visibility.MEMBERS):
    """A session of the owner with these words."""
    return add_session(library, owner=owner, lines=[("Ada", words)], visibility=visibility)


def keep(library, who, question):
    """Let somebody ask a question, and keep it as a search."""
    with library.transaction() as db:
        searches.remember(db, who.viewer, question)
        searches.save(db, who.viewer, name="kept", question=question)


def kept_by(library, who):
    """The questions in somebody's history, and their saved searches."""
    with library.reading() as db:
        mine = AskedQuestion.person_id == who.id
        asked = db.scalars(select(AskedQuestion.question).where(mine)).all()
        saved = select(SavedSearch.question).where(SavedSearch.person_id == who.id)
        return [*asked, *db.scalars(saved).all()]


def test_what_a_reader_kept_of_the_words_goes(library, mentor, tess):
    """She could read the session, kept its words afterwards, and can read them nowhere else."""
    built = note(library, mentor)
    keep(library, tess, f"who {RUN}?")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert kept_by(library, tess) == []


def test_what_was_kept_before_the_words_came_stays(library, mentor, tess):
    """Nobody quotes what is not there yet, also where it is written into an older session."""
    older = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    keep(library, tess, f"who {RUN}?")
    with library.transaction() as db:
        db.get(MentoringSession, older.session_id).title = f"Who {RUN}?"
    later = note(library, mentor)

    taking_back.take_back(library, mentor.viewer, later.session_id)
    taking_back.take_back(library, mentor.viewer, older.session_id)

    assert len(kept_by(library, tess)) == 2


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.PARTICIPANTS])
def test_who_never_could_read_it_loses_nothing(library, mentor, tess, visibility):
    """A note of chosen words that only its owner sees reaches nobody's rows."""
    built = note(library, mentor, visibility=visibility)
    keep(library, tess, f"who {RUN}?")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert len(kept_by(library, tess)) == 2


@pytest.mark.parametrize(
    "question",
    ["a green sofa", "eleven papers of a manager", "sofa green the under papers the hid", "weeks"],
)
def test_likeness_and_single_words_reach_nobody(library, mentor, tess, question):
    """Fewer than four words in a row, or the same words in another order, are no quotation."""
    built = note(library, mentor)
    keep(library, tess, question)

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert kept_by(library, tess) == [question, question]


def test_four_short_words_in_a_row_are_no_quotation(library, mentor, tess):
    """How a question begins is nobody's own words."""
    built = note(library, mentor, "So how do I ask him again?")
    keep(library, tess, "How do I ask for a raise?")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert len(kept_by(library, tess)) == 2


def test_words_that_can_be_read_elsewhere_are_no_quotation(library, mentor, tess):
    """Another session that she may see has them; one that is hidden from her does not count."""
    built, other = note(library, mentor), note(library, mentor, f"Again: {HID}")
    keep(library, tess, f"who {RUN}?")

    taking_back.take_back(library, mentor.viewer, built.session_id)
    before = kept_by(library, tess)
    hidden = note(library, mentor, f"A third time: {HID}", Visibility.PRIVATE)
    taking_back.take_back(library, mentor.viewer, other.session_id)

    assert (len(before), kept_by(library, tess)) == (2, [])
    assert hidden


def test_the_trash_makes_no_reader_forget(library, mentor, tess):
    """What goes by way of the trash reaches the same rows."""
    built = note(library, mentor)
    keep(library, tess, f"who {RUN}?")
    with library.transaction() as db:
        trash.put(db, mentor.viewer, built.session_id)

    trash.remove_now(library, mentor.viewer, built.session_id)

    assert kept_by(library, tess) == []


def test_off_the_record_reaches_quotations_of_the_words_alone(library, mentor, tess):
    """Also of a few words, where what was kept has those around them."""
    lines = [("Ada", "Before that we all met in Lisbon."), ("Ben", "Ursula sold it.")]
    built = add_session(library, owner=mentor, lines=lines, visibility=Visibility.MEMBERS)
    keep(library, tess, "met in Lisbon Ursula sold it")
    keep(library, tess, "before that we all met in Lisbon")

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 10.0, 20.0))

    assert set(kept_by(library, tess)) == {"before that we all met in Lisbon"}


def test_the_audit_log_says_how_many_rows_of_whom_were_touched(library, mentor, tess):
    """By person and table, without a word."""
    built = note(library, mentor)
    keep(library, tess, f"who {RUN}?")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        event = db.scalar(select(AuditEvent).where(AuditEvent.action == traces.QUOTED))
    assert (event.subject_id, event.actor_id) == (built.session_id, mentor.id)
    assert event.detail == {
        "asked_question": {str(tess.id): 1},
        "saved_search": {str(tess.id): 1},
    }


def give_reason(library, who, reason):
    """Let somebody give a reason that goes into the ledger."""
    with library.transaction() as db:
        ledger.record(db, who.viewer, "waived", session_id=None, person_id=None, reason=reason)


def test_a_reason_in_the_ledger_keeps_its_entry_and_the_chain_holds(library, mentor, admin):
    """An entry vouches for what is left; a text that is changed by hand is still told."""
    built = note(library, mentor)
    give_reason(library, admin, f"Quoting: {RUN}!")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.transaction() as db:
        reason = db.scalar(select(LedgerText).where(LedgerText.text.startswith("Quoting")))
        assert reason.text == "Quoting: \u2026!"
        assert list(ledger.objections(db)) == []
        reason.text = "Quoting: nothing!"
        db.flush()
        assert len(list(ledger.objections(db))) == 1


def test_a_reason_that_somebody_else_gave_too_stays_whole(library, mentor, admin, tess):
    """The same text given twice is one text: it goes only where each can be a quotation."""
    built = note(library, mentor, visibility=Visibility.PARTICIPANTS)
    for who in (admin, tess):
        give_reason(library, who, f"So: {RUN}")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"So: {RUN}" in db.scalars(select(LedgerText.text)).all()


def test_a_letter_keeps_its_links_and_its_headers(library, mentor, tess):
    """The run is replaced in subject and text; to somebody who could not read it nothing is."""
    built = note(library, mentor)
    link = f"https://library.example.org/sessions/{built.session_id}?my=manager-hid-the-papers"
    for to in (tess.email, "stranger@example.org"):
        letter = Letter(to=to, subject=f"On {RUN}", text=f"New: “{HID}”\n{link}\n")
        mail.send(library.settings, letter)

    taking_back.take_back(library, mentor.viewer, built.session_id)

    letters = [path.read_text() for path in (library.settings.home / mail.OUTBOX).glob("*")]
    assert len(letters) == 2
    for text in letters:
        assert "sofa" not in text
        assert link in text.replace("=\n", "").replace("=3D", "=")
        assert "Message-ID: <" in text


def test_a_letter_about_the_session_loses_its_title_however_short(library, mentor, tess):
    """The library wrote it there beside the address; letters about others keep such words."""
    built = note(library, mentor)
    with library.transaction() as db:
        db.get_one(MentoringSession, built.session_id).title = "Green sofa"
    number, passage = built.session_id, built.passage_ids[0]
    for path in (f"sessions/{number}/release", f"p/{passage}", f"sessions/{number}9", "p/999"):
        text = f"“Green sofa” waits for you.\nhttps://library.example.org/{path}\n"
        mail.send(library.settings, Letter(to=tess.email, subject="Waiting for you", text=text))

    taking_back.take_back(library, mentor.viewer, number)

    letters = [path.read_text() for path in (library.settings.home / mail.OUTBOX).glob("*")]
    with_title = {text.split("example.org/")[-1].strip() for text in letters if "sofa" in text}
    assert with_title == {f"sessions/{number}9", "p/999"}


def test_pins_and_missed_questions_of_readers_lose_quotations(library, mentor, admin, tess):
    """A note keeps the rest of its sentence; a question that is the words goes."""
    built = note(library, mentor)
    with library.transaction() as db:
        question = PinnedQuestion(text=f"who {RUN}?", folded="who")
        other = PinnedQuestion(text="who hid it?", folded="hid")
        pin = PinnedAnswer(made_by=admin.id, note=f"They say {RUN} here.")
        pin.questions = [question, other]
        db.add(pin)
        db.add(MissedQuestion(person_id=tess.id, question=f"who {RUN}", folded="f"))

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert db.scalar(select(PinnedAnswer.note)) == "They say \u2026 here."
        assert db.scalars(select(PinnedQuestion.text)).all() == ["who hid it?"]
        assert db.scalar(select(MissedQuestion.id)) is None


def test_reasons_in_the_audit_log_stay_where_nobody_quoted(library, mentor, admin):
    """A reason that an administrator wrote before the words came is evidence as it was."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": f"They {RUN}."})
    built = note(library, mentor)

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"They {RUN}." in db.scalars(select(AuditWords.text)).all()


def test_a_receipt_does_not_count_what_others_search(library, mentor, tess):
    """Who adds a note of chosen words and takes it back learns nothing of saved searches."""
    built = note(library, mentor)
    keep(library, tess, "sofas")
    with library.transaction() as db:
        search = db.scalar(select(SavedSearch.id))
        told = ToldMoment(search_id=search, source_id=built.source_id, first=0.0, last=9.0)
        db.add(told)

    receipt = taking_back.take_back(library, mentor.viewer, built.session_id)

    assert "segment" in receipt.content["removed"]
    assert "told_moment" not in receipt.content["removed"]


def test_a_reason_of_the_owner_is_evidence_too(library, admin):
    """Single words stay in it, and what is quoted becomes an ellipsis."""
    built = note(library, admin)
    with library.transaction() as db:
        for reason in ("The manager's papers.", f"They {RUN}."):
            audit.record(db, admin.id, "lamp.light", words={"reason": reason})

    taking_back.take_back(library, admin.viewer, built.session_id)

    with library.reading() as db:
        texts = db.scalars(select(AuditWords.text)).all()
    assert texts[-2:] == ["The manager's papers.", "They \u2026."]


def test_questions_of_the_owner_go_for_a_rare_word(library, mentor):
    """Nobody else is shown them, and the words were the owner's."""
    built = note(library, mentor)
    keep(library, mentor, "who had the sofa?")

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert kept_by(library, mentor) == []


PLAIN = "Which questions help in a first meeting with a new mentee?"


def _compared(library, built):
    with library.reading() as db:
        session = db.get_one(MentoringSession, built.session_id)
        return comparing.compare(db, session, [built.source_id])


def _destroy(library, viewer, built, compared) -> None:
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        taking_back.destroy(db, viewer, session, compared)


def test_what_came_since_the_comparison_loses_the_words_too(library, mentor, tess) -> None:
    """What others kept is compared before a removal holds the database; the rest within it."""
    built = note(library, mentor)
    keep(library, tess, f"Who {RUN}?")
    keep(library, tess, PLAIN)
    compared = _compared(library, built)
    keep(library, tess, f"Why were they so late to {RUN}?")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.clean == {PLAIN, "kept"}
    assert kept_by(library, tess) == [PLAIN]


def test_a_removal_compares_nothing_again(library, mentor, tess) -> None:
    """What is known to quote nothing is believed: 50,000 searches of others hold nobody up."""
    built = note(library, mentor)
    keep(library, tess, f"Who {RUN}?")
    compared = _compared(library, built)

    _destroy(library, mentor.viewer, built, replace(compared, clean=frozenset({f"Who {RUN}?"})))

    assert kept_by(library, tess) == [f"Who {RUN}?"] * 2


def test_words_that_came_after_the_comparison_are_compared(library, mentor, tess) -> None:
    """Where a session has words by now that it had not, nothing that was compared is believed."""
    built = note(library, mentor)
    keep(library, tess, PLAIN)
    compared = _compared(library, built)
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        session.description, session.described_at = PLAIN, now()
    keep(library, tess, PLAIN)

    _destroy(library, mentor.viewer, built, compared)

    assert PLAIN in compared.clean
    assert kept_by(library, tess) == []


def lay(library, who, text):
    """Lay an e-mail into the outbox."""
    mail.send(library.settings, Letter(to=who.email, subject="Waiting for you", text=text))


def in_outbox(library):
    """The texts of the e-mails in the outbox."""
    return sorted(path.read_text() for path in (library.settings.home / "outbox").glob("*.eml"))


def test_letters_are_compared_before_a_removal_holds_the_database(library, mentor, tess) -> None:
    """Only those that quote, are about the session or came since are read within it."""
    built = note(library, mentor)
    about = f"Listen: http://localhost/sessions/{built.session_id}"
    for text in (PLAIN, f"Who {RUN}?", about):
        lay(library, tess, text)
    compared = _compared(library, built)
    lay(library, tess, f"Why they {RUN}.")

    _destroy(library, mentor.viewer, built, compared)
    erasure.finish(library)

    assert len(compared.letters) == 1
    assert [RUN in text for text in in_outbox(library)] == [False] * 4


def test_letters_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """What is known to stay as it is holds nobody up: reading one takes two milliseconds."""
    built = note(library, mentor)
    lay(library, tess, f"Who {RUN}?")
    compared = _compared(library, built)
    names = frozenset(path.name for path in (library.settings.home / "outbox").iterdir())

    _destroy(library, mentor.viewer, built, replace(compared, letters=names))
    erasure.finish(library)

    assert [RUN in text for text in in_outbox(library)] == [True]


def answer(library, who, key, text):
    """Keep the answer to a program's request, as the API does."""
    with library.transaction() as db:
        content = {"body": {"questions": [text, PLAIN], "number": 7}}
        db.add(AnsweredRequest(person_id=who.id, key=key, fingerprint="f", answer=content))


def answered(library):
    """The texts of the kept answers, by their key."""
    with library.reading() as db:
        rows = db.scalars(select(AnsweredRequest)).all()
        return {row.key: row.answer["body"]["questions"] for row in rows}


def test_kept_answers_are_compared_before_a_removal_holds_the_database(
    library, mentor, tess
) -> None:
    """Of a week's answers to programs, only those that quote or came since are read within it."""
    built = note(library, mentor)
    answer(library, tess, "plain", PLAIN)
    answer(library, tess, "quotes", f"Who {RUN}?")
    compared = _compared(library, built)
    answer(library, tess, "since", f"Why they {RUN}.")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.hits["answered_request"] == {"quotes"}
    assert answered(library)["plain"] == [PLAIN, PLAIN]
    assert not any(RUN in one[0] for one in answered(library).values())


def test_kept_answers_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """What is known to quote nothing is not loaded."""
    built = note(library, mentor)
    answer(library, tess, "quotes", f"Who {RUN}?")
    compared = replace(_compared(library, built), hits={}, at=now() + timedelta(hours=1))

    _destroy(library, mentor.viewer, built, compared)

    assert answered(library) == {"quotes": [f"Who {RUN}?", PLAIN]}
