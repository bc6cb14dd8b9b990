"""Proposals to leave something out: they hold a release until they are decided, and follow it."""

import pytest
from sqlalchemy import select

from library.access import Viewer
from library.consent import cut_proposals, ledger, release
from library.consent.standings import answer_of
from library.editing import transcripts
from library.editing.segments import SegmentDraft
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotAllowedError,
    NotFoundError,
)
from library.holdings import sessions, sources
from library.models import (
    Answer,
    CutProposal,
    Part,
    Participant,
    ProposalState,
    Release,
    Role,
    SourceKind,
    Visibility,
)
from library.store import Library
from library.withdrawal import off_record, proposals, taking_back
from library.withdrawal.off_record import Chosen, Stretch, Wording
from tests.builders import Account, Built, add_account, add_part, add_session

SAID = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ben Mentee", "My daughter was ill that week."),
    ("Ada Mentor", "Then ask for one thing only."),
)


def built_of(library: Library, mentor: Account, mentee: Account, kind: SourceKind) -> Built:
    """A session for all members to which only its owner has agreed."""
    built = add_session(
        library,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        kind=kind,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """A recording for all members that waits for the mentee."""
    return built_of(library, mentor, mentee, SourceKind.RECORDING)


@pytest.fixture
def letter(library: Library, mentor: Account, mentee: Account) -> Built:
    """A note for all members that waits for the mentee."""
    return built_of(library, mentor, mentee, SourceKind.NOTE)


def propose(library: Library, built: Built, viewer: Viewer, *wanted: Chosen, why: str = "") -> int:
    """Let *viewer* agree without these; gives the number of the first proposal."""
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        return proposals.propose(db, viewer, session, wanted, sentence=why)[0].id


def stands(library: Library, built: Built, person: Account) -> tuple[Release, Answer]:
    """How it stands with the release, and with somebody's answer."""
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        answer = answer_of(session, person.id)
        assert answer is not None
        assert release.follows(db, session) is session.release
        return session.release, answer.state


def states(library: Library) -> list[ProposalState]:
    """What became of all proposals, in their order."""
    with library.reading() as db:
        return list(db.scalars(select(CutProposal.state).order_by(CutProposal.id)))


def words(library: Library, built: Built) -> str:
    """What the current transcript says."""
    with library.reading() as db:
        version = transcripts.current_version(db, built.source_id)
        assert version is not None
        return " ".join(s.text for s in transcripts.segments_of(db, version.id))


def kinds(library: Library, built: Built) -> list[str]:
    """What the ledger says of a session, in its order."""
    with library.reading() as db:
        found = ledger.entries(db, session_id=built.session_id)
        return [entry.content["kind"] for entry in reversed(found)]


def test_an_agreement_counts_once_its_stretch_is_left_out(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The release waits while a proposal is open, and comes with the press that accepts it."""
    number = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18), why="Private.")
    before = stands(library, talk, mentee)

    proposals.accept(library, mentor.viewer, talk.session_id, number)

    assert before == (Release.WAITING, Answer.PROPOSED)
    assert stands(library, talk, mentee) == (Release.RELEASED, Answer.AGREED)
    assert states(library) == [ProposalState.ACCEPTED]
    assert "daughter" not in words(library, talk)
    assert kinds(library, talk)[-3:] == ["proposed", "cut-proposed", "cut-accepted"]
    with library.reading() as db:
        said = ledger.texts(db, ledger.entries(db, session_id=talk.session_id)).values()
        assert list(ledger.objections(db)) == []
    assert any("counts once this is left out: 0:10 to 0:20" in text for text in said)
    assert "Private." in said


def test_a_refused_proposal_asks_again(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A sentence is needed; then its person may agree as it is, or not."""
    number = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))
    with library.transaction() as db, pytest.raises(InvalidInputError, match="in a sentence"):
        proposals.refuse(db, mentor.viewer, talk.session_id, number, " ")

    with library.transaction() as db:
        proposals.refuse(db, mentor.viewer, talk.session_id, number, "It is the point of it.")

    assert stands(library, talk, mentee) == (Release.WAITING, Answer.ASKED)
    assert states(library) == [ProposalState.REFUSED]
    assert "daughter" in words(library, talk)


def test_whoever_proposed_it_can_take_it_back_and_answer_otherwise(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Taken back, it asks again; another answer takes back what is still open."""
    first = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))
    with library.transaction() as db, pytest.raises(NotAllowedError):
        proposals.take_back(db, mentor.viewer, talk.session_id, first)
    with library.transaction() as db:
        proposals.take_back(db, mentee.viewer, talk.session_id, first)
    between = stands(library, talk, mentee)

    propose(library, talk, mentee.viewer, Stretch(talk.source_id, 0, 5))
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        release.respond(db, mentee.viewer, session, agree=True)

    assert between == (Release.WAITING, Answer.ASKED)
    assert stands(library, talk, mentee) == (Release.RELEASED, Answer.AGREED)
    assert states(library) == [ProposalState.WITHDRAWN, ProposalState.WITHDRAWN]


def test_all_that_was_proposed_has_to_go(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Of two stretches the first alone releases nothing; off the record by hand counts as well."""
    wanted = Stretch(talk.source_id, 0, 5), Stretch(talk.source_id, 12, 18)
    number = propose(library, talk, mentee.viewer, *wanted)

    proposals.accept(library, mentor.viewer, talk.session_id, number)
    half = stands(library, talk, mentee)
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 9, 21))

    assert half == (Release.WAITING, Answer.PROPOSED)
    assert stands(library, talk, mentee) == (Release.RELEASED, Answer.AGREED)
    assert states(library) == [ProposalState.ACCEPTED, ProposalState.ACCEPTED]


def test_a_condition_is_nobody_elses_to_set_aside(
    library: Library, talk: Built, admin: Account, mentee: Account
) -> None:
    """An administrator who releases without those who did not answer does not pass over it."""
    propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))

    with library.transaction() as db:
        release.waive(db, admin.viewer, sessions.get(db, talk.session_id), "Out of reach")

    assert stands(library, talk, mentee) == (Release.WAITING, Answer.PROPOSED)


def test_a_paragraph_is_found_again_in_a_later_version(
    library: Library, letter: Built, mentor: Account, mentee: Account
) -> None:
    """A paragraph that moved, or was corrected a little, is the one that goes."""
    number = propose(library, letter, mentee.viewer, Wording(letter.source_id, 1))
    with library.transaction() as db:
        texts = ["A new beginning.", SAID[0][1], "My daughter was quite ill that week.", SAID[2][1]]
        drafts = [SegmentDraft(text=text) for text in texts]
        source = sources.get(db, letter.source_id)
        transcripts.save_version(db, source, drafts, origin="correction")

    proposals.accept(library, mentor.viewer, letter.session_id, number)

    assert words(library, letter) == f"A new beginning. {SAID[0][1]} {SAID[2][1]}"


def test_a_paragraph_that_is_gone_is_answered_with_a_sentence(
    library: Library, letter: Built, mentor: Account, mentee: Account
) -> None:
    """Nothing like it is taken out in its place."""
    number = propose(library, letter, mentee.viewer, Wording(letter.source_id, 1))
    with library.transaction() as db:
        source = sources.get(db, letter.source_id)
        drafts = [SegmentDraft(text=SAID[0][1]), SegmentDraft(text=SAID[2][1])]
        transcripts.save_version(db, source, drafts, origin="correction")

    with pytest.raises(ConflictError, match="not in the note any more"):
        proposals.accept(library, mentor.viewer, letter.session_id, number)

    assert states(library) == [ProposalState.OPEN]


def test_part_of_a_paragraph_taken_off_leaves_the_rest_proposed(
    library: Library, letter: Built, mentor: Account, mentee: Account
) -> None:
    """The proposal follows what is left of its paragraph."""
    number = propose(library, letter, mentee.viewer, Wording(letter.source_id, 1))
    off_record.take_off(library, mentor.viewer, Wording(letter.source_id, 1, "that week"))
    half = states(library)

    proposals.accept(library, mentor.viewer, letter.session_id, number)

    assert half == [ProposalState.OPEN]
    assert stands(library, letter, mentee)[1] is Answer.AGREED
    assert words(library, letter) == f"{SAID[0][1]} {SAID[2][1]}"


def test_what_people_wrote_about_a_stretch_goes_with_it(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A sentence that repeats what is left out is left with an ellipsis in its place."""
    why = "Hers to tell: my daughter was ill that week."
    number = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18), why=why)

    proposals.accept(library, mentor.viewer, talk.session_id, number)

    with library.reading() as db:
        kept = db.scalars(select(CutProposal.sentence)).one()
        said = " ".join(ledger.texts(db, ledger.entries(db, session_id=talk.session_id)).values())
    assert kept == "Hers to tell: \u2026."
    assert "daughter was ill" not in said


def test_what_went_with_its_whole_recording_asks_again(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Nobody has agreed to what is left."""
    propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))
    add_part(library, talk.session_id, lines=SAID, content=b"another")

    taking_back.take_back_source(library, mentor.viewer, talk.source_id)

    assert states(library) == []
    assert stands(library, talk, mentee)[1] is Answer.ASKED


def test_others_cannot_tell_a_proposal_by_taking_it_back(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Whoever made none gets the same answer for every number, decided or open."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)
    third = add_account(library, "Tess Third", Role.MENTEE)
    number = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.participants.append(Participant(person_id=third.id, part=Part.PEER, position=2))
    open_to_third = refusal(library, talk, third.viewer, number)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        proposals.refuse(db, mentor.viewer, talk.session_id, number, "It is the point.")
        for one in (mentee, third):
            release.respond(db, one.viewer, session, agree=True)

    decided = [refusal(library, talk, who.viewer, number) for who in (stranger, third)]
    absent = [refusal(library, talk, who.viewer, number + 1) for who in (stranger, third)]

    assert stands(library, talk, mentee)[0] is Release.RELEASED
    assert [error for error, _ in absent] == [NotAllowedError, NotFoundError]
    assert decided == absent
    assert open_to_third == absent[1]


def refusal(library: Library, talk: Built, viewer: Viewer, number: int) -> tuple[type, str]:
    """What somebody is told who takes a proposal back that is not theirs."""
    with library.transaction() as db, pytest.raises(LibraryError) as told:
        proposals.take_back(db, viewer, talk.session_id, number)
    return told.type, str(told.value)


def test_only_those_concerned_propose_see_and_decide(
    library: Library, talk: Built, admin: Account, mentor: Account, mentee: Account
) -> None:
    """Not the owner, no stranger, and not what is of another session."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)
    other = add_session(library, lines=SAID, owner=mentor, title="Another", content=b"another")
    wanted = Stretch(talk.source_id, 12, 18)
    for viewer, chosen, error in (
        (mentor.viewer, wanted, NotAllowedError),
        (stranger.viewer, wanted, NotAllowedError),
        (mentee.viewer, Stretch(other.source_id, 0, 5), InvalidInputError),
        (mentee.viewer, Stretch(talk.source_id, 5, 5), InvalidInputError),
        (mentee.viewer, Wording(talk.source_id, 0), InvalidInputError),
    ):
        with pytest.raises(error):
            propose(library, talk, viewer, chosen)
    number = propose(library, talk, mentee.viewer, wanted)

    for viewer, error in ((stranger.viewer, NotFoundError), (mentee.viewer, NotAllowedError)):
        with pytest.raises(error):
            proposals.accept(library, viewer, talk.session_id, number)
    with pytest.raises(NotFoundError):
        proposals.accept(library, mentor.viewer, other.session_id, number)

    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        own = proposals.shown(library, db, mentee.viewer, session, decides=False)
        decided = proposals.shown(library, db, mentor.viewer, session, decides=True)
    assert [(one.place, one.own, one.loss) for one in own] == [("0:10 to 0:20", True, None)]
    assert decided[0].loss is not None
    assert decided[0].loss.words == SAID[1][1]


def test_one_decision_is_made_once(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A proposal that was taken back a moment before takes nothing off the record."""
    number = propose(library, talk, mentee.viewer, Stretch(talk.source_id, 12, 18))
    with library.transaction() as db:
        proposals.take_back(db, mentee.viewer, talk.session_id, number)

    wanted = Stretch(talk.source_id, 12, 18)
    with pytest.raises(ConflictError):
        off_record.take_off(library, mentor.viewer, wanted, proposal_id=number)

    assert "daughter" in words(library, talk)


def test_places_are_written_as_people_read_them(talk: Built) -> None:
    """Hours, minutes and seconds."""
    row = CutProposal(source_id=talk.source_id, start=3725.0, end=3730.4)

    assert cut_proposals.place_of(row) == "1:02:05 to 1:02:10"
