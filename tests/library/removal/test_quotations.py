"""Tests of quotations: a removal deletes quotations of removed text from data of others.

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

HID = "My manager hid the papers under the green sofa for eleven weeks."
RUN = "hid the papers under the green sofa"


@pytest.fixture
def tess(library):
    """Member who can read sessions for members."""
    return add_account(library, "Tess Reader", Role.MENTEE)


def note(library, owner, words=HID, visibility=Visibility.MEMBERS):
    """Make a session of the owner with the given text."""
    return add_session(library, owner=owner, lines=[("Ada", words)], visibility=visibility)


def ask_and_save(library, who, question):
    """Put a question into a member's history and saved searches."""
    with library.transaction() as db:
        saved_searches.remember(db, who.viewer, question)
        saved_searches.save(db, who.viewer, name="kept", question=question)


def questions_of(library, who):
    """Return the questions in a member's history and saved searches."""
    with library.reading() as db:
        mine = AskedQuestion.person_id == who.id
        asked = db.scalars(select(AskedQuestion.question).where(mine)).all()
        saved = select(SavedSearch.question).where(SavedSearch.person_id == who.id)
        return [*asked, *db.scalars(saved).all()]


def test_a_readers_quotation_is_deleted(library, mentor, tess):
    """A take-back deletes quotations of a session by a member who could read it."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {RUN}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == []


def test_a_question_older_than_the_text_stays(library, mentor, tess):
    """A question older than the text is not a quotation and stays."""
    older = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    ask_and_save(library, tess, f"who {RUN}?")
    with library.transaction() as db:
        db.get(MentoringSession, older.session_id).title = f"Who {RUN}?"
    later = note(library, mentor)

    take_back.take_back(library, mentor.viewer, later.session_id)
    take_back.take_back(library, mentor.viewer, older.session_id)

    assert len(questions_of(library, tess)) == 2


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.PARTICIPANTS])
def test_a_member_without_access_keeps_their_questions(library, mentor, tess, visibility):
    """A member who could never read the session keeps their questions."""
    built = note(library, mentor, visibility=visibility)
    ask_and_save(library, tess, f"who {RUN}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert len(questions_of(library, tess)) == 2


@pytest.mark.parametrize(
    "question",
    ["a green sofa", "eleven papers of a manager", "sofa green the under papers the hid", "weeks"],
)
def test_similar_text_and_single_words_are_no_quotation(library, mentor, tess, question):
    """Fewer than four words in a row, or words in another order, are not a quotation."""
    built = note(library, mentor)
    ask_and_save(library, tess, question)

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == [question, question]


def test_four_short_words_in_a_row_are_no_quotation(library, mentor, tess):
    """Four short words in a row are not a quotation."""
    built = note(library, mentor, "So how do I ask him again?")
    ask_and_save(library, tess, "How do I ask for a raise?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert len(questions_of(library, tess)) == 2


def test_words_that_can_be_read_elsewhere_are_no_quotation(library, mentor, tess):
    """Text in another session that the member can read is not a quotation.

    Hidden sessions do not count.
    """
    built, other = note(library, mentor), note(library, mentor, f"Again: {HID}")
    ask_and_save(library, tess, f"who {RUN}?")

    take_back.take_back(library, mentor.viewer, built.session_id)
    before = questions_of(library, tess)
    hidden = note(library, mentor, f"A third time: {HID}", Visibility.PRIVATE)
    take_back.take_back(library, mentor.viewer, other.session_id)

    assert (len(before), questions_of(library, tess)) == (2, [])
    assert hidden


def test_a_removal_through_the_trash_deletes_quotations(library, mentor, tess):
    """A removal through the trash deletes the same quotations as a take-back."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {RUN}?")
    with library.transaction() as db:
        trash.put(db, mentor.viewer, built.session_id)

    trash.remove_now(library, mentor.viewer, built.session_id)

    assert questions_of(library, tess) == []


def test_a_redaction_deletes_quotations_of_its_text_only(library, mentor, tess):
    """A redaction deletes a question that quotes the redacted text with its context.

    Other quotations stay.
    """
    lines = [("Ada", "Before that we all met in Lisbon."), ("Ben", "Ursula sold it.")]
    built = add_session(library, owner=mentor, lines=lines, visibility=Visibility.MEMBERS)
    ask_and_save(library, tess, "met in Lisbon Ursula sold it")
    ask_and_save(library, tess, "before that we all met in Lisbon")

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 10.0, 20.0))

    assert set(questions_of(library, tess)) == {"before that we all met in Lisbon"}


def test_the_audit_log_says_how_many_rows_of_whom_were_touched(library, mentor, tess):
    """The audit log has the number of changed rows by person and table, without any text."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"who {RUN}?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        event = db.scalar(select(AuditEvent).where(AuditEvent.action == quoted_words.QUOTED))
    assert (event.subject_id, event.actor_id) == (built.session_id, mentor.id)
    assert event.detail == {
        "asked_question": {str(tess.id): 1},
        "saved_search": {str(tess.id): 1},
    }


def give_reason(library, who, reason):
    """Record a ledger entry with a reason."""
    with library.transaction() as db:
        ledger.record(db, who.viewer, "waived", session_id=None, person_id=None, reason=reason)


def test_a_reason_in_the_ledger_keeps_its_entry_and_the_chain_holds(library, mentor, admin):
    """A quotation in a ledger reason becomes an ellipsis, and the hash chain stays valid."""
    built = note(library, mentor)
    give_reason(library, admin, f"Quoting: {RUN}!")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.transaction() as db:
        reason = db.scalar(select(LedgerText).where(LedgerText.text.startswith("Quoting")))
        assert reason.text == "Quoting: \u2026!"
        assert list(ledger.objections(db)) == []
        reason.text = "Quoting: nothing!"
        db.flush()
        assert len(list(ledger.objections(db))) == 1


def test_a_reason_that_another_person_gave_too_stays(library, mentor, admin, tess):
    """A reason given by two people is changed only if each of them could quote it."""
    built = note(library, mentor, visibility=Visibility.PARTICIPANTS)
    for who in (admin, tess):
        give_reason(library, who, f"So: {RUN}")

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"So: {RUN}" in db.scalars(select(LedgerText.text)).all()


def test_an_e_mail_keeps_its_links_and_its_headers(library, mentor, tess):
    """A quotation in an e-mail is replaced in subject and text. Links and headers stay."""
    built = note(library, mentor)
    link = f"https://library.example.org/sessions/{built.session_id}?my=manager-hid-the-papers"
    for to in (tess.email, "stranger@example.org"):
        message = OutgoingEmail(to=to, subject=f"On {RUN}", text=f"New: “{HID}”\n{link}\n")
        email.send(library.settings, message)

    take_back.take_back(library, mentor.viewer, built.session_id)

    messages = [path.read_text() for path in (library.settings.home / email.OUTBOX).glob("*")]
    assert len(messages) == 2
    for text in messages:
        assert "sofa" not in text
        assert link in text.replace("=\n", "").replace("=3D", "=")
        assert "Message-ID: <" in text


def test_an_e_mail_about_the_session_loses_its_title(library, mentor, tess):
    """An e-mail with a link to the session loses its title.

    E-mails about other sessions keep it.
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
    """Quotations in a pinned answer's note become ellipses.

    Pinned and missed questions that quote the removed text are deleted.
    """
    built = note(library, mentor)
    with library.transaction() as db:
        question = PinnedQuestion(text=f"who {RUN}?", folded="who")
        other = PinnedQuestion(text="who hid it?", folded="hid")
        pin = PinnedAnswer(made_by=admin.id, note=f"They say {RUN} here.")
        pin.questions = [question, other]
        db.add(pin)
        db.add(UnansweredQuestion(person_id=tess.id, question=f"who {RUN}", folded="f"))

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert db.scalar(select(PinnedAnswer.note)) == "They say \u2026 here."
        assert db.scalars(select(PinnedQuestion.text)).all() == ["who hid it?"]
        assert db.scalar(select(UnansweredQuestion.id)) is None


def test_a_reason_in_the_audit_log_older_than_the_text_stays(library, mentor, admin):
    """A reason in the audit log that is older than the text stays unchanged."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": f"They {RUN}."})
    built = note(library, mentor)

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert f"They {RUN}." in db.scalars(select(AuditWords.text)).all()


def test_a_receipt_does_not_count_searches_of_others(library, mentor, tess):
    """A receipt does not reveal saved searches of other members."""
    built = note(library, mentor)
    ask_and_save(library, tess, "sofas")
    with library.transaction() as db:
        search = db.scalar(select(SavedSearch.id))
        told = AlertedRange(search_id=search, source_id=built.source_id, first=0.0, last=9.0)
        db.add(told)

    receipt = take_back.take_back(library, mentor.viewer, built.session_id)

    assert "segment" in receipt.content["removed"]
    assert "told_moment" not in receipt.content["removed"]


def test_a_reason_of_the_owner_is_evidence_too(library, admin):
    """In a reason by the owner, quotations become ellipses, and single words stay."""
    built = note(library, admin)
    with library.transaction() as db:
        for reason in ("The manager's papers.", f"They {RUN}."):
            audit.record(db, admin.id, "lamp.light", words={"reason": reason})

    take_back.take_back(library, admin.viewer, built.session_id)

    with library.reading() as db:
        texts = db.scalars(select(AuditWords.text)).all()
    assert texts[-2:] == ["The manager's papers.", "They \u2026."]


def test_questions_of_the_owner_go_for_a_rare_word(library, mentor):
    """A question of the owner with a rare word of the session is deleted."""
    built = note(library, mentor)
    ask_and_save(library, mentor, "who had the sofa?")

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert questions_of(library, mentor) == []


PLAIN = "Which questions help in a first meeting with a new mentee?"


def _compared(library, built):
    with library.reading() as db:
        session = db.get_one(MentoringSession, built.session_id)
        return quotation_scan.compare(db, session, [built.source_id])


def _destroy(library, viewer, built, compared) -> None:
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        take_back.destroy(db, viewer, session, compared)


def test_a_quotation_after_the_comparison_is_deleted_too(library, mentor, tess) -> None:
    """A quotation made between comparison and removal is deleted too."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"Who {RUN}?")
    ask_and_save(library, tess, PLAIN)
    compared = _compared(library, built)
    ask_and_save(library, tess, f"Why were they so late to {RUN}?")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.clean == {PLAIN, "kept"}
    assert questions_of(library, tess) == [PLAIN]


def test_a_removal_compares_nothing_again(library, mentor, tess) -> None:
    """A removal does not compare a text again in which no quotation was found."""
    built = note(library, mentor)
    ask_and_save(library, tess, f"Who {RUN}?")
    compared = _compared(library, built)

    _destroy(library, mentor.viewer, built, replace(compared, clean=frozenset({f"Who {RUN}?"})))

    assert questions_of(library, tess) == [f"Who {RUN}?"] * 2


def test_text_added_after_the_comparison_is_compared(library, mentor, tess) -> None:
    """After new text in a session, earlier comparisons are not used."""
    built = note(library, mentor)
    ask_and_save(library, tess, PLAIN)
    compared = _compared(library, built)
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        session.description, session.described_at = PLAIN, now()
    ask_and_save(library, tess, PLAIN)

    _destroy(library, mentor.viewer, built, compared)

    assert PLAIN in compared.clean
    assert questions_of(library, tess) == []


def add_to_outbox(library, who, text):
    """Put an e-mail into the outbox."""
    email.send(library.settings, OutgoingEmail(to=who.email, subject="Waiting for you", text=text))


def in_outbox(library):
    """Return the texts of the e-mails in the outbox."""
    return sorted(path.read_text() for path in (library.settings.home / "outbox").glob("*.eml"))


def test_e_mails_are_compared_before_the_removal_transaction(library, mentor, tess) -> None:
    """A removal deletes quotations in e-mails, also in those sent after the comparison."""
    built = note(library, mentor)
    about = f"Listen: http://localhost/sessions/{built.session_id}"
    for text in (PLAIN, f"Who {RUN}?", about):
        add_to_outbox(library, tess, text)
    compared = _compared(library, built)
    add_to_outbox(library, tess, f"Why they {RUN}.")

    _destroy(library, mentor.viewer, built, compared)
    erasure.finish(library)

    assert len(compared.emails) == 1
    assert [RUN in text for text in in_outbox(library)] == [False] * 4


def test_e_mails_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """A removal does not read an e-mail again in which no quotation was found."""
    built = note(library, mentor)
    add_to_outbox(library, tess, f"Who {RUN}?")
    compared = _compared(library, built)
    names = frozenset(path.name for path in (library.settings.home / "outbox").iterdir())

    _destroy(library, mentor.viewer, built, replace(compared, emails=names))
    erasure.finish(library)

    assert [RUN in text for text in in_outbox(library)] == [True]


def answer(library, who, key, text):
    """Store the answer to an API request."""
    with library.transaction() as db:
        content = {"body": {"questions": [text, PLAIN], "number": 7}}
        db.add(AnsweredRequest(person_id=who.id, key=key, fingerprint="f", answer=content))


def answered(library):
    """Return the texts of the stored answers by idempotency key."""
    with library.reading() as db:
        rows = db.scalars(select(AnsweredRequest)).all()
        return {row.key: row.answer["body"]["questions"] for row in rows}


def test_stored_answers_are_compared_before_the_removal_transaction(library, mentor, tess) -> None:
    """A removal deletes quotations in API answers, also in those stored after the comparison."""
    built = note(library, mentor)
    answer(library, tess, "plain", PLAIN)
    answer(library, tess, "quotes", f"Who {RUN}?")
    compared = _compared(library, built)
    answer(library, tess, "since", f"Why they {RUN}.")

    _destroy(library, mentor.viewer, built, compared)

    assert compared.hits["answered_request"] == {(tess.id, "quotes")}
    assert answered(library)["plain"] == [PLAIN, PLAIN]
    assert not any(RUN in one[0] for one in answered(library).values())


def test_stored_answers_that_were_compared_are_not_read_again(library, mentor, tess) -> None:
    """A removal does not load API answers in which no quotation was found."""
    built = note(library, mentor)
    answer(library, tess, "quotes", f"Who {RUN}?")
    compared = replace(_compared(library, built), hits={}, at=now() + timedelta(hours=1))

    _destroy(library, mentor.viewer, built, compared)

    assert answered(library) == {"quotes": [f"Who {RUN}?", PLAIN]}
