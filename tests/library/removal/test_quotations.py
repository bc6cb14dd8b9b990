"""Tests of quotations of removed text: a removal deletes them from other people's data.

Covers: quotation_scan, readership.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from library import audit
from library.consent import ledger
from library.discovery import saved_searches
from library.models import (
    AlertedRange,
    AnsweredRequest,
    AskedQuestion,
    AuditEvent,
    AuditWords,
    LedgerText,
    MentoringSession,
    PinnedAnswer,
    PinnedQuestion,
    Role,
    SavedSearch,
    UnansweredQuestion,
    Visibility,
    now,
)
from library.notifications import email
from library.notifications.email import OutgoingEmail
from library.removal import quotation_scan, quoted_words, redaction, take_back, trash
from library.removal.redaction import TimeRange
from library.sessions import erasure
from tests.builders import add_account, add_session

SENTENCE = "My manager hid the papers under the green sofa for eleven weeks."
QUOTE = "hid the papers under the green sofa"


@pytest.fixture
def tess(library):
    """Member who can read the sessions that are for members."""
    return add_account(library, "Tess Reader", Role.MENTEE)


def note(library, owner, words=SENTENCE, visibility=Visibility.MEMBERS):
    """Add a session of the owner with the given text."""
    return add_session(library, owner=owner, lines=[("Ada", words)], visibility=visibility)


def ask_and_save(library, who, question):
    """Add a question to a member's search history and to the saved searches."""
    with library.transaction() as db:
        saved_searches.remember(db, who.viewer, question)
        saved_searches.save(db, who.viewer, name="kept", question=question)


def questions_of(library, who):
    """Return the questions in a member's search history and saved searches."""
    with library.reading() as db:
        mine = AskedQuestion.person_id == who.id
        questions = db.scalars(select(AskedQuestion.question).where(mine)).all()
        saved = select(SavedSearch.question).where(SavedSearch.person_id == who.id)
        return [*questions, *db.scalars(saved).all()]


def test_a_readers_quotation_is_deleted(library, mentor, tess):
    """Taking back a session deletes questions that quote it, by a member who could read it."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {QUOTE}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == []


def test_a_question_older_than_the_text_stays(library, mentor, tess):
    """A question that is older than the removed text is not a quotation and stays."""
    older = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    ask_and_save(library, tess, f"who {QUOTE}?")
    with library.transaction() as db:
        db.get(MentoringSession, older.session_id).title = f"Who {QUOTE}?"
    later = note(library, mentor)

    take_back.take_back(library, mentor.viewer, later.session_id)
    take_back.take_back(library, mentor.viewer, older.session_id)

    assert len(questions_of(library, tess)) == 2


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.PARTICIPANTS])
def test_a_member_without_access_keeps_their_questions(library, mentor, tess, visibility):
    """Questions of a member who could never read the removed session stay."""
    built = note(library, mentor, visibility=visibility)
    ask_and_save(library, tess, f"who {QUOTE}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert len(questions_of(library, tess)) == 2


@pytest.mark.parametrize(
    "question",
    ["a green sofa", "eleven papers of a manager", "sofa green the under papers the hid", "weeks"],
)
def test_similar_text_and_single_words_are_no_quotation(library, mentor, tess, question):
    """A quotation has at least four consecutive words in the same order as the text."""
    built = note(library, mentor)
    ask_and_save(library, tess, question)

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == [question, question]


def test_four_short_words_in_a_row_are_no_quotation(library, mentor, tess):
    """Four consecutive short words are not enough for a quotation."""
    built = note(library, mentor, "So how do I ask him again?")
    ask_and_save(library, tess, "How do I ask for a raise?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert len(questions_of(library, tess)) == 2


def test_words_that_can_be_read_elsewhere_are_no_quotation(library, mentor, tess):
    """Words that the member can also read in another session are not a quotation.

    The words of a hidden session do not count.
    """
    built, other = note(library, mentor), note(library, mentor, f"Again: {SENTENCE}")
    ask_and_save(library, tess, f"who {QUOTE}?")

    take_back.take_back(library, mentor.viewer, built.session_id)
    before = questions_of(library, tess)
    hidden = note(library, mentor, f"A third time: {SENTENCE}", Visibility.PRIVATE)
    take_back.take_back(library, mentor.viewer, other.session_id)

    assert (len(before), questions_of(library, tess)) == (2, [])
    assert hidden


def test_a_removal_through_the_trash_deletes_quotations(library, mentor, tess):
    """A removal from the trash deletes the same quotations as a take-back."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {QUOTE}?")
    with library.transaction() as db:
        trash.put(db, mentor.viewer, built.session_id)

    trash.remove_now(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == []


def test_a_redaction_deletes_quotations_of_its_text_only(library, mentor, tess):
    """A redaction deletes a question that quotes redacted words and the words before them.

    A question that quotes only other words stays.
    """
    lines = [("Ada", "Before that we all met in Lisbon."), ("Ben", "Ursula sold it.")]
    built = add_session(library, owner=mentor, lines=lines, visibility=Visibility.MEMBERS)
    ask_and_save(library, tess, "met in Lisbon Ursula sold it")
    ask_and_save(library, tess, "before that we all met in Lisbon")

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 10.0, 20.0))

    assert set(questions_of(library, tess)) == {"before that we all met in Lisbon"}


def test_the_audit_log_says_how_many_rows_of_whom_were_touched(library, mentor, tess):
    """The audit log says how many rows a removal changed, by person and table.

    It contains no text of these rows.
    """
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {QUOTE}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        event = db.scalar(select(AuditEvent).where(AuditEvent.action == quoted_words.QUOTED))
    assert (event.subject_id, event.actor_id) == (built.session_id, mentor.id)
    assert event.detail == {
        "asked_question": {str(tess.id): 1},
        "saved_search": {str(tess.id): 1},
    }


def give_reason(library, who, reason):
    """Add a ledger entry with a reason that a person gave."""
    with library.transaction() as db:
        ledger.record(db, who.viewer, "waived", session_id=None, person_id=None, reason=reason)


def test_a_reason_in_the_ledger_keeps_its_entry_and_the_chain_holds(library, mentor, admin):
    """In the reason of a ledger entry, a quotation is replaced by an ellipsis.

    The hash chain of the ledger stays valid.
    """
    built = note(library, mentor)
    give_reason(library, admin, f"Quoting: {QUOTE}!")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.transaction() as db:
        reason = db.scalar(select(LedgerText).where(LedgerText.text.startswith("Quoting")))
        assert reason.text == "Quoting: \u2026!"
        assert list(ledger.objections(db)) == []
        reason.text = "Quoting: nothing!"
        db.flush()
        assert len(list(ledger.objections(db))) == 1


def test_a_reason_that_another_person_gave_too_stays(library, mentor, admin, tess):
    """A reason that two people gave stays if one of them could not read the removed text."""
    built = note(library, mentor, visibility=Visibility.PARTICIPANTS)
    for who in (admin, tess):
        give_reason(library, who, f"So: {QUOTE}")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"So: {QUOTE}" in db.scalars(select(LedgerText.text)).all()


def test_an_e_mail_keeps_its_links_and_its_headers(library, mentor, tess):
    """A quotation in subject or text of an e-mail is replaced. Links and headers stay."""
    built = note(library, mentor)
    link = f"https://library.example.org/sessions/{built.session_id}?my=manager-hid-the-papers"
    for to in (tess.email, "stranger@example.org"):
        message = OutgoingEmail(to=to, subject=f"On {QUOTE}", text=f"New: “{SENTENCE}”\n{link}\n")
        email.send(library.settings, message)

    take_back.take_back(library, mentor.viewer, built.session_id)

    messages = [path.read_text() for path in (library.settings.home / email.OUTBOX).glob("*")]
    assert len(messages) == 2
    for text in messages:
        assert "sofa" not in text
        assert link in text.replace("=\n", "").replace("=3D", "=")
        assert "Message-ID: <" in text


def test_an_e_mail_about_the_session_loses_its_title(library, mentor, tess):
    """In an e-mail with a link to the removed session, the session's title is replaced.

    E-mails about other sessions keep these words.
    """
    built = note(library, mentor)
    with library.transaction() as db:
        db.get_one(MentoringSession, built.session_id).title = "Green sofa"
    number, passage = built.session_id, built.passage_ids[0]
    for path in (f"sessions/{number}/release", f"p/{passage}", f"sessions/{number}9", "p/999"):
        text = f"“Green sofa” waits for you.\nhttps://library.example.org/{path}\n"
        email.send(
            library.settings, OutgoingEmail(to=tess.email, subject="Waiting for you", text=text)
        )

    take_back.take_back(library, mentor.viewer, number)

    messages = [path.read_text() for path in (library.settings.home / email.OUTBOX).glob("*")]
    with_title = {text.split("example.org/")[-1].strip() for text in messages if "sofa" in text}
    assert with_title == {f"sessions/{number}9", "p/999"}


def test_pins_and_missed_questions_of_readers_lose_quotations(library, mentor, admin, tess):
    """In the note of a pinned answer, a quotation is replaced by an ellipsis.

    Pinned and missed questions that quote the removed text are deleted.
    """
    built = note(library, mentor)
    with library.transaction() as db:
        question = PinnedQuestion(text=f"who {QUOTE}?", folded="who")
        other = PinnedQuestion(text="who hid it?", folded="hid")
        pin = PinnedAnswer(made_by=admin.id, note=f"They say {QUOTE} here.")
        pin.questions = [question, other]
        db.add(pin)
        db.add(UnansweredQuestion(person_id=tess.id, question=f"who {QUOTE}", folded="f"))

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert db.scalar(select(PinnedAnswer.note)) == "They say \u2026 here."
        assert db.scalars(select(PinnedQuestion.text)).all() == ["who hid it?"]
        assert db.scalar(select(UnansweredQuestion.id)) is None


def test_a_reason_in_the_audit_log_older_than_the_text_stays(library, mentor, admin):
    """A reason in the audit log that is older than the removed text stays unchanged."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": f"They {QUOTE}."})
    built = note(library, mentor)

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"They {QUOTE}." in db.scalars(select(AuditWords.text)).all()


def test_a_receipt_does_not_count_searches_of_others(library, mentor, tess):
    """A receipt does not count rows that belong to saved searches of other members."""
    built = note(library, mentor)
    ask_and_save(library, tess, "sofas")
    with library.transaction() as db:
        search = db.scalar(select(SavedSearch.id))
        alerted = AlertedRange(search_id=search, source_id=built.source_id, first=0.0, last=9.0)
        db.add(alerted)

    receipt = take_back.take_back(library, mentor.viewer, built.session_id)

    assert "segment" in receipt.content["removed"]
    assert "told_moment" not in receipt.content["removed"]


def test_a_reason_of_the_owner_is_evidence_too(library, admin):
    """In a reason that the owner wrote, a quotation is replaced by an ellipsis.

    Single words of the session stay.
    """
    built = note(library, admin)
    with library.transaction() as db:
        for reason in ("The manager's papers.", f"They {QUOTE}."):
            audit.record(db, admin.id, "lamp.light", words={"reason": reason})

    take_back.take_back(library, admin.viewer, built.session_id)

    with library.reading() as db:
        texts = db.scalars(select(AuditWords.text)).all()
    assert texts[-2:] == ["The manager's papers.", "They \u2026."]


def test_questions_of_the_owner_go_for_a_rare_word(library, mentor):
    """A question of the owner is deleted if it contains a rare word of the removed session."""
    built = note(library, mentor)
    ask_and_save(library, mentor, "who had the sofa?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, mentor) == []


UNRELATED = "Which questions help in a first meeting with a new mentee?"


def _compared(library, built):
    with library.reading() as db:
        session = db.get_one(MentoringSession, built.session_id)
        return quotation_scan.compare(db, session, [built.source_id])


def _destroy(library, viewer, built, compared) -> None:
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        take_back.destroy(db, viewer, session, compared)


def test_a_quotation_after_the_comparison_is_deleted_too(library, mentor, tess) -> None:
    """A removal also deletes quotations that were added after it was prepared.

    The preparation compares other people's texts with the session, before the transaction.
    """
    built = note(library, mentor)
    ask_and_save(library, tess, f"Who {QUOTE}?")
    ask_and_save(library, tess, UNRELATED)
    compared = _compared(library, built)
    ask_and_save(library, tess, f"Why were they so late to {QUOTE}?")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.clean == {UNRELATED, "kept"}
    assert questions_of(library, tess) == [UNRELATED]


def test_a_removal_compares_nothing_again(library, mentor, tess) -> None:
    """A removal does not check a text again if its preparation found no quotation in the text."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"Who {QUOTE}?")
    compared = _compared(library, built)

    _destroy(library, mentor.viewer, built, replace(compared, clean=frozenset({f"Who {QUOTE}?"})))

    assert questions_of(library, tess) == [f"Who {QUOTE}?"] * 2


def test_text_added_after_the_comparison_is_compared(library, mentor, tess) -> None:
    """If a session gets text after its removal was prepared, all texts are compared again."""
    built = note(library, mentor)
    ask_and_save(library, tess, UNRELATED)
    compared = _compared(library, built)
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        session.description, session.described_at = UNRELATED, now()
    ask_and_save(library, tess, UNRELATED)

    _destroy(library, mentor.viewer, built, compared)

    assert UNRELATED in compared.clean
    assert questions_of(library, tess) == []


def add_to_outbox(library, who, text):
    """Add an e-mail to the outbox."""
    email.send(library.settings, OutgoingEmail(to=who.email, subject="Waiting for you", text=text))


def texts_in_outbox(library):
    """Return the texts of the e-mails in the outbox."""
    return sorted(path.read_text() for path in (library.settings.home / "outbox").glob("*.eml"))


def test_e_mails_are_compared_before_the_removal_transaction(library, mentor, tess) -> None:
    """A removal deletes quotations in e-mails, also in e-mails from after its preparation."""
    built = note(library, mentor)
    about = f"Listen: http://localhost/sessions/{built.session_id}"
    for text in (UNRELATED, f"Who {QUOTE}?", about):
        add_to_outbox(library, tess, text)
    compared = _compared(library, built)
    add_to_outbox(library, tess, f"Why they {QUOTE}.")

    _destroy(library, mentor.viewer, built, compared)
    erasure.finish(library)

    assert len(compared.emails) == 1
    assert [QUOTE in text for text in texts_in_outbox(library)] == [False] * 4


def test_e_mails_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """A removal does not read an e-mail again if its preparation found no quotation in it."""
    built = note(library, mentor)
    add_to_outbox(library, tess, f"Who {QUOTE}?")
    compared = _compared(library, built)
    names = frozenset(path.name for path in (library.settings.home / "outbox").iterdir())

    _destroy(library, mentor.viewer, built, replace(compared, emails=names))
    erasure.finish(library)

    assert [QUOTE in text for text in texts_in_outbox(library)] == [True]


def answer(library, who, key, text):
    """Store the answer to an API request under an idempotency key."""
    with library.transaction() as db:
        content = {"body": {"questions": [text, UNRELATED], "number": 7}}
        db.add(AnsweredRequest(person_id=who.id, key=key, fingerprint="f", answer=content))


def stored_answers(library):
    """Return the texts of the stored API answers by idempotency key."""
    with library.reading() as db:
        rows = db.scalars(select(AnsweredRequest)).all()
        return {row.key: row.answer["body"]["questions"] for row in rows}


def test_stored_answers_are_compared_before_the_removal_transaction(library, mentor, tess) -> None:
    """A removal deletes quotations in stored API answers.

    This includes answers that were stored after the removal was prepared.
    """
    built = note(library, mentor)
    answer(library, tess, "plain", UNRELATED)
    answer(library, tess, "quotes", f"Who {QUOTE}?")
    compared = _compared(library, built)
    answer(library, tess, "since", f"Why they {QUOTE}.")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.hits["answered_request"] == {(tess.id, "quotes")}
    assert stored_answers(library)["plain"] == [UNRELATED, UNRELATED]
    assert not any(QUOTE in one[0] for one in stored_answers(library).values())


def test_stored_answers_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """A removal does not load an API answer if its preparation found no quotation in it."""
    built = note(library, mentor)
    answer(library, tess, "quotes", f"Who {QUOTE}?")
    compared = replace(_compared(library, built), hits={}, at=now() + timedelta(hours=1))

    _destroy(library, mentor.viewer, built, compared)

    assert stored_answers(library) == {"quotes": [f"Who {QUOTE}?", UNRELATED]}
