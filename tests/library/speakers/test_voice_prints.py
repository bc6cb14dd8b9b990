"""Tests of voice prints: they need consent, and are deleted everywhere.

Covers: recognition_consent.
"""

from pathlib import Path

import numpy as np
import pytest

from library.access import GUEST
from library.consent import ledger
from library.errors import ConflictError, NotAllowedError
from library.models import Person, Role, SpeakerProposal, Visibility, VoiceConsent, VoicePrint
from library.preservation.backup import back_up
from library.preservation.export_library import export
from library.removal import account_deletion
from library.removal.account_deletion import DeletionRequest
from library.removal.redaction import TimeRange, redact
from library.sessions import sources
from library.speakers import recognition_consent, voice_prints
from library.speakers.voice_prints import EnrollmentTask, PrintResult
from library.store import Library
from library.transcripts import versions
from tests.builders import Account, Built, add_account, add_session
from tests.remains import left_in, remains_of

MODEL = "a model"
LINES = [("Ada Mentor", "Ask the same day."), ("Speaker 1", "I was afraid of that.")]
VECTOR = np.random.default_rng(1).normal(size=192).astype("<f4").tobytes()


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Private recording with a named speaker, Ada, and one unnamed speaker."""
    return add_session(library, owner=mentor, lines=LINES, visibility=Visibility.PRIVATE)


def agree(library: Library, account: Account) -> None:
    with library.transaction() as db:
        recognition_consent.agree(db, account.viewer)


def next_task(library: Library, model: str = MODEL) -> EnrollmentTask | None:
    with library.reading() as db:
        return voice_prints.next_enrollment(db, model)


def enroll_next(library: Library, *, vector: bytes = VECTOR) -> None:
    """Make voice prints for the next recording, as the worker does."""
    task = next_task(library)
    assert task is not None
    results = [PrintResult(person_id=one, vector=vector, seconds=20.0) for one in task.people]
    with library.transaction() as db:
        voice_prints.enroll(db, task, MODEL, results)


def add_proposal(library: Library, talk: Built, person_id: int) -> None:
    row = SpeakerProposal(
        source_id=talk.source_id, voice="Speaker 1", person_id=person_id, likeness=0.9
    )
    with library.transaction() as db:
        voice_prints.propose(db, talk.source_id, [row])


def row_counts(library: Library) -> list[int]:
    with library.reading() as db:
        return [db.query(table).count() for table in recognition_consent.TABLES]


def test_no_voice_print_is_made_without_consent(library: Library, mentor: Account, talk: Built):
    """A speaker gets no voice print before they agree to voice recognition."""
    before = next_task(library)

    agree(library, mentor)

    assert before is None
    assert next_task(library) == EnrollmentTask(
        source_id=talk.source_id,
        sha256=next_task(library).sha256,
        version_id=talk.version_id,
        people={mentor.id: "Ada Mentor"},
    )


def test_the_ledger_records_the_consent_statement(library: Library, mentor: Account):
    """The ledger records the displayed consent statement once, also if a person agrees twice."""
    agree(library, mentor)
    agree(library, mentor)

    with library.reading() as db:
        (entry,) = ledger.entries(db, limit=9)
        assert entry.content["kind"] == recognition_consent.AGREED
        assert recognition_consent.WORDS in ledger.texts(db, [entry]).values()
        assert list(ledger.objections(db)) == []


def test_the_text_of_a_consent_is_the_one_that_was_shown(library: Library, mentor: Account):
    """After a new version changed the consent statement, a person still sees the one agreed to."""
    with library.transaction() as db:
        assert recognition_consent.consent_text(db, mentor.id) == recognition_consent.WORDS
        entry = ledger.record(
            db,
            mentor.viewer,
            recognition_consent.AGREED,
            session_id=None,
            person_id=mentor.id,
            words="An older statement.",
        )
        db.add(VoiceConsent(person_id=mentor.id, entry_id=entry.id))
        db.flush()

        assert recognition_consent.consent_text(db, mentor.id) == "An older statement."


def test_a_guest_cannot_agree(library: Library):
    """A guest cannot agree to voice recognition."""
    with library.transaction() as db, pytest.raises(NotAllowedError):
        recognition_consent.agree(db, GUEST)


def test_a_lesson_is_learned_once_for_each_model(library: Library, mentor: Account, talk: Built):
    """Voice prints are made once for each recording and model."""
    agree(library, mentor)

    enroll_next(library)

    assert next_task(library) is None
    assert next_task(library, "another model") is not None


def test_no_voice_print_is_made_of_an_ambiguous_name(
    library: Library, mentor: Account, talk: Built
):
    """No voice print is made of a speaker with an ambiguous name."""
    agree(library, mentor)
    with library.transaction() as db:
        db.add(Person(name="ada mentor"))

    assert next_task(library) is None


def test_a_voice_print_is_deleted_with_its_label(library: Library, mentor: Account, talk: Built):
    """If a correction removes a person from a transcript, the voice print is deleted."""
    agree(library, mentor)
    enroll_next(library)
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        drafts = versions.drafts_of(db, talk.version_id)
        versions.save_version(db, source, drafts[1:], origin="correction")

    with library.transaction() as db:
        deleted = voice_prints.clear_outdated(db)

    assert deleted == 1
    assert row_counts(library) == [0, 0, 1]


def test_a_voice_print_of_redacted_audio_is_not_stored(
    library: Library, mentor: Account, talk: Built
):
    """If audio is redacted while its voice print is made, the voice print is not stored."""
    agree(library, mentor)
    task = next_task(library)
    redact(library, mentor.viewer, TimeRange(talk.source_id, 0.0, 5.0))

    with library.transaction() as db:
        results = [PrintResult(person_id=mentor.id, vector=VECTOR, seconds=20.0)]
        voice_prints.enroll(db, task, MODEL, results)

    assert row_counts(library) == [0, 0, 1]


def test_a_redaction_deletes_voice_prints(library: Library, mentor: Account, talk: Built):
    """A redaction deletes the voice prints that were made from the recording."""
    agree(library, mentor)
    enroll_next(library)

    redact(library, mentor.viewer, TimeRange(talk.source_id, 0.0, 5.0))

    assert row_counts(library) == [0, 0, 1]
    assert left_in(library, VECTOR) == []


def test_a_name_is_proposed_to_viewers_of_the_person(
    library: Library, mentor: Account, mentee: Account, talk: Built
):
    """A speaker proposal is shown only to viewers who may see the page of the proposed person."""
    agree(library, mentor)
    add_proposal(library, talk, mentor.id)

    with library.reading() as db:
        of_mentor = voice_prints.proposals_for(db, mentor.viewer, talk.source_id)
        of_mentee = voice_prints.proposals_for(db, mentee.viewer, talk.source_id)

    assert of_mentor == {"Speaker 1": voice_prints.Proposed(name="Ada Mentor", person_id=mentor.id)}
    assert of_mentee == {}


def test_a_proposal_is_a_person_also_where_another_has_the_name(
    library: Library, mentor: Account, talk: Built
):
    """A speaker proposal keeps its person if an account of the same name is added later."""
    agree(library, mentor)
    add_proposal(library, talk, mentor.id)
    add_account(library, mentor.name, Role.MENTEE, email="namesake@example.org")

    with library.reading() as db:
        proposals = voice_prints.proposals_for(db, mentor.viewer, talk.source_id)

    assert proposals["Speaker 1"].person_id == mentor.id


def test_a_refused_proposal_is_gone(library: Library, mentor: Account, talk: Built):
    """A speaker proposal that was declined is not shown any more."""
    agree(library, mentor)
    add_proposal(library, talk, mentor.id)

    with library.transaction() as db:
        voice_prints.reject_proposal(db, talk.source_id, "Speaker 1")
        assert voice_prints.proposals_for(db, mentor.viewer, talk.source_id) == {}


def test_no_name_is_proposed_without_consent(library: Library, mentor: Account, talk: Built):
    """A speaker proposal for a person without consent is not stored."""
    add_proposal(library, talk, mentor.id)

    assert row_counts(library) == [0, 0, 0]


def test_deleting_a_voice_print_leaves_no_bytes(
    library: Library, mentor: Account, talk: Built, tmp_path: Path
):
    """A deleted voice print leaves no bytes in the home folder.

    Exports and backups from before the deletion do not contain it either.
    """
    agree(library, mentor)
    enroll_next(library)
    add_proposal(library, talk, mentor.id)
    copies = tmp_path / "copies"
    copies.mkdir()
    assert remains_of(library.settings.home, VECTOR)
    back_up(library, copies / "before.zip")
    export(library, copies / "export.zip")

    receipt = recognition_consent.forget(library, mentor.viewer)

    assert row_counts(library) == [0, 0, 0]
    assert left_in(library, VECTOR) == []
    assert remains_of(copies, VECTOR) == []
    assert receipt.content["removed"] == {
        "voice_proposal": 1,
        "voice_print": 1,
        "voice_consent": 1,
    }
    with library.reading() as db:
        assert list(recognition_consent.objections(db, receipt.content)) == []
        assert list(ledger.objections(db)) == []
    assert next_task(library) is None


def test_the_check_of_a_receipt_reports_what_is_wrong(
    library: Library, mentor: Account, talk: Built
):
    """The check of a receipt reports a remaining voice print and a changed receipt.

    After a new consent, a voice print is allowed and not reported.
    """
    agree(library, mentor)
    receipt = recognition_consent.forget(library, mentor.viewer)
    with library.transaction() as db:
        db.add(
            VoicePrint(
                person_id=mentor.id,
                source_id=talk.source_id,
                model=MODEL,
                version_id=talk.version_id,
                vector=VECTOR,
                seconds=9.0,
            )
        )

    def objections_to(content: dict) -> list[str]:
        with library.reading() as db:
            return list(recognition_consent.objections(db, content))

    assert objections_to(receipt.content) == ["Data of this person is still in voice_print."]
    assert len(objections_to({**receipt.content, "at": "never"})) == 1
    agree(library, mentor)
    assert objections_to(receipt.content) == []


def test_a_missing_consent_cannot_be_deleted(library: Library, mentor: Account):
    """If a person never agreed to voice recognition, deleting their voice data raises an error."""
    with pytest.raises(ConflictError, match="nothing to delete"):
        recognition_consent.forget(library, mentor.viewer)


def test_account_deletion_deletes_voice_prints(library: Library, talk: Built, mentor: Account):
    """Deleting an account deletes its voice prints, and the receipt counts them."""
    add_account(library, "Ines Admin", Role.ADMIN)
    agree(library, mentor)
    enroll_next(library)

    receipt = account_deletion.delete_account(library, mentor.viewer, mentor.id, DeletionRequest())

    assert receipt.content["removed"]["voice_print"] == 1
    assert receipt.content["removed"]["voice_consent"] == 1
    assert left_in(library, VECTOR) == []
