"""Release: nobody finds a session before everybody who speaks in it has agreed, nor after a no."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from library.access import GUEST, Viewer, today, visible_sessions
from library.consent import ledger, receipts, release, release_links, standings
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import collections, members, nesting, sessions, sources
from library.holdings.sessions import Description
from library.models import (
    Answer,
    CollectionRole,
    MentoringSession,
    Part,
    Person,
    Release,
    ReleaseRule,
    Role,
    SourceKind,
    SpeakerRelease,
    Visibility,
    now,
)
from tests.builders import add_account, add_session, know_speakers
from tests.transactions import statements_of

PARTICIPANTS, COLLECTION = Visibility.PARTICIPANTS, Visibility.COLLECTION
MEMBERS, PUBLIC = Visibility.MEMBERS, Visibility.PUBLIC
SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def stranger(library):
    """A member who took no part."""
    return add_account(library, "Sam Stranger", Role.MENTEE)


@pytest.fixture
def talk(library, mentor, mentee):
    """A session of the mentor with the mentee, meant for nobody else yet."""
    return add_session(
        library,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=PARTICIPANTS,
    ).session_id


def do(library, session_id, act, *given, **more):
    """Let *act* happen to a session, in a transaction of its own."""
    with library.transaction() as db:
        return act(db, given[0], sessions.get(db, session_id), *given[1:], **more)


def state(library, session_id):
    """Whether the session counts as released."""
    with library.reading() as db:
        return sessions.get(db, session_id).release


def finds(library, viewer, session_id):
    """Whether *viewer* can find the session."""
    with library.reading() as db:
        query = select(MentoringSession.id).where(visible_sessions(viewer))
        return session_id in set(db.scalars(query))


def test_nobody_is_asked_for_what_is_meant_for_those_who_took_part(library, talk):
    """As long as nobody else is to find a session there is nothing to release."""
    with library.reading() as db:
        found = [s.state for s in standings.standings(db, sessions.get(db, talk))]

    assert state(library, talk) is Release.KEPT
    assert set(found) == {Answer.ASKED}


def test_both_have_to_agree(library, talk, mentor, mentee, stranger):
    """The owner's choice is their own yes; others find the session after the second."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    between = state(library, talk), finds(library, stranger.viewer, talk)

    do(library, talk, release.respond, mentee.viewer, agree=True)

    assert between == (Release.WAITING, False)
    assert state(library, talk) is Release.RELEASED
    assert finds(library, stranger.viewer, talk)


def test_one_no_keeps_it_closed(library, talk, mentor, mentee, stranger):
    """After a no nobody else finds the session, whatever the owner wants."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)

    do(library, talk, release.respond, mentee.viewer, agree=False)
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)

    assert state(library, talk) is Release.REFUSED
    assert not finds(library, stranger.viewer, talk)


def test_a_no_outlives_its_name_on_the_list(library, talk, mentor, mentee):
    """Whoever takes somebody off the list of people does not get round their no."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    with library.transaction() as db:
        alone = [(mentor.id, Part.MENTOR)]
        described = Description(title="A talk", visibility=MEMBERS, participants=alone)
        sessions.describe(db, sessions.get(db, talk), described)

    assert state(library, talk) is Release.REFUSED


def test_taking_it_back_hides_it_from_that_moment_on(library, talk, mentor, mentee, stranger):
    """One of those who speak is enough to close a session again."""
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
    """A yes to the members of the library is none to everybody."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)

    assert state(library, talk) is Release.WAITING
    with library.reading() as db:
        assert release.is_waiting_for(sessions.get(db, talk), mentee.viewer)


def test_a_narrower_audience_does_not(library, talk, mentor, mentee):
    """A yes to everybody holds for the members of the library."""
    do(library, talk, release.set_visibility, mentor.viewer, PUBLIC)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)

    assert state(library, talk) is Release.RELEASED


def test_an_embargo_that_was_agreed_to_cannot_be_shortened(library, talk, mentor, mentee, stranger):
    """Who agreed to be found from a day on is asked again about an earlier one."""
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
    """Nobody has agreed to what they could not hear yet."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    with library.transaction() as db:
        session = sessions.get(db, talk)
        more = {"kind": SourceKind.RECORDING, "filename": "more.ogg", "sha256": "0" * 64}
        session.sources.append(sources.add(db, session, **more, size=9))
        release.settle(db, session)

    assert state(library, talk) is Release.WAITING


def test_a_sole_owner_releases_in_one_act(library, mentor, stranger):
    """A note of one's own needs nobody else's yes."""
    note = add_session(
        library,
        lines=[("", "What I wish I had known.")],
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=PARTICIPANTS,
    ).session_id

    do(library, note, release.set_visibility, mentor.viewer, MEMBERS)

    assert finds(library, stranger.viewer, note)


@pytest.mark.parametrize("voice", ["", "Speaker 2", "VOICE_01", "Unknown", "Ada"])
def test_voices_that_nobody_named_ask_for_nothing(library, mentor, voice):
    """A machine's name for a voice, and a short form of a listed name, hold nothing up."""
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), (voice, "When?")],
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=PARTICIPANTS,
    )

    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)

    assert state(library, built.session_id) is Release.RELEASED


def _with_a_third_voice(library, mentor):
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), ("Ruth Okafor", "When?")],
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=PARTICIPANTS,
    )
    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)
    with library.reading() as db:
        found = standings.standings(db, sessions.get(db, built.session_id))
    return built.session_id, found[-1].person


def test_somebody_whom_only_the_transcript_names_is_waited_for(library, mentor):
    """A name in the transcript holds the release, but opens nothing to whoever has that name."""
    talk, ruth = _with_a_third_voice(library, mentor)

    assert ruth.name == "Ruth Okafor"
    assert state(library, talk) is Release.WAITING
    with pytest.raises(NotAllowedError):
        do(library, talk, release.respond, Viewer(person_id=ruth.id), agree=True)


def test_the_owner_says_who_an_unlisted_voice_is(library, mentor):
    """Explained as nobody else, the name is not asked; the ledger keeps who said so."""
    talk, ruth = _with_a_third_voice(library, mentor)

    do(library, talk, release.explain, mentor.viewer, ruth.id)

    with library.reading() as db:
        last = ledger.entries(db, session_id=talk)[0].content
    assert state(library, talk) is Release.RELEASED
    assert (last["kind"], last["actor"], last["person"]) == ("explained", mentor.id, ruth.id)


def test_a_correction_that_names_somebody_asks_them(library, mentor, stranger):
    """A released session closes until somebody whom a new transcript names has been heard."""
    built = add_session(library, lines=[("Ada Mentor", "Ask.")], owner=mentor, visibility=MEMBERS)
    with library.transaction() as db:
        source = sessions.get(db, built.session_id).sources[0]
        named = [SegmentDraft(text="Ask.", speaker="Ruth Okafor", start=0.0, end=1.0)]
        transcripts.save_version(db, source, named, origin="correction")

    assert state(library, built.session_id) is Release.WAITING
    assert not finds(library, stranger.viewer, built.session_id)


def test_an_administrator_decides_for_those_who_do_not_answer(library, talk, admin, mentor, mentee):
    """With a reason, which the ledger keeps; nobody else can, and not without one."""
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


def test_an_administrator_does_not_overrule_a_no(library, talk, admin, mentor, mentee):
    """Deciding for those who do not answer leaves a no as it is."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    do(library, talk, release.waive, admin.viewer, "It would help so many")

    assert state(library, talk) is Release.REFUSED


def test_a_collection_may_ask_its_mentors_only(library, talk, admin, mentor, mentee):
    """There the mentor's yes is enough, the mentee's no still counts."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, shelf, ReleaseRule.MENTORS)
        collections.fill(db, admin.viewer, shelf, [talk])
    open_now = state(library, talk)

    do(library, talk, release.withdraw, mentee.viewer)

    assert open_now is Release.RELEASED
    assert state(library, talk) is Release.REFUSED


def test_a_rule_holds_for_what_is_inside_at_any_depth(library, talk, admin, mentor):
    """Released by the mentor's yes alone; held as soon as the outer collection asks everybody."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        outer, inner = (collections.add(db, admin.viewer, title=t) for t in ("Outer", "Inner"))
        nesting.put_into(db, admin.viewer, inner, outer.id)
        members.set_rule(db, admin.viewer, inner, ReleaseRule.MENTORS)
        collections.fill(db, admin.viewer, inner, [talk])
        number = outer.id
    found = []

    for rule in (ReleaseRule.MENTORS, ReleaseRule.EVERYBODY):
        with library.transaction() as db:
            members.set_rule(db, admin.viewer, collections.get(db, number), rule)
        found.append(state(library, talk))

    assert found == [Release.RELEASED, Release.WAITING]


def test_many_are_told_of_a_release_with_the_statements_of_a_few(library, admin, mentor, mentee):
    """Beside the entries themselves, 50 sessions need no more than 5; the ledger's chain holds."""
    people = [(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)]
    described = Description(title="A talk", visibility=MEMBERS, participants=people)
    shelves = []
    for many in (5, 50):
        with library.transaction() as db:
            ids = [sessions.add(db, described, owner_id=mentor.id).id for _ in range(many)]
            for session_id in ids:
                add_spoken(db, sessions.get(db, session_id))
                release.choose(db, mentor.viewer, sessions.get(db, session_id))
            shelf = collections.add(db, admin.viewer, title="Open talks")
            collections.fill(db, admin.viewer, shelf, ids)
            shelves.append(shelf.id)

    def loosen(shelf):
        with library.transaction() as db:
            rule = ReleaseRule.MENTORS
            members.set_rule(db, admin.viewer, collections.get(db, shelf), rule)

    few, many = (
        [s for s in statements_of(library, lambda s=s: loosen(s)) if "INTO ledger_entry" not in s]
        for s in shelves
    )
    with library.reading() as db:
        kinds = [entry.content["kind"] for entry in ledger.entries(db, limit=55)]
        doubts = list(ledger.objections(db))

    assert len(few) == len(many)
    assert (kinds, doubts) == (["told"] * 55, [])


def test_of_two_collections_the_stricter_decides(library, talk, admin, mentor):
    """A session that stands in an ordinary collection as well needs everybody's yes."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with library.transaction() as db:
        for title, rule in (("Open", ReleaseRule.MENTORS), ("Strict", ReleaseRule.EVERYBODY)):
            shelf = collections.add(db, admin.viewer, title=title)
            collections.fill(db, admin.viewer, shelf, [talk])
            members.set_rule(db, admin.viewer, shelf, rule)

    assert state(library, talk) is Release.WAITING


def test_only_administrators_loosen_the_rule(library, admin, mentor):
    """A curator cannot do without the mentees."""
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Mine")
        members.put_member(db, admin.viewer, shelf, mentor.id, CollectionRole.CURATOR)

        with pytest.raises(NotAllowedError):
            members.set_rule(db, mentor.viewer, shelf, ReleaseRule.MENTORS)


def test_nobody_else_shares_what_is_for_the_members_of_a_collection(
    library, talk, admin, mentor, stranger
):
    """A curator who may see it in one collection cannot put it into another one."""
    with library.transaction() as db:
        one, other = (collections.add(db, admin.viewer, title=title) for title in "AB")
        collections.fill(db, admin.viewer, one, [talk])
        members.put_member(db, admin.viewer, one, stranger.id, CollectionRole.CURATOR)
        members.put_member(db, admin.viewer, other, stranger.id, CollectionRole.CURATOR)
    do(library, talk, release.set_visibility, mentor.viewer, COLLECTION)
    do(library, talk, release.waive, admin.viewer, "For this test")

    with library.transaction() as db, pytest.raises(NotAllowedError):
        collections.put_in(db, stranger.viewer, collections.get(db, other.id), talk)

    assert finds(library, stranger.viewer, talk)


def test_a_curator_arranges_without_losing_what_they_cannot_see(library, talk, admin, stranger):
    """Sessions that are hidden from a curator stay in the collection."""
    seen = add_session(library, title="Seen", visibility=PUBLIC).session_id
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Mixed")
        collections.fill(db, admin.viewer, shelf, [talk, seen])
        members.put_member(db, admin.viewer, shelf, stranger.id, CollectionRole.CURATOR)

        collections.fill(db, stranger.viewer, shelf, [seen])

        assert [entry.session_id for entry in shelf.entries] == [seen, talk]


def test_asking_again_needs_a_no(library, talk, mentor, mentee):
    """After a no the owner may ask once more; before it there is nothing to repeat."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    with pytest.raises(ConflictError):
        do(library, talk, release.ask_again, mentor.viewer, mentee.id)
    do(library, talk, release.respond, mentee.viewer, agree=False)

    do(library, talk, release.ask_again, mentor.viewer, mentee.id)

    assert state(library, talk) is Release.WAITING


@pytest.fixture
def ruth(library, mentor):
    """A session with somebody who has no account, and their number."""
    with library.transaction() as db:
        named = Person(name="Ruth Okafor")
        db.add(named)
        db.flush()
        person_id = named.id
    built = add_session(
        library,
        lines=[("Ada Mentor", "Ask."), ("Ruth Okafor", "When?")],
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (person_id, Part.MENTEE)],
        visibility=PARTICIPANTS,
    )
    do(library, built.session_id, release.set_visibility, mentor.viewer, MEMBERS)
    return built.session_id, person_id


def test_a_link_speaks_for_somebody_without_an_account(library, ruth, mentor):
    """It opens this session as far as that person may see it, and their yes counts."""
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
    """When their time is over, when they are revoked, and when the owner shuts everybody out."""
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
    """Whoever found the first one in a bin opens nothing with it."""
    talk, person_id = ruth
    first = do(library, talk, release_links.make, mentor.viewer, person_id)

    second = do(library, talk, release_links.make, mentor.viewer, person_id)

    with library.reading() as db:
        with pytest.raises(NotFoundError):
            release_links.opened(db, first)
        assert release_links.opened(db, second)[1].id == talk


def test_a_receipt_holds_until_the_session_is_found_again(library, talk, mentor, mentee):
    """It is checked against what a guest and every other member would see."""
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
    assert content["passages"] == len(SAID)
    assert {place["place"] for place in content["places"]} == {
        "search",
        "suggestions",
        "lists",
        "page",
        "sound",
        "feeds",
        "api",
    }


def test_the_words_that_were_shown_are_kept(library, talk, mentor, mentee):
    """The ledger leads from a yes to the sentence that was agreed to."""
    do(library, talk, release.set_visibility, mentor.viewer, MEMBERS)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    with library.reading() as db:
        entry = ledger.entries(db, session_id=talk)[0]
        words = ledger.texts(db, [entry])[entry.content["words"]]
        shown = release.statement(sessions.get(db, talk))

    assert words == shown
    assert "everybody who has an account in this library" in words


def test_many_sessions_are_settled_with_the_statements_of_a_few(library, mentor, mentee):
    """Asked, released and closed again: 50 sessions need no more statements than 5."""
    people = [(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)]
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
        for state in (None, Answer.AGREED, Answer.DECLINED)
    }

    assert all(few == many for few, many in counts.values()), counts
    assert became == [*[{Release.WAITING}] * 2, *[{Release.RELEASED}] * 2, *[{Release.REFUSED}] * 2]


def add_spoken(db, session):
    """A recording of a session whose speakers are known to be nobody who could be asked."""
    source = sources.add(
        db, session, kind=SourceKind.RECORDING, filename="a.ogg", sha256=f"{session.id:064}", size=1
    )
    spoken = SegmentDraft(text="Ask for feedback.", speaker="Speaker 1", start=0.0, end=9.0)
    transcripts.save_version(db, source, [spoken], origin="import")
    know_speakers(db, source)


def settle_with(library, session_ids, state):
    """Settle sessions once all who are asked gave an answer, if any; gives their release."""
    with library.transaction() as db:
        if state is not None:
            given = {"state": state, "answered_at": now(), "audience": MEMBERS}
            answers = SpeakerRelease.session_id.in_(session_ids)
            db.execute(update(SpeakerRelease).where(answers).values(given))
            db.expire_all()
        release.settle_all(db, session_ids)
        of_these = MentoringSession.id.in_(session_ids)
        return set(db.scalars(select(MentoringSession.release).where(of_these)))
