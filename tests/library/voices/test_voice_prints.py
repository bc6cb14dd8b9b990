"""Voice prints: only of who agreed, of what is said of them now, and gone at once everywhere."""

from pathlib import Path

import numpy as np
import pytest

from library.access import GUEST
from library.consent import ledger
from library.editing import transcripts
from library.errors import ConflictError, NotAllowedError
from library.holdings import sources
from library.keeping.backup import back_up
from library.keeping.exporting import export
from library.models import Person, Role, Visibility, VoicePrint, VoiceProposal
from library.store import Library
from library.voices import voice_consent, voice_prints
from library.voices.voice_prints import Lesson, Print
from library.withdrawal import leaving
from library.withdrawal.leaving import Wish
from library.withdrawal.off_record import Stretch, take_off
from tests.builders import Account, Built, add_account, add_session
from tests.remains import left_in, remains_of

MODEL = "a model"
LINES = [("Ada Mentor", "Ask the same day."), ("Speaker 1", "I was afraid of that.")]
VECTOR = np.random.default_rng(1).normal(size=192).astype("<f4").tobytes()


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """A recording in which Ada is named, and somebody else is not."""
    return add_session(library, owner=mentor, lines=LINES, visibility=Visibility.PRIVATE)


def agree(library: Library, account: Account) -> None:
    with library.transaction() as db:
        voice_consent.agree(db, account.viewer)


def lesson_of(library: Library, model: str = MODEL) -> Lesson | None:
    with library.reading() as db:
        return voice_prints.next_lesson(db, model)


def learned(library: Library, *, vector: bytes = VECTOR) -> None:
    """What the worker does with the next lesson."""
    lesson = lesson_of(library)
    assert lesson is not None
    made = [Print(person_id=one, vector=vector, seconds=20.0) for one in lesson.people]
    with library.transaction() as db:
        voice_prints.learn(db, lesson, MODEL, made)


def proposed(library: Library, talk: Built, person_id: int) -> None:
    row = VoiceProposal(
        source_id=talk.source_id, voice="Speaker 1", person_id=person_id, likeness=0.9
    )
    with library.transaction() as db:
        voice_prints.propose(db, talk.source_id, [row])


def counted(library: Library) -> list[int]:
    with library.reading() as db:
        return [db.query(table).count() for table in voice_consent.TABLES]


def test_nobody_who_did_not_agree_is_learned(library: Library, mentor: Account, talk: Built):
    """Being named is no consent: the recording is a lesson only once Ada agrees herself."""
    before = lesson_of(library)

    agree(library, mentor)

    assert before is None
    assert lesson_of(library) == Lesson(
        source_id=talk.source_id,
        sha256=lesson_of(library).sha256,
        version_id=talk.version_id,
        people={mentor.id: "Ada Mentor"},
    )


def test_the_ledger_keeps_the_words_that_were_agreed_to(library: Library, mentor: Account):
    """One entry, with the words as they were shown, however often the button is pressed."""
    agree(library, mentor)
    agree(library, mentor)

    with library.reading() as db:
        (entry,) = ledger.entries(db, limit=9)
        assert entry.content["kind"] == voice_consent.AGREED
        assert voice_consent.WORDS in ledger.texts(db, [entry]).values()
        assert list(ledger.objections(db)) == []


def test_nobody_agrees_for_somebody_else(library: Library):
    """A guest has no voice to give."""
    with library.transaction() as db, pytest.raises(NotAllowedError):
        voice_consent.agree(db, GUEST)


def test_a_lesson_is_learned_once_for_each_model(library: Library, mentor: Account, talk: Built):
    """What is known is not made again, except by another model."""
    agree(library, mentor)

    learned(library)

    assert lesson_of(library) is None
    assert lesson_of(library, "another model") is not None


def test_a_name_that_two_people_have_is_nobodys_print(
    library: Library, mentor: Account, talk: Built
):
    """Whose voice it is cannot be known, so nothing is made of it."""
    agree(library, mentor)
    with library.transaction() as db:
        db.add(Person(name="ada mentor"))

    assert lesson_of(library) is None


def test_a_print_goes_when_the_name_is_taken_off(library: Library, mentor: Account, talk: Built):
    """A correction that names somebody else takes the print with it."""
    agree(library, mentor)
    learned(library)
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        drafts = transcripts.drafts_of(db, talk.version_id)
        transcripts.save_version(db, source, drafts[1:], origin="correction")

    with library.transaction() as db:
        gone = voice_prints.clear_outdated(db)

    assert gone == 1
    assert counted(library) == [0, 0, 1]


def test_a_print_is_not_kept_of_words_that_changed_meanwhile(
    library: Library, mentor: Account, talk: Built
):
    """Off the record while the worker listens: what it made of the old sound is left out."""
    agree(library, mentor)
    lesson = lesson_of(library)
    take_off(library, mentor.viewer, Stretch(talk.source_id, 0.0, 5.0))

    with library.transaction() as db:
        made = [Print(person_id=mentor.id, vector=VECTOR, seconds=20.0)]
        voice_prints.learn(db, lesson, MODEL, made)

    assert counted(library) == [0, 0, 1]


def test_off_the_record_takes_the_prints_along(library: Library, mentor: Account, talk: Built):
    """A print made of words that are off the record is gone with them; it is made anew."""
    agree(library, mentor)
    learned(library)

    take_off(library, mentor.viewer, Stretch(talk.source_id, 0.0, 5.0))

    assert counted(library) == [0, 0, 1]
    assert left_in(library, VECTOR) == []


def test_a_name_is_proposed_to_who_may_see_the_person(
    library: Library, mentor: Account, mentee: Account, talk: Built
):
    """Ada's private session shows Ada to nobody else, so nobody else is proposed her name."""
    agree(library, mentor)
    proposed(library, talk, mentor.id)

    with library.reading() as db:
        mine = voice_prints.proposals_for(db, mentor.viewer, talk.source_id)
        theirs = voice_prints.proposals_for(db, mentee.viewer, talk.source_id)

    assert mine == {"Speaker 1": voice_prints.Proposed(name="Ada Mentor", person_id=mentor.id)}
    assert theirs == {}


def test_a_proposal_is_a_person_also_where_another_has_the_name(
    library: Library, mentor: Account, talk: Built
):
    """The likeness is of one person: a namesake who joins later changes nothing about it."""
    agree(library, mentor)
    proposed(library, talk, mentor.id)
    add_account(library, mentor.name, Role.MENTEE, email="namesake@example.org")

    with library.reading() as db:
        mine = voice_prints.proposals_for(db, mentor.viewer, talk.source_id)

    assert mine["Speaker 1"].person_id == mentor.id


def test_a_refused_proposal_is_gone(library: Library, mentor: Account, talk: Built):
    """No is kept: the name is not proposed for that voice any more."""
    agree(library, mentor)
    proposed(library, talk, mentor.id)

    with library.transaction() as db:
        voice_prints.refuse(db, talk.source_id, "Speaker 1")
        assert voice_prints.proposals_for(db, mentor.viewer, talk.source_id) == {}


def test_nothing_is_proposed_of_who_does_not_agree(library: Library, mentor: Account, talk: Built):
    """A proposal that is made while somebody forgets their voice is not kept."""
    proposed(library, talk, mentor.id)

    assert counted(library) == [0, 0, 0]


def test_forgetting_leaves_nothing_anywhere(
    library: Library, mentor: Account, talk: Built, tmp_path: Path
):
    """Rows, database file, log, exports and backups: not a byte of the print is left."""
    agree(library, mentor)
    learned(library)
    proposed(library, talk, mentor.id)
    copies = tmp_path / "copies"
    copies.mkdir()
    assert remains_of(library.settings.home, VECTOR)
    back_up(library, copies / "before.zip")
    export(library, copies / "export.zip")

    receipt = voice_consent.forget(library, mentor.viewer)

    assert counted(library) == [0, 0, 0]
    assert left_in(library, VECTOR) == []
    assert remains_of(copies, VECTOR) == []
    assert receipt.content["removed"] == {
        "voice_proposal": 1,
        "voice_print": 1,
        "voice_consent": 1,
    }
    with library.reading() as db:
        assert list(voice_consent.objections(db, receipt.content)) == []
        assert list(ledger.objections(db)) == []
    assert lesson_of(library) is None


def test_a_receipt_says_what_is_not_so(library: Library, mentor: Account, talk: Built):
    """A print that is there after all, and a changed receipt, are named; agreeing anew is fine."""
    agree(library, mentor)
    receipt = voice_consent.forget(library, mentor.viewer)
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

    def said(content: dict) -> list[str]:
        with library.reading() as db:
            return list(voice_consent.objections(db, content))

    assert said(receipt.content) == ["There is something of this person in voice_print."]
    assert len(said({**receipt.content, "at": "never"})) == 1
    agree(library, mentor)
    assert said(receipt.content) == []


def test_what_is_not_there_cannot_be_forgotten(library: Library, mentor: Account):
    """Without an agreement there is nothing to forget."""
    with pytest.raises(ConflictError, match="not recognised"):
        voice_consent.forget(library, mentor.viewer)


def test_who_leaves_takes_the_voice_along(library: Library, talk: Built, mentor: Account):
    """Deleting a person's data removes their prints, and the receipt counts them."""
    add_account(library, "Ines Admin", Role.ADMIN)
    agree(library, mentor)
    learned(library)

    receipt = leaving.leave(library, mentor.viewer, mentor.id, Wish())

    assert receipt.content["removed"]["voice_print"] == 1
    assert receipt.content["removed"]["voice_consent"] == 1
    assert left_in(library, VECTOR) == []
