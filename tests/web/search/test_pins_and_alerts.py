"""Tests of the pages for pinned answers and for alerts."""

from http import HTTPStatus

from library.discovery import alerts, saved_searches
from library.models import AlertFrequency, SavedSearch, Visibility
from tests.builders import add_session

LINES = (("Ada Mentor", "Ask for feedback the same day."),)


def test_a_pinned_answer_is_made_shown_first_and_removed(browse, library, admin, mentor) -> None:
    """A pinned answer is shown as chosen by a curator until it is removed.

    A mentor may not list pinned answers.
    """
    talk = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PUBLIC)
    as_admin, guest = browse(admin), browse()
    question = "How do I ask for feedback?"

    form = as_admin.get(f"/pins/new?q={question}&passage={talk.passage_ids[0]}").text
    address = f"http://localhost/p/{talk.passage_ids[0]}"
    as_admin.post("/pins", {"questions": question, "passages": address})
    answer_page = guest.get(f"/?q={question}").text
    listed = as_admin.get("/pins").text
    as_admin.post("/pins/1", {"do": "remove"})

    assert all(text in form for text in (question, address, "the same day."))
    assert "Chosen by a curator" in answer_page
    assert "1 of 1 passage shown" in listed
    assert "Chosen by a curator" not in guest.get(f"/?q={question}").text
    assert browse(mentor).get("/pins").status_code == HTTPStatus.FORBIDDEN


def test_an_unanswered_question_is_rephrased_and_pinned(browse, library, admin, mentee) -> None:
    """A wording that finds passages pins one of them for both wordings of the question."""
    talk = add_session(library, lines=LINES, visibility=Visibility.PUBLIC)
    as_admin, question = browse(admin), "quetzalcoatl?"

    empty = as_admin.get(f"/pins/new?q={question}&words={question}").text
    found = as_admin.get(f"/pins/new?q={question}&words=feedback").text
    form = {"questions": f"{question}\nfeedback", "passage": str(talk.passage_ids[0])}
    saved = as_admin.post("/pins", form)

    assert "No passage was found for “quetzalcoatl?”" in empty
    assert f'name="passage" value="{talk.passage_ids[0]}"' in found
    assert f">{question}\nfeedback</textarea>" in found
    assert saved.location == "/pins"
    assert "Chosen by a curator" in browse(mentee).get(f"/?q={question}").text


def test_alerts_are_chosen_and_ended_by_one_click(browse, library, mentee) -> None:
    """A member chooses how often alerts are sent.

    A POST to the link in an alert ends the alerts, without sign-in. Opening the link does not.
    """
    with library.transaction() as db:
        saved = saved_searches.save(db, mentee.viewer, name="Feedback", question="feedback")
    browse(mentee).post(f"/searches/{saved.id}/letters", {"rhythm": "weekly"})
    with library.transaction() as db:
        chosen = db.get(SavedSearch, saved.id).rhythm
        token = alerts.link(db, saved.id)
    machine = browse().client

    looked = machine.get(f"/alerts/{token}")
    with library.reading() as db:
        still = db.get(SavedSearch, saved.id).rhythm
    ended = machine.post(f"/alerts/{token}", data={"List-Unsubscribe": "One-Click"})

    assert (chosen, still) == (AlertFrequency.WEEKLY, AlertFrequency.WEEKLY)
    assert "Stop these e-mail alerts" in looked.text
    assert ended.status_code == HTTPStatus.OK
    with library.reading() as db:
        assert db.get(SavedSearch, saved.id).rhythm is AlertFrequency.NEVER
    assert machine.get("/alerts/guess").status_code == HTTPStatus.NOT_FOUND
