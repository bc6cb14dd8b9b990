"""Review on pages and by program: the queue, one review, letters, and who is let in."""

from http import HTTPStatus

import pytest

from library.accounts import people
from library.consent import release
from library.curating import review_switch
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import collections, members, sessions
from library.models import CollectionRole, Part, Role, Visibility
from tests.builders import Account, Built, add_account, add_session
from tests.web.letters import letters_to, link_in

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def waiting(library, admin, mentor) -> Built:
    """A session that everybody has released, in a library that reviews."""
    with library.transaction() as db:
        review_switch.everywhere(db, admin.viewer, on=True)
    return add_session(
        library,
        title="A talk about feedback",
        lines=ALONE,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=Visibility.MEMBERS,
    )


@pytest.fixture
def curator(library, admin) -> Account:
    """A mentee who curates a collection."""
    account = add_account(library, "Cleo Curator", Role.MENTEE)
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Feedback")
        members.put_member(db, admin.viewer, shelf, account.id, CollectionRole.CURATOR)
    return account


def test_the_setting_is_switched_on_a_page(browse, library, admin, mentor, mentee) -> None:
    """With the tick, what is released next waits in the queue; a guest never sees the queue."""
    browse(admin).post(
        "/care/settings", {"guests_read": "1", "trash_days": 30, "link_days": 30, "review": "1"}
    )
    add_session(library, lines=ALONE, owner=mentor, visibility=Visibility.MEMBERS)

    assert "A talk about feedback" in browse(admin).get("/review").text
    assert "A talk about feedback" not in browse(mentee).get("/sessions").text
    assert browse(mentee).get("/review").status_code == HTTPStatus.FORBIDDEN


def test_a_review_from_the_queue_to_acceptance(
    *, browse, app, library, admin, mentor, mentee, curator, waiting
) -> None:
    """Given to a curator, asked for work, answered, accepted: with letters, and then found."""
    path = f"/sessions/{waiting.session_id}/review"
    boss, judge, owner = browse(admin), browse(curator), browse(mentor)

    boss.post(path, {"do": "assigned", "to": curator.id})
    queue = judge.get("/review?mine=1").text
    judge.post(path, {"do": "needs-work", "text": "Name the second voice."})
    mine = owner.get("/mine").text
    asked = owner.get(path).text
    owner.post(path, {"do": "submitted", "text": "It is Ben."})
    judge.post(path, {"do": "accepted"})

    assert "A talk about feedback" in queue
    assert "Work is asked of you" in mine
    assert "Name the second voice." in asked
    assert "A talk about feedback" in browse(mentee).get("/sessions").text
    first, second = letters_to(app, library, curator.email)
    assert link_in(first) == path
    assert "It is Ben." in second
    work, accepted = letters_to(app, library, mentor.email)
    assert "Name the second voice." in work
    assert "is accepted" in accepted


def test_navigation_leads_curators_to_the_queue(browse, mentee, curator, waiting) -> None:
    """Who curates anything finds it in the head of every page; others do not."""
    assert 'href="/review"' in browse(curator).get("/sessions").text
    assert 'href="/review"' not in browse(mentee).get("/sessions").text


def test_others_find_no_review(browse, mentee, waiting) -> None:
    """Whoever does not see the session cannot tell that it is reviewed."""
    path = f"/sessions/{waiting.session_id}/review"

    assert browse(mentee).get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse().get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse(mentee).post(path, {"do": "accepted"}).status_code == HTTPStatus.NOT_FOUND


def test_what_waits_for_names_again_leaves_the_queue(
    browse, library, admin, curator, waiting
) -> None:
    """Its reviewer finds it on no list and no page until everyone who speaks is known."""
    path = f"/sessions/{waiting.session_id}/review"
    lists = ("/review", "/review?mine=1", "/api/v1/reviews", "/", "/mine", "/sessions", "/many")
    browse(admin).post(path, {"do": "assigned", "to": curator.id})
    before = browse(curator).get("/review").text

    with library.transaction() as db:
        session = sessions.get(db, waiting.session_id)
        unnamed = SegmentDraft(text="Well.", speaker="Speaker 2", start=0, end=5)
        transcripts.save_version(db, session.sources[0], [unnamed], origin="import")
        release.settle(db, session)
    told = {place: browse(curator).get(place).text for place in lists}

    assert "A talk about feedback" in before
    assert [place for place, text in told.items() if "A talk about feedback" in text] == []
    assert browse(curator).get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse(admin).get(path).status_code == HTTPStatus.OK


@pytest.mark.parametrize("data", [{}, {"do": "withdrawn"}, {"do": "x"}, {"do": "needs-work"}])
def test_a_form_that_makes_no_sense_is_refused(browse, admin, waiting, data) -> None:
    """Without a button, or without the words that it needs."""
    answer = browse(admin).post(f"/sessions/{waiting.session_id}/review", data)

    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_collection_asks_for_review_on_its_page(browse, library, admin, curator) -> None:
    """Its administrator switches it; its curator may not."""
    path = "/collections/1/members/review"

    refused = browse(curator).post(path, {"on": "1"})
    browse(admin).post(path, {"on": "1"})

    assert refused.status_code == HTTPStatus.FORBIDDEN
    with library.reading() as db:
        assert collections.get(db, 1).reviewed


def test_a_program_reads_the_queue_and_judges(browse, token_of, admin, mentor, waiting) -> None:
    """Pages by cursor; an act names the ETag that it saw, and an old one is refused."""
    program = browse().client
    path, keys = f"/api/v1/sessions/{waiting.session_id}/review", token_of(admin)

    listed = program.get("/api/v1/reviews?state=submitted&limit=1", headers=keys).get_json()
    seen = program.get(path, headers=keys)
    match = {**keys, "If-Match": seen.headers["ETag"]}
    blind = program.post(path, headers=keys, json={"act": "accepted"})
    done = program.post(path, headers=match, json={"act": "accepted", "text": "Good."})
    late = program.post(path, headers=match, json={"act": "commented", "text": "Wait."})

    assert [r["session_id"] for r in listed["reviews"]] == [waiting.session_id]
    assert listed["next"] is None
    assert blind.status_code == HTTPStatus.PRECONDITION_REQUIRED
    assert done.get_json()["state"] == "accepted"
    assert [e["act"] for e in done.get_json()["events"]] == ["submitted", "accepted"]
    assert late.status_code == HTTPStatus.PRECONDITION_FAILED
    mentors = program.get("/api/v1/reviews", headers=token_of(mentor))
    assert mentors.status_code == HTTPStatus.FORBIDDEN


def test_a_letter_to_a_closed_account_is_not_written(
    *, browse, app, library, admin, mentor, waiting
) -> None:
    """Who cannot sign in any more is not written to."""
    with library.transaction() as db:
        people.get(db, mentor.id).active = False

    browse(admin).post(f"/sessions/{waiting.session_id}/review", {"do": "accepted"})

    assert letters_to(app, library, mentor.email) == []
