"""Tests of the review queue and of single reviews: pages, API, e-mails and access.

Covers: reviews_api.
"""

from http import HTTPStatus

import pytest

from library.accounts import people
from library.collections import collections, members
from library.consent import release
from library.curation import review
from library.models import CollectionRole, ParticipantRole, Role, Visibility
from library.sessions import sessions
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import Account, Built, add_account, add_session
from tests.web.outbox import emails_to, link_in

ALONE = (("Ada Mentor", "Ask for feedback the same day."),)


@pytest.fixture
def waiting(library, admin, mentor) -> Built:
    """Released session that waits for review, since the library requires reviews."""
    with library.transaction() as db:
        review.set_required_everywhere(db, admin.viewer, on=True)
    return add_session(
        library,
        title="A talk about feedback",
        lines=ALONE,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.MEMBERS,
    )


@pytest.fixture
def curator(library, admin) -> Account:
    """Mentee who curates a collection."""
    account = add_account(library, "Cleo Curator", Role.MENTEE)
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Feedback")
        members.set_member(db, admin.viewer, collection, account.id, CollectionRole.CURATOR)
    return account


def test_the_setting_is_switched_on_a_page(browse, library, admin, mentor, mentee) -> None:
    """With the review setting on, a released session waits in the queue and is not listed.

    A mentee may not open the queue.
    """
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
    """A reviewer is assigned, requests changes, and accepts the session.

    Curator and owner get e-mails. Members then see the session.
    """
    path = f"/sessions/{waiting.session_id}/review"
    as_admin, judge, owner = browse(admin), browse(curator), browse(mentor)

    as_admin.post(path, {"do": "assigned", "to": curator.id})
    queue = judge.get("/review?mine=1").text
    judge.post(path, {"do": "needs-work", "text": "Name the second voice."})
    mine = owner.get("/mine").text
    owner_page = owner.get(path).text
    owner.post(path, {"do": "submitted", "text": "It is Ben."})
    judge.post(path, {"do": "accepted"})

    assert "A talk about feedback" in queue
    assert "Changes requested" in mine
    assert "Name the second voice." in owner_page
    assert "A talk about feedback" in browse(mentee).get("/sessions").text
    first, second = emails_to(app, library, curator.email)
    assert link_in(first) == path
    assert "It is Ben." in second
    work, accepted = emails_to(app, library, mentor.email)
    assert "Name the second voice." in work
    assert "is accepted" in accepted


def test_navigation_leads_curators_to_the_queue(browse, mentee, curator, waiting) -> None:
    """Curators have a link to the review queue in the navigation. Other members do not."""
    assert 'href="/review"' in browse(curator).get("/sessions").text
    assert 'href="/review"' not in browse(mentee).get("/sessions").text


def test_a_review_is_hidden_with_its_session(browse, mentee, waiting) -> None:
    """The review of a session that a mentee or a guest may not see answers 404."""
    path = f"/sessions/{waiting.session_id}/review"

    assert browse(mentee).get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse().get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse(mentee).post(path, {"do": "accepted"}).status_code == HTTPStatus.NOT_FOUND


def test_a_session_with_an_unnamed_speaker_leaves_the_queue(
    browse, library, admin, curator, waiting
) -> None:
    """A session that waits for a speaker's name is on no list or page of its reviewer."""
    path = f"/sessions/{waiting.session_id}/review"
    lists = ("/review", "/review?mine=1", "/api/v1/reviews", "/", "/mine", "/sessions", "/many")
    browse(admin).post(path, {"do": "assigned", "to": curator.id})
    before = browse(curator).get("/review").text

    with library.transaction() as db:
        session = sessions.get(db, waiting.session_id)
        unnamed = SegmentDraft(text="Well.", speaker="Speaker 2", start=0, end=5)
        versions.save_version(db, session.sources[0], [unnamed], origin="import")
        release.refresh(db, session)
    pages = {place: browse(curator).get(place).text for place in lists}

    assert "A talk about feedback" in before
    assert [place for place, text in pages.items() if "A talk about feedback" in text] == []
    assert browse(curator).get(path).status_code == HTTPStatus.NOT_FOUND
    assert browse(admin).get(path).status_code == HTTPStatus.OK


@pytest.mark.parametrize("data", [{}, {"do": "withdrawn"}, {"do": "x"}, {"do": "needs-work"}])
def test_a_form_that_makes_no_sense_is_refused(browse, admin, waiting, data) -> None:
    """A review form without a valid action, or without its required text, is refused."""
    answer = browse(admin).post(f"/sessions/{waiting.session_id}/review", data)

    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_collection_asks_for_review_on_its_page(browse, library, admin, curator) -> None:
    """An administrator can require reviews for a collection. Its curator cannot."""
    path = "/collections/1/members/review"

    refused = browse(curator).post(path, {"on": "1"})
    browse(admin).post(path, {"on": "1"})

    assert refused.status_code == HTTPStatus.FORBIDDEN
    with library.reading() as db:
        assert collections.get(db, 1).reviewed


def test_a_program_reads_the_queue_and_judges(browse, token_of, admin, mentor, waiting) -> None:
    """A program lists reviews and accepts a session.

    Each review action needs the current ETag.
    """
    program = browse().client
    path, keys = f"/api/v1/sessions/{waiting.session_id}/review", token_of(admin)

    listed = program.get("/api/v1/reviews?state=submitted&limit=1", headers=keys).get_json()
    review = program.get(path, headers=keys)
    match = {**keys, "If-Match": review.headers["ETag"]}
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


def test_a_closed_account_gets_no_e_mail(*, browse, app, library, admin, mentor, waiting) -> None:
    """The owner of a reviewed session gets no e-mail after the account was closed."""
    with library.transaction() as db:
        people.get(db, mentor.id).active = False

    browse(admin).post(f"/sessions/{waiting.session_id}/review", {"do": "accepted"})

    assert emails_to(app, library, mentor.email) == []
