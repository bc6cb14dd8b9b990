"""Tests of release: other members find a session only if all its speakers agree.

Covers: receipts, release_links, release_status.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from library.access import GUEST, Viewer, today, visible_sessions
from library.collections import collections, members, tree
from library.consent import ledger, receipts, release, release_links, release_status
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    CollectionRole,
    ConsentAnswer,
    MentoringSession,
    ParticipantRole,
    Person,
    Release,
    ReleaseRule,
    Role,
    SourceKind,
    SpeakerConsent,
    Visibility,
    now,
)
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import add_account, add_session, know_speakers
from tests.transactions import statements_of

PARTICIPANTS, COLLECTION = Visibility.PARTICIPANTS, Visibility.COLLECTION
MEMBERS, PUBLIC = Visibility.MEMBERS, Visibility.PUBLIC
LINES = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def stranger(library):
    """Member who is not a participant."""
    return add_account(library, "Sam Stranger", Role.MENTEE)


@pytest.fixture
def talk(library, mentor, mentee):
    """Session of the mentor with the mentee, visible to participants only."""
    return add_session(
        library,
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=PARTICIPANTS,
    ).session_id


def do(library, session_id, act, *arguments, **options):
    """Call *act* in a new transaction with the viewer, the session and the other arguments.

    The viewer is the first of *arguments*. Return the result of *act*.
    """
    with library.transaction() as db:
        return act(db, arguments[0], sessions.get(db, session_id), *arguments[1:], **options)


def state(library, session_id):
    """Return the current release of a session."""
    with library.reading() as db:
        return sessions.get(db, session_id).release


def finds(library, viewer, session_id):
    """Return whether *viewer* can find the session."""
    with library.reading() as db:
        query = select(MentoringSession.id).where(visible_sessions(viewer))
        return session_id in set(db.scalars(query))


def test_a_session_for_its_participants_needs_no_release(library, talk):
    """A session that only its participants see needs no release."""
    with library.reading() as db:
        found = [s.state for s in release_status.standings(db, sessions.get(db, talk))]

    assert state(library, talk) is Release.KEPT
    assert set(found) == {ConsentAnswer.ASKED}


def test_both_have_to_agree(library, talk, mentor, mentee, stranger):
    """Another member finds a session only after the owner and the mentee have agreed."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    between = state(library, talk), finds(library, stranger.viewer, talk)

    do(library, talk, release.respond, mentee.viewer, agree=True)

    assert between == (Release.WAITING, False)
    assert state(library, talk) is Release.RELEASED
    assert finds(library, stranger.viewer, talk)


def test_one_refusal_keeps_a_session_hidden(library, talk, mentor, mentee, stranger):
    """A session that one speaker refused stays hidden, also after the owner makes it public."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)

    do(library, talk, release.respond, mentee.viewer, agree=False)
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)

    assert state(library, talk) is Release.REFUSED
    assert not finds(library, stranger.viewer, talk)


def test_a_refusal_outlives_the_participant(library, talk, mentor, mentee):
    """A refusal still counts after the person who refused is no longer a participant."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    with library.transaction() as db:
        alone = [(mentor.id, ParticipantRole.MENTOR)]
        described = Description(title="A talk", visibility=MEMBERS, participants=alone)
        sessions.describe(db, sessions.get(db, talk), described)

    assert state(library, talk) is Release.REFUSED


def test_a_withdrawn_consent_hides_the_session(library, talk, mentor, mentee, stranger):
    """If a consent is withdrawn, only participants still find the session."""
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)
    do(library, talk, release.respond, mentee.viewer, agree=True)
    before = finds(library, GUEST, talk)

    do(library, talk, release.withdraw, mentee.viewer)

    assert before
    assert not finds(library, GUEST, talk)
    assert not finds(library, stranger.viewer, talk)
    assert finds(library, mentee.viewer, talk)
    assert finds(library, mentor.viewer, talk)


def test_a_wider_audience_asks_again(library, talk, mentor, mentee):
    """If a speaker agreed to an audience of members, a public session needs a new agreement."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)

    assert state(library, talk) is Release.WAITING
    with library.reading() as db:
        assert release.is_waiting_for(sessions.get(db, talk), mentee.viewer)


def test_a_narrower_audience_does_not(library, talk, mentor, mentee):
    """If a speaker agreed to a public session, a session for members needs no new agreement."""
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)

    assert state(library, talk) is Release.RELEASED


def test_an_embargo_that_was_agreed_to_cannot_be_shortened(library, talk, mentor, mentee, stranger):
    """An embargo that is shorter than the agreed embargo needs consent again."""
    with library.transaction() as db:
        sessions.get(db, talk).embargo_until = today() + timedelta(days=30)
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)
    agreed = state(library, talk), finds(library, stranger.viewer, talk)

    with library.transaction() as db:
        sessions.get(db, talk).embargo_until = None
        release.choose(db, mentor.viewer, sessions.get(db, talk))

    assert agreed == (Release.RELEASED, False)
    assert state(library, talk) is Release.WAITING


def test_another_recording_asks_again(library, talk, mentor, mentee):
    """After a recording is added to a session, all speakers must agree again."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    with library.transaction() as db:
        session = sessions.get(db, talk)
        more = {"kind": SourceKind.RECORDING, "filename": "more.ogg", "sha256": "0" * 64}
        session.sources.append(sources.add(db, session, **more, size=9))
        release.refresh(db, session)

    assert state(library, talk) is Release.WAITING


def test_a_sole_owner_releases_in_one_act(library, mentor, stranger):
    """If only the owner speaks in a session, the session is released when the owner shares it."""
    note = add_session(
        library,
        lines=[("", "What I wish I had known.")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=PARTICIPANTS,
    ).session_id

    do(library, note, release.set_visibility, mentor.viewer, MEMBERS)

    assert finds(library, stranger.viewer, note)


@pytest.mark.parametrize("label", ["", "Speaker 2", "VOICE_01", "Unknown", "Ada"])
def test_unnamed_speakers_add_no_consent_request(library, mentor, label):
    """An unnamed speaker does not add a consent request.

    A label that is a short form of a participant's name does not add a request either.
    """
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), (label, "When?")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=PARTICIPANTS,
    )

    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)

    assert state(library, built.session_id) is Release.RELEASED


def _with_a_third_speaker(library, mentor):
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), ("Ruth Okafor", "When?")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=PARTICIPANTS,
    )
    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)
    with library.reading() as db:
        found = release_status.standings(db, sessions.get(db, built.session_id))
    return built.session_id, found[-1].person


def test_a_person_named_only_in_the_transcript_is_asked(library, mentor):
    """A person who is named only in the transcript must agree too.

    Without an account, this person cannot answer on a page.
    """
    talk, ruth = _with_a_third_speaker(library, mentor)

    assert ruth.name == "Ruth Okafor"
    assert state(library, talk) is Release.WAITING
    with pytest.raises(NotAllowedError):
        do(library, talk, release.respond, Viewer(person_id=ruth.id), agree=True)


def test_the_owner_dismisses_an_unlisted_name(library, mentor):
    """The owner can say that a name in the transcript is not a speaker.

    The ledger records who said so.
    """
    talk, ruth = _with_a_third_speaker(library, mentor)

    do(library, talk, release.dismiss_name, mentor.viewer, ruth.id)

    with library.reading() as db:
        last = ledger.entries(db, session_id=talk)[0].content
    assert state(library, talk) is Release.RELEASED
    assert (last["kind"], last["actor"], last["person"]) == ("explained", mentor.id, ruth.id)


def test_a_person_named_in_a_correction_is_asked(library, mentor, stranger):
    """A correction that names a new person hides a released session until the person agrees."""
    built = add_session(library, lines=[("Ada Mentor", "Ask.")], owner=mentor, visibility=MEMBERS)
    with library.transaction() as db:
        source = sessions.get(db, built.session_id).sources[0]
        named = [SegmentDraft(text="Ask.", speaker="Ruth Okafor", start=0.0, end=1.0)]
        versions.save_version(db, source, named, origin="correction")

    assert state(library, built.session_id) is Release.WAITING
    assert not finds(library, stranger.viewer, built.session_id)


def test_an_administrator_waives_a_missing_answer(library, talk, admin, mentor, mentee):
    """Only an administrator with a reason can waive a missing answer.

    The ledger records the reason.
    """
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    for viewer, reason, refusal in (
        (mentor.viewer, "She is away", NotAllowedError),
        (admin.viewer, "  ", InvalidInputError),
    ):
        with pytest.raises(refusal):
            do(library, talk, release.waive, viewer, reason)

    do(library, talk, release.waive, admin.viewer, "She cannot be reached any more")

    with library.reading() as db:
        entry = ledger.entries(db, session_id=talk)[0]
        reason = ledger.texts(db, [entry])[entry.content["reason"]]
    assert state(library, talk) is Release.RELEASED
    assert reason == "She cannot be reached any more"
    assert entry.content["actor"] == admin.id


def test_an_administrator_does_not_overrule_a_refusal(library, talk, admin, mentor, mentee):
    """An administrator's waiver does not change a refusal."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    do(library, talk, release.waive, admin.viewer, "It would help so many")

    assert state(library, talk) is Release.REFUSED


def test_a_collection_may_ask_its_mentors_only(library, talk, admin, mentor, mentee):
    """A collection can require the consent of mentors only.

    A refusal of a mentee still hides the session.
    """
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, collection, ReleaseRule.MENTORS)
        collections.set_sessions(db, admin.viewer, collection, [talk])
    open_now = state(library, talk)

    do(library, talk, release.withdraw, mentee.viewer)

    assert open_now is Release.RELEASED
    assert state(library, talk) is Release.REFUSED


def test_a_rule_applies_at_any_depth(library, talk, admin, mentor):
    """The consent rule of a collection applies to sessions of nested collections.

    The strictest of several rules decides.
    """
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        outer, inner = (collections.add(db, admin.viewer, title=t) for t in ("Outer", "Inner"))
        tree.put_into(db, admin.viewer, inner, outer.id)
        members.set_rule(db, admin.viewer, inner, ReleaseRule.MENTORS)
        collections.set_sessions(db, admin.viewer, inner, [talk])
        number = outer.id
    found = []

    for rule in (ReleaseRule.MENTORS, ReleaseRule.EVERYBODY):
        with library.transaction() as db:
            members.set_rule(db, admin.viewer, collections.get(db, number), rule)
        found.append(state(library, talk))

    assert found == [Release.RELEASED, Release.WAITING]


def test_many_releases_need_as_many_statements_as_a_few(library, admin, mentor, mentee):
    """Releasing 50 sessions needs as many SQL statements as 5, except for the ledger."""
    people = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    described = Description(title="A talk", visibility=MEMBERS, participants=people)
    collection_ids = []
    for many in (5, 50):
        with library.transaction() as db:
            ids = [sessions.add(db, described, owner_id=mentor.id).id for _ in range(many)]
            for session_id in ids:
                add_spoken(db, sessions.get(db, session_id))
                release.choose(db, mentor.viewer, sessions.get(db, session_id))
            collection = collections.add(db, admin.viewer, title="Open talks")
            collections.set_sessions(db, admin.viewer, collection, ids)
            collection_ids.append(collection.id)

    def loosen(collection):
        with library.transaction() as db:
            rule = ReleaseRule.MENTORS
            members.set_rule(db, admin.viewer, collections.get(db, collection), rule)

    few, many = (
        [s for s in statements_of(library, lambda s=s: loosen(s)) if "INTO ledger_entry" not in s]
        for s in collection_ids
    )
    with library.reading() as db:
        kinds = [entry.content["kind"] for entry in ledger.entries(db, limit=55)]
        doubts = list(ledger.objections(db))

    assert len(few) == len(many)
    assert (kinds, doubts) == (["told"] * 55, [])


def test_of_two_collections_the_stricter_decides(library, talk, admin, mentor):
    """In two collections with different consent rules, a session follows the stricter rule."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        for title, rule in (("Open", ReleaseRule.MENTORS), ("Strict", ReleaseRule.EVERYBODY)):
            collection = collections.add(db, admin.viewer, title=title)
            collections.set_sessions(db, admin.viewer, collection, [talk])
            members.set_rule(db, admin.viewer, collection, rule)

    assert state(library, talk) is Release.WAITING


def test_only_administrators_loosen_the_rule(library, admin, mentor):
    """A curator cannot set that only mentors must agree."""
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Mine")
        members.set_member(db, admin.viewer, collection, mentor.id, CollectionRole.CURATOR)

        with pytest.raises(NotAllowedError):
            members.set_rule(db, mentor.viewer, collection, ReleaseRule.MENTORS)


def test_a_curator_cannot_share_a_session_with_another_collection(
    library, talk, admin, mentor, stranger
):
    """A session for members of a collection cannot be added to another collection by a curator."""
    with library.transaction() as db:
        one, other = (collections.add(db, admin.viewer, title=title) for title in "AB")
        collections.set_sessions(db, admin.viewer, one, [talk])
        members.set_member(db, admin.viewer, one, stranger.id, CollectionRole.CURATOR)
        members.set_member(db, admin.viewer, other, stranger.id, CollectionRole.CURATOR)
    do(library, talk, release.set_visibility, mentor.viewer, COLLECTION)
    do(library, talk, release.waive, admin.viewer, "For this test")

    with library.transaction() as db, pytest.raises(NotAllowedError):
        collections.append_session(db, stranger.viewer, collections.get(db, other.id), talk)

    assert finds(library, stranger.viewer, talk)


def test_a_curators_change_keeps_hidden_sessions(library, talk, admin, stranger):
    """If a curator sets the sessions of a collection, sessions that the curator cannot see stay."""
    public = add_session(library, title="Seen", visibility=PUBLIC).session_id
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Mixed")
        collections.set_sessions(db, admin.viewer, collection, [talk, public])
        members.set_member(db, admin.viewer, collection, stranger.id, CollectionRole.CURATOR)

        collections.set_sessions(db, stranger.viewer, collection, [public])

        assert [entry.session_id for entry in collection.entries] == [public, talk]


def test_asking_again_needs_a_refusal(library, talk, mentor, mentee):
    """The owner can ask a speaker again only after the speaker refused."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with pytest.raises(ConflictError):
        do(library, talk, release.ask_again, mentor.viewer, mentee.id)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    do(library, talk, release.ask_again, mentor.viewer, mentee.id)

    assert state(library, talk) is Release.WAITING


@pytest.fixture
def ruth(library, mentor):
    """Session id, and person id of a participant who has no account."""
    with library.transaction() as db:
        named = Person(name="Ruth Okafor")
        db.add(named)
        db.flush()
        person_id = named.id
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), ("Ruth Okafor", "When?")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (person_id, ParticipantRole.MENTEE)],
        visibility=PARTICIPANTS,
    )
    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)
    return built.session_id, person_id


def test_a_release_link_answers_for_a_person_without_account(library, ruth, mentor):
    """A person without account can open a session by a release link and agree to it."""
    talk, person_id = ruth
    token = do(library, talk, release_links.make, mentor.viewer, person_id)

    with library.transaction() as db:
        who, session, _ = release_links.opened(db, token)
        release.respond(db, who, session, agree=True, via="link")

    with library.reading() as db:
        entry = ledger.entries(db, session_id=talk)[0].content
    assert state(library, talk) is Release.RELEASED
    assert (entry["person"], entry["via"], entry["audience"]) == (person_id, "link", "members")


def _expire(link, session):
    link.expires_at = now() - timedelta(seconds=1)


def _revoke(link, session):
    link.revoked_at = now()


def _make_private(link, session):
    session.visibility = Visibility.PRIVATE


@pytest.mark.parametrize("end", [_expire, _revoke, _make_private])
def test_links_end(library, ruth, mentor, end):
    """A release link becomes invalid if it expires, is revoked, or its session becomes private.

    The error is the same as for an unknown link.
    """
    talk, person_id = ruth
    token = do(library, talk, release_links.make, mentor.viewer, person_id)
    with library.transaction() as db:
        _, session, link = release_links.opened(db, token)
        end(link, session)

    with library.reading() as db, pytest.raises(NotFoundError) as ended:
        release_links.opened(db, token)
    with library.reading() as db, pytest.raises(NotFoundError) as never:
        release_links.opened(db, "guessed")

    assert str(ended.value) == str(never.value)


def test_a_new_link_ends_the_one_before(library, ruth, mentor):
    """A new release link invalidates the earlier one."""
    talk, person_id = ruth
    first = do(library, talk, release_links.make, mentor.viewer, person_id)

    second = do(library, talk, release_links.make, mentor.viewer, person_id)

    with library.reading() as db:
        with pytest.raises(NotFoundError):
            release_links.opened(db, first)
        assert release_links.opened(db, second)[1].id == talk


def test_a_receipt_holds_until_the_session_is_found_again(library, talk, mentor, mentee):
    """A receipt for a withdrawn consent is valid until other people find the session again.

    A changed receipt is invalid.
    """
    add_account(library, "Sam Stranger", Role.MENTEE)
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)
    do(library, talk, release.respond, mentee.viewer, agree=True)
    content = do(library, talk, release.withdraw, mentee.viewer).content

    with library.transaction() as db:
        holds = list(receipts.objections(db, content))
        release.ask_again(db, mentor.viewer, sessions.get(db, talk), mentee.id)
        release.respond(db, mentee.viewer, sessions.get(db, talk), agree=True)
        broken = list(receipts.objections(db, content))
        forged = list(receipts.objections(db, {**content, "passages": 0}))

    assert holds == []
    assert len(broken) == 2
    assert len(forged) == 1
    assert content["passages"] == len(LINES)
    assert {place["place"] for place in content["places"]} == {
        "search",
        "suggestions",
        "lists",
        "page",
        "sound",
        "feeds",
        "api",
    }


def test_the_displayed_statement_is_stored(library, talk, mentor, mentee):
    """The ledger stores the consent statement that a person saw when agreeing."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    with library.reading() as db:
        entry = ledger.entries(db, session_id=talk)[0]
        words = ledger.texts(db, [entry])[entry.content["words"]]
        statement = release.statement(sessions.get(db, talk))

    assert words == statement
    assert "everybody who has an account in this library" in words


def test_settling_many_sessions_needs_as_many_statements_as_a_few(library, mentor, mentee):
    """`settle_all` needs as many SQL statements for 50 sessions as for 5 sessions."""
    people = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    described = Description(title="A talk", visibility=MEMBERS, participants=people)
    with library.transaction() as db:
        ids = [sessions.add(db, described, owner_id=mentor.id).id for _ in range(55)]
        for session_id in ids:
            add_spoken(db, sessions.get(db, session_id))
    became = []

    def settle(some, state):
        became.append(settle_with(library, some, state))

    counts = {
        state: [
            len(statements_of(library, lambda some=some, state=state: settle(some, state)))
            for some in (ids[:5], ids[5:])
        ]
        for state in (None, ConsentAnswer.AGREED, ConsentAnswer.DECLINED)
    }

    assert all(few == many for few, many in counts.values()), counts
    assert became == [*[{Release.WAITING}] * 2, *[{Release.RELEASED}] * 2, *[{Release.REFUSED}] * 2]


def add_spoken(db, session):
    """Add a recording whose only speaker is unnamed and has a reason for having no name."""
    source = sources.add(
        db, session, kind=SourceKind.RECORDING, filename="a.ogg", sha256=f"{session.id:064}", size=1
    )
    segment = SegmentDraft(text="Ask for feedback.", speaker="Speaker 1", start=0.0, end=9.0)
    versions.save_version(db, source, [segment], origin="import")
    know_speakers(db, source)


def settle_with(library, session_ids, state):
    """Set all answers of sessions to *state*, unless it is None, and compute the releases.

    Return the set of resulting releases.
    """
    with library.transaction() as db:
        if state is not None:
            values = {"state": state, "answered_at": now(), "audience": MEMBERS}
            answers = SpeakerConsent.session_id.in_(session_ids)
            db.execute(update(SpeakerConsent).where(answers).values(values))
            db.expire_all()
        release.settle_all(db, session_ids)
        of_these = MentoringSession.id.in_(session_ids)
        return set(db.scalars(select(MentoringSession.release).where(of_these)))
