"""Tests of the overview's pages and API: charts with text alternatives, and access rules.

Covers: overview_api.
"""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree, html

from library.access import today
from library.accounts import people, service_settings
from library.capture import question_scripts
from library.models import SessionTopic, Topic, TopicState, Visibility
from library.overview import missed_questions
from search.engine import Engine
from tests.builders import add_session, signed_in
from tests.fakes import BagOfWordsEmbedder
from tests.web.client import Browser
from tests.web.outbox import emails_to
from tests.web.shared_routes import made_app

PAGES = ("/overview", "/overview/map", "/overview/map/0", "/overview/gaps")
SECRET = "zanzibarflamingo"


@pytest.fixture
def site(app, library, queue):
    """Function that returns a browser of a site with a bag-of-words engine."""
    made = made_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)

    def browse(account=None):
        if account is None:
            return Browser(made)
        return Browser(made, signed_in(library, account.id))

    browse.app = made
    return browse


@pytest.fixture
def private_session(library, mentor, admin):
    """Private session of the mentor, beside a visible one.

    Each of the two sessions has 90 segments and its own topic.
    """
    words = ("feedback early kindly", "garden tomatoes water", "harbour ships pilots")
    lines = [("Ada Mentor", f"{words[n % 3]} {n}") for n in range(90)]
    visible = add_session(library, title="For all", lines=lines)
    private = add_session(
        library,
        title=SECRET,
        lines=[("Dee", f"{SECRET} sleeps {n}") for n in range(90)],
        owner=mentor,
        visibility=Visibility.PRIVATE,
    )
    with library.transaction() as db:
        for built, label in ((visible, "Letting go"), (private, f"{SECRET} topic")):
            topic = Topic(label=label, folded=label.lower())
            db.add(topic)
            db.flush()
            db.add(
                SessionTopic(
                    session_id=built.session_id, topic_id=topic.id, state=TopicState.CONFIRMED
                )
            )
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_map=True)
        )
    return private


def pictures(page):
    """Return the SVG charts of a page as XML elements."""
    charts = re.findall(r"<svg class=\"picture.*?</svg>", page.text, re.DOTALL)
    return [etree.fromstring(text) for text in charts]


@pytest.mark.usefixtures("private_session")
@pytest.mark.parametrize("path", PAGES[:3])
def test_every_chart_has_a_text_alternative(site, admin, path):
    """Each chart has a title, a description, and a label for each link.

    Each chart has a wide and a narrow version.
    """
    drawn = pictures(site(admin).get(path))

    kinds = [svg.get("class").split("-")[-1] for svg in drawn]
    assert kinds
    assert kinds.count("wide") == kinds.count("slim") == len(kinds) / 2
    ids = [svg.get("aria-labelledby") for svg in drawn]
    assert len(set(ids)) == len(ids)
    for svg in drawn:
        title, about = svg[0], svg[1]
        assert (title.get("id"), about.get("id")) == (
            svg.get("aria-labelledby"),
            svg.get("aria-describedby"),
        )
        assert title.text
        assert about.text
        assert all(link.get("aria-label") for link in svg.iter("a"))


@pytest.mark.usefixtures("private_session")
@pytest.mark.parametrize("path", PAGES)
def test_a_member_sees_nothing_of_a_private_session(site, mentee, path):
    """The overview shows another member no word, topic or speaker of a private session."""
    page = site(mentee).get(path)

    assert page.status_code == 200
    assert SECRET not in page.text
    assert "Dee" not in page.text


def test_the_owner_sees_a_private_session(site, mentor, private_session):
    """The overview shows a private session's topic to its owner."""
    assert SECRET in site(mentor).get("/overview").text
    assert SECRET in site(mentor).get("/overview/map").text


@pytest.mark.usefixtures("private_session")
def test_every_link_of_the_charts_works(site, admin):
    """Each link of a chart leads to an existing page."""
    who = site(admin)
    visited, rest = set(), ["/overview", "/overview/map"]
    while rest:
        path = rest.pop()
        if path in visited:
            continue
        visited.add(path)
        page = who.get(path)
        assert page.status_code in {200, 302}, path
        if path.startswith("/overview"):
            rest += [link.get("href") for svg in pictures(page) for link in svg.iter("a")]

    assert any(path.startswith(("/p/", "/passages/")) for path in visited)
    assert any("added=" in path for path in visited)


@pytest.mark.usefixtures("private_session")
def test_the_table_has_the_numbers_of_the_chart(site, mentee):
    """The table of the library's growth has the same numbers as the growth chart.

    The rows of the table lead to sessions that the member may see.
    """
    who = site(mentee)
    (month,) = who.get("/api/v1/overview/growth").json["months"]

    page = html.fromstring(who.get("/overview").text)
    listed = who.get(f"/sessions?added={month['month']}").text

    row = next(r for r in page.iter("tr") if month["month"] in etree.tostring(r, encoding=str))
    assert [cell.text for cell in row.iter("td")] == ["1", "0.2 h", "1", "0.2 h"]
    assert "For all" in listed
    assert SECRET not in listed
    assert "For all" not in who.get("/sessions?added=1999-01").text


def test_the_api_is_limited_by_access(site, library, private_session, mentee, mentor):
    """The API computes topic map, topics and knowledge at risk from visible sessions only."""
    who, owner = site(mentee), site(mentor)

    found = who.get("/api/v1/overview/map").json
    inside = who.get(found["groups"][0]["links"]["self"]).json
    topics = who.get("/api/v1/overview/topics").json["topics"]
    risks = who.get("/api/v1/overview/at-risk").json["at_risk"]

    assert (found["passages"], owner.get("/api/v1/overview/map").json["passages"]) == (90, 180)
    assert inside["passages"] == found["groups"][0]["passages"]
    assert who.get(inside["spots"][0]["links"]["passage"]).status_code == 302
    assert [(t["label"], t["sessions"], t["seconds"]) for t in topics] == [("Letting go", 1, 900)]
    assert [(r["topic"]["label"], r["danger"]) for r in risks] == [("Letting go", "one-voice")]
    assert who.get("/api/v1/overview/map?way=99").status_code == 404
    assert who.get("/api/v1/overview/map?way=x").status_code == 422


@pytest.mark.parametrize("path", ["", "/growth", "/topics", "/at-risk", "/map", "/gaps"])
def test_guests_are_refused(site, path):
    """A guest can open neither the overview's pages nor its API."""
    page = site().get(
        "/overview" if path in {"", "/growth", "/topics", "/at-risk"} else f"/overview{path}"
    )
    call = site().get(f"/api/v1/overview{path or '/growth'}")

    assert page.status_code == 302
    assert call.status_code in {401, 403}


@pytest.mark.usefixtures("private_session")
def test_the_status_is_for_administrators(site, admin, mentee):
    """Administrators see the status of the library, with a warning while no backup exists.

    A mentee does not see the status.
    """
    status = site(admin).get("/api/v1/overview/condition").json

    assert (status["searchable"], status["total"]) == (2, 2)
    assert status["jobs"]["ready"] == 2
    assert (status["first_backup"], status["backup_is_due"]) == (None, True)
    assert site(mentee).get("/api/v1/overview/condition").status_code == 403


@pytest.mark.usefixtures("private_session")
def test_a_recording_request_makes_questions_and_an_e_mail(site, library, admin, mentor):
    """Two recording requests about one topic make one question script and two e-mails.

    A mentor may not make a recording request.
    """
    with library.transaction() as db:
        people.get(db, mentor.id).leaves_on = today() + timedelta(days=10)
    as_admin = site(admin)
    form = {"about": "Letting go", "person": mentor.id}

    page = as_admin.get("/overview").text
    as_admin.post("/overview/ask-for", form)
    again = as_admin.post("/overview/ask-for", form)
    written = emails_to(site.app, library, mentor.email)

    assert "Ask for a recording" in page
    assert again.status_code == 302
    with library.reading() as db:
        (script,) = [s for s in question_scripts.everything(db) if "Letting go" in s.title]
    assert script.prompts[0] == "How did you come to Letting go?"
    assert len(written) == 2
    assert "How did you come to Letting go?" in written[0]
    assert site(mentor).post("/overview/ask-for", form).status_code == 403


@pytest.mark.usefixtures("private_session")
def test_a_question_of_three_people_is_shown(browse, library, admin, mentor, mentee):
    """An unanswered question is shown once three people asked it.

    The question disappears when one of the people opts out.
    """
    for account in (admin, mentor):
        browse(account).get("/?q=quetzalcoatl")
    before = browse(mentee).get("/overview/gaps").text
    answered = browse(mentee).get("/?q=quetzalcoatl").text
    gaps_page = browse(mentee).get("/overview/gaps")
    request = browse(admin).post("/overview/ask-for", {"about": "Quetzalcoatl", "question": "1"})
    for_admin = browse(admin).get("/overview/gaps").text
    browse(mentee).post("/searches/counted", {"counted": "0"})
    after = browse(mentee).get("/overview/gaps").text

    assert "uetzalcoatl" not in before
    assert "Your question is counted, so that people can record an answer" in answered
    assert "3 people" in gaps_page.text
    assert len(pictures(gaps_page)) == 2
    assert request.status_code == 302
    assert "Rephrase or pin" not in gaps_page.text
    assert 'href="/pins/new?q=Quetzalcoatl&amp;words=Quetzalcoatl"' in for_admin
    assert "uetzalcoatl" not in after
    with library.reading() as db:
        assert len(missed_questions.all_counted(db)) == 2


@pytest.mark.usefixtures("private_session")
def test_a_person_who_opted_out_can_ask_for_one_answer(browse, mentee):
    """Without an answer, a person who opted out gets a button that has this question counted."""
    member = browse(mentee)
    member.post("/searches/counted", {"counted": "0"})

    offered = member.get("/?q=quetzalcoatl").text
    pressed = member.post("/searches/wish", {"q": "quetzalcoatl"})
    after = member.get("/?q=quetzalcoatl").text

    assert "Ask for an answer" in offered
    assert pressed.headers["Location"] == "/?q=quetzalcoatl"
    assert "Ask for an answer" not in after
    assert "It is never shown who asked" in after
    assert "Ask for an answer" not in browse().get("/?q=quetzalcoatl").text
