"""Pinned answers and letters about searches, on pages."""

from http import HTTPStatus

from library.models import Rhythm, SavedSearch, Visibility
from library.searching import alerts, searches
from tests.builders import add_session

LINES = (("Ada Mentor", "Ask for feedback the same day."),)


def test_a_pinned_answer_is_made_shown_first_and_removed(browse, library, admin, mentor) -> None:
    """Made from a moment; marked as chosen by a curator; gone when it is removed."""
    talk = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PUBLIC)
    boss, guest = browse(admin), browse()
    question = "How do I ask for feedback?"

    form = boss.get(f"/pins/new?q={question}&passage={talk.passage_ids[0]}").text
    address = f"http://localhost/p/{talk.passage_ids[0]}"
    boss.post("/pins", {"questions": question, "passages": address})
    shown = guest.get(f"/?q={question}").text
    listed = boss.get("/pins").text
    boss.post("/pins/1", {"do": "remove"})

    assert all(there in form for there in (question, address, "the same day."))
    assert "Chosen by a curator" in shown
    assert "1 of 1 passages shown" in listed
    assert "Chosen by a curator" not in guest.get(f"/?q={question}").text
    assert browse(mentor).get("/pins").status_code == HTTPStatus.FORBIDDEN


def test_letters_are_chosen_and_ended_by_one_click(browse, library, mentee) -> None:
    """The link works without an account, a token in the form or a look at the page before."""
    with library.transaction() as db:
        kept = searches.save(db, mentee.viewer, name="Feedback", question="feedback")
    browse(mentee).post(f"/searches/{kept.id}/letters", {"rhythm": "weekly"})
    with library.transaction() as db:
        chosen = db.get(SavedSearch, kept.id).rhythm
        token = alerts.link(db, kept.id)
    machine = browse().client

    looked = machine.get(f"/alerts/{token}")
    with library.reading() as db:
        still = db.get(SavedSearch, kept.id).rhythm
    ended = machine.post(f"/alerts/{token}", data={"List-Unsubscribe": "One-Click"})

    assert (chosen, still) == (Rhythm.WEEKLY, Rhythm.WEEKLY)
    assert "Send me no more of them" in looked.text
    assert ended.status_code == HTTPStatus.OK
    with library.reading() as db:
        assert db.get(SavedSearch, kept.id).rhythm is Rhythm.NEVER
    assert machine.get("/alerts/guess").status_code == HTTPStatus.NOT_FOUND
