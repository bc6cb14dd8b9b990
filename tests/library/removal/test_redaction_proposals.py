"""Tests of proposals to leave out: the release waits until they are decided."""

import pytest
from sqlalchemy import select

from library.access import Viewer
from library.consent import ledger, release
from library.consent import proposals as cut_proposals
from library.consent.release_status import answer_of
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotAllowedError,
    NotFoundError,
)
from library.models import (
    ConsentAnswer,
    CutProposal,
    Participant,
    ParticipantRole,
    ProposalState,
    Release,
    Role,
    SourceKind,
    Visibility,
)
from library.removal import redaction, redaction_proposals, take_back
from library.removal.redaction import Chosen, TimeRange, Wording
from library.sessions import sessions, sources
from library.sessions.segments import SegmentDraft
from library.store import Library
from library.transcripts import versions
from tests.builders import Account, Built, add_account, add_part, add_session

LINES = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ben Mentee", "My daughter was ill that week."),
    ("Ada Mentor", "Then ask for one thing only."),
)


def add_unanswered_session(
    library: Library, mentor: Account, mentee: Account, kind: SourceKind
) -> Built:
    """Add a session for all members to which only its owner has agreed."""
    built = add_session(
        library,
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        kind=kind,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Recording for all members that still needs the mentee's consent."""
    return add_unanswered_session(library, mentor, mentee, SourceKind.RECORDING)


@pytest.fixture
def written_note(library: Library, mentor: Account, mentee: Account) -> Built:
    """Note for all members that still needs the mentee's consent."""
    return add_unanswered_session(library, mentor, mentee, SourceKind.NOTE)


def propose(library: Library, built: Built, viewer: Viewer, *ranges: Chosen, why: str = "") -> int:
    """Propose to leave out ranges, as *viewer*. Return the id of the first proposal."""
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        return redaction_proposals.propose(db, viewer, session, ranges, sentence=why)[0].id


def standing_of(library: Library, built: Built, person: Account) -> tuple[Release, ConsentAnswer]:
    """Return the release of a session, and the answer of a person to its consent request."""
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        answer = answer_of(session, person.id)
        assert answer is not None
        assert release.compute(db, session) is session.release
        return session.release, answer.state


def states(library: Library) -> list[ProposalState]:
    """Return the states of all proposals, oldest first."""
    with library.reading() as db:
        return list(db.scalars(select(CutProposal.state).order_by(CutProposal.id)))


def current_text(library: Library, built: Built) -> str:
    """Return the text of the current version of the transcript."""
    with library.reading() as db:
        version = versions.current_version(db, built.source_id)
        assert version is not None
        return " ".join(s.text for s in versions.segments_of(db, version.id))


def kinds(library: Library, built: Built) -> list[str]:
    """Return the kinds of a session's ledger entries, oldest first."""
    with library.reading() as db:
        found = ledger.entries(db, session_id=built.session_id)
        return [entry.content["kind"] for entry in reversed(found)]


def test_an_agreement_counts_once_its_range_is_redacted(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A consent with a proposal to leave out counts after the range is redacted.

    The ledger records the proposal, its reason and the decision.
    """
    number = propose(
        library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18), why="Private."
    )
    before = standing_of(library, talk, mentee)

    redaction_proposals.accept(library, mentor.viewer, talk.session_id, number)

    assert before == (Release.WAITING, ConsentAnswer.PROPOSED)
    assert standing_of(library, talk, mentee) == (Release.RELEASED, ConsentAnswer.AGREED)
    assert states(library) == [ProposalState.ACCEPTED]
    assert "daughter" not in current_text(library, talk)
    assert kinds(library, talk)[-3:] == ["proposed", "cut-proposed", "cut-accepted"]
    with library.reading() as db:
        ledger_texts = ledger.texts(db, ledger.entries(db, session_id=talk.session_id)).values()
        assert list(ledger.objections(db)) == []
    assert any("only after these parts are left out: 0:10 to 0:20" in text for text in ledger_texts)
    assert "Private." in ledger_texts


def test_a_refused_proposal_asks_again(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The owner can refuse a proposal to leave out only with a reason.

    The author of the proposal is then asked for consent again.
    """
    number = propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))
    with library.transaction() as db, pytest.raises(InvalidInputError, match="why this part stays"):
        redaction_proposals.refuse(db, mentor.viewer, talk.session_id, number, " ")

    with library.transaction() as db:
        redaction_proposals.refuse(
            db, mentor.viewer, talk.session_id, number, "It is the point of it."
        )

    assert standing_of(library, talk, mentee) == (Release.WAITING, ConsentAnswer.ASKED)
    assert states(library) == [ProposalState.REFUSED]
    assert "daughter" in current_text(library, talk)


def test_the_author_can_withdraw_a_proposal(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Only the author of a proposal to leave out can withdraw it.

    An agreement without conditions withdraws open proposals of the person.
    """
    first = propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))
    with library.transaction() as db, pytest.raises(NotAllowedError):
        redaction_proposals.withdraw(db, mentor.viewer, talk.session_id, first)
    with library.transaction() as db:
        redaction_proposals.withdraw(db, mentee.viewer, talk.session_id, first)
    between = standing_of(library, talk, mentee)

    propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 0, 5))
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        release.respond(db, mentee.viewer, session, agree=True)

    assert between == (Release.WAITING, ConsentAnswer.ASKED)
    assert standing_of(library, talk, mentee) == (Release.RELEASED, ConsentAnswer.AGREED)
    assert states(library) == [ProposalState.WITHDRAWN, ProposalState.WITHDRAWN]


def test_all_proposed_ranges_must_be_redacted(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A session is released after all proposed ranges are redacted.

    A redaction that was not a proposal counts too if it includes the proposed range.
    """
    ranges = TimeRange(talk.source_id, 0, 5), TimeRange(talk.source_id, 12, 18)
    number = propose(library, talk, mentee.viewer, *ranges)

    redaction_proposals.accept(library, mentor.viewer, talk.session_id, number)
    half_way = standing_of(library, talk, mentee)
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 9, 21))

    assert half_way == (Release.WAITING, ConsentAnswer.PROPOSED)
    assert standing_of(library, talk, mentee) == (Release.RELEASED, ConsentAnswer.AGREED)
    assert states(library) == [ProposalState.ACCEPTED, ProposalState.ACCEPTED]


def test_a_waiver_does_not_set_a_proposal_aside(
    library: Library, talk: Built, admin: Account, mentee: Account
) -> None:
    """A waiver by an administrator does not replace the decision about an open proposal."""
    propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))

    with library.transaction() as db:
        release.waive(db, admin.viewer, sessions.get(db, talk.session_id), "Out of reach")

    assert standing_of(library, talk, mentee) == (Release.WAITING, ConsentAnswer.PROPOSED)


def test_a_paragraph_is_found_again_in_a_later_version(
    library: Library, written_note: Built, mentor: Account, mentee: Account
) -> None:
    """A proposed paragraph is found in a later version of the note.

    It may have been moved or slightly changed.
    """
    number = propose(library, written_note, mentee.viewer, Wording(written_note.source_id, 1))
    with library.transaction() as db:
        texts = [
            "A new beginning.",
            LINES[0][1],
            "My daughter was quite ill that week.",
            LINES[2][1],
        ]
        drafts = [SegmentDraft(text=text) for text in texts]
        source = sources.get(db, written_note.source_id)
        versions.save_version(db, source, drafts, origin="correction")

    redaction_proposals.accept(library, mentor.viewer, written_note.session_id, number)

    assert current_text(library, written_note) == f"A new beginning. {LINES[0][1]} {LINES[2][1]}"


def test_a_missing_paragraph_is_refused(
    library: Library, written_note: Built, mentor: Account, mentee: Account
) -> None:
    """A proposal cannot be accepted if its paragraph is no longer in the note."""
    number = propose(library, written_note, mentee.viewer, Wording(written_note.source_id, 1))
    with library.transaction() as db:
        source = sources.get(db, written_note.source_id)
        drafts = [SegmentDraft(text=LINES[0][1]), SegmentDraft(text=LINES[2][1])]
        versions.save_version(db, source, drafts, origin="correction")

    with pytest.raises(ConflictError, match="not in the note any more"):
        redaction_proposals.accept(library, mentor.viewer, written_note.session_id, number)

    assert states(library) == [ProposalState.OPEN]


def test_a_partly_redacted_paragraph_stays_proposed(
    library: Library, written_note: Built, mentor: Account, mentee: Account
) -> None:
    """If a part of a proposed paragraph is redacted, the proposal stays open for the other part."""
    number = propose(library, written_note, mentee.viewer, Wording(written_note.source_id, 1))
    redaction.redact(library, mentor.viewer, Wording(written_note.source_id, 1, "that week"))
    half_way = states(library)

    redaction_proposals.accept(library, mentor.viewer, written_note.session_id, number)

    assert half_way == [ProposalState.OPEN]
    assert standing_of(library, written_note, mentee)[1] is ConsentAnswer.AGREED
    assert current_text(library, written_note) == f"{LINES[0][1]} {LINES[2][1]}"


def test_quotations_in_the_reason_are_removed(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Accepting a proposal removes quotations of the redacted text from the proposal's reason."""
    why = "Hers to tell: my daughter was ill that week."
    number = propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18), why=why)

    redaction_proposals.accept(library, mentor.viewer, talk.session_id, number)

    with library.reading() as db:
        reason = db.scalars(select(CutProposal.sentence)).one()
        ledger_text = " ".join(
            ledger.texts(db, ledger.entries(db, session_id=talk.session_id)).values()
        )
    assert reason == "Hers to tell: \u2026."
    assert "daughter was ill" not in ledger_text


def test_a_proposal_of_a_removed_recording_asks_again(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """If a recording with a proposal is taken back, the author is asked for consent again."""
    propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))
    add_part(library, talk.session_id, lines=LINES, content=b"another")

    take_back.take_back_source(library, mentor.viewer, talk.source_id)

    assert states(library) == []
    assert standing_of(library, talk, mentee)[1] is ConsentAnswer.ASKED


def test_errors_do_not_reveal_proposals(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Other people cannot tell an open, a decided and a missing proposal apart by the error."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)
    third = add_account(library, "Tess Third", Role.MENTEE)
    number = propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.participants.append(
            Participant(person_id=third.id, part=ParticipantRole.PEER, position=2)
        )
    open_to_third = refusal(library, talk, third.viewer, number)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        redaction_proposals.refuse(db, mentor.viewer, talk.session_id, number, "It is the point.")
        for one in (mentee, third):
            release.respond(db, one.viewer, session, agree=True)

    decided = [refusal(library, talk, who.viewer, number) for who in (stranger, third)]
    absent = [refusal(library, talk, who.viewer, number + 1) for who in (stranger, third)]

    assert standing_of(library, talk, mentee)[0] is Release.RELEASED
    assert [error for error, _ in absent] == [NotAllowedError, NotFoundError]
    assert decided == absent
    assert open_to_third == absent[1]


def refusal(library: Library, talk: Built, viewer: Viewer, number: int) -> tuple[type, str]:
    """Try to withdraw another person's proposal. Return type and text of the error."""
    with library.transaction() as db, pytest.raises(LibraryError) as error:
        redaction_proposals.withdraw(db, viewer, talk.session_id, number)
    return error.type, str(error.value)


def test_only_those_concerned_propose_see_and_decide(
    library: Library, talk: Built, admin: Account, mentor: Account, mentee: Account
) -> None:
    """A participant who is not the owner can propose to leave out a range.

    The range must belong to their session. Only the owner decides about a proposal.
    """
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)
    other = add_session(library, lines=LINES, owner=mentor, title="Another", content=b"another")
    range_ = TimeRange(talk.source_id, 12, 18)
    for viewer, chosen, error in (
        (mentor.viewer, range_, NotAllowedError),
        (stranger.viewer, range_, NotAllowedError),
        (mentee.viewer, TimeRange(other.source_id, 0, 5), InvalidInputError),
        (mentee.viewer, TimeRange(talk.source_id, 5, 5), InvalidInputError),
        (mentee.viewer, Wording(talk.source_id, 0), InvalidInputError),
    ):
        with pytest.raises(error):
            propose(library, talk, viewer, chosen)
    number = propose(library, talk, mentee.viewer, range_)

    for viewer, error in ((stranger.viewer, NotFoundError), (mentee.viewer, NotAllowedError)):
        with pytest.raises(error):
            redaction_proposals.accept(library, viewer, talk.session_id, number)
    with pytest.raises(NotFoundError):
        redaction_proposals.accept(library, mentor.viewer, other.session_id, number)

    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        own = redaction_proposals.shown(library, db, mentee.viewer, session, decides=False)
        decided = redaction_proposals.shown(library, db, mentor.viewer, session, decides=True)
    assert [(one.place, one.own, one.loss) for one in own] == [("0:10 to 0:20", True, None)]
    assert decided[0].loss is not None
    assert decided[0].loss.words == LINES[1][1]


def test_one_decision_is_made_once(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A withdrawn proposal cannot be accepted. Nothing is redacted then."""
    number = propose(library, talk, mentee.viewer, TimeRange(talk.source_id, 12, 18))
    with library.transaction() as db:
        redaction_proposals.withdraw(db, mentee.viewer, talk.session_id, number)

    range_ = TimeRange(talk.source_id, 12, 18)
    with pytest.raises(ConflictError):
        redaction.redact(library, mentor.viewer, range_, proposal_id=number)

    assert "daughter" in current_text(library, talk)


def test_places_are_written_as_people_read_them(talk: Built) -> None:
    """The position of a proposal is shown in hours, minutes and seconds."""
    row = CutProposal(source_id=talk.source_id, start=3725.0, end=3730.4)

    assert cut_proposals.place_of(row) == "1:02:05 to 1:02:10"
