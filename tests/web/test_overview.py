"""The overview's pages and its API: complete pictures with words beside them, of one's own."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree, html

from library.access import today
from library.accounts import people, service
from library.capture import scripts
from library.models import SessionTopic, Topic, TopicState, Visibility
from library.overview import missed
from search.engine import Engine
from tests.builders import add_session, signed_in
from tests.fakes import BagOfWordsEmbedder
from tests.web.browsing import Browser
from tests.web.letters import letters_to
from web.site import create_app

PAGES = ("/overview", "/overview/map", "/overview/map/0", "/overview/gaps")
SECRET = "zanzibarflamingo"


@pytest.fixture
def site(app, library, queue):
    """The site with an engine that knows what words mean, and a browser for an account."""
    made = create_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)

    def browse(account=None):
        if account is None:
            return Browser(made)
        return Browser(made, signed_in(library, account.id))

    browse.app = made
    return browse


@pytest.fixture
def shelf(library, mentor, admin):
    """Two talks on many lines, one of them its owner's alone, each with its topic."""
    words = ("feedback early kindly", "garden tomatoes water", "harbour ships pilots")
    lines = [("Ada Mentor", f"{words[n % 3]} {n}") for n in range(90)]
    seen = add_session(library, title="For all", lines=lines)
    private = add_session(
        library,
        title=SECRET,
        lines=[("Dee", f"{SECRET} sleeps {n}") for n in range(90)],
        owner=mentor,
        visibility=Visibility.PRIVATE,
    )
    with library.transaction() as db:
        for built, label in ((seen, "Letting go"), (private, f"{SECRET} topic")):
            topic = Topic(label=label, folded=label.lower())
            db.add(topic)
            db.flush()
            db.add(
                SessionTopic(
                    session_id=built.session_id, topic_id=topic.id, state=TopicState.CONFIRMED
                )
            )
        service.change(db, admin.viewer, replace(service.service(db), gap_map=True))
    return private


def pictures(page):
    """The pictures of a page, read as strictly as XML."""
    found = re.findall(r"<svg class=\"picture.*?</svg>", page.text, re.DOTALL)
    return [etree.fromstring(text) for text in found]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("path", PAGES[:3])
def test_every_picture_has_its_words(site, admin, path):
    """A title and a description, a name for each link, and for a desk and a phone one each."""
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


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("path", PAGES)
def test_a_member_sees_nothing_of_what_is_private(site, mentee, path):
    """No word, no topic, no name of who speaks there, nor a link to it."""
    page = site(mentee).get(path)

    assert page.status_code == 200
    assert SECRET not in page.text
    assert "Dee" not in page.text


def test_its_owner_sees_it(site, mentor, shelf):
    """The same pages, with what is theirs."""
    assert SECRET in site(mentor).get("/overview").text
    assert SECRET in site(mentor).get("/overview/map").text


@pytest.mark.usefixtures("shelf")
def test_every_link_of_the_pictures_leads_somewhere(site, admin):
    """Bars to their sessions, groups into themselves, points to their moment."""
    who = site(admin)
    seen, rest = set(), ["/overview", "/overview/map"]
    while rest:
        path = rest.pop()
        if path in seen:
            continue
        seen.add(path)
        page = who.get(path)
        assert page.status_code in {200, 302}, path
        if path.startswith("/overview"):
            rest += [link.get("href") for svg in pictures(page) for link in svg.iter("a")]

    assert any(path.startswith(("/p/", "/passages/")) for path in seen)
    assert any("added=" in path for path in seen)


@pytest.mark.usefixtures("shelf")
def test_the_table_says_what_the_picture_says(site, mentee):
    """Each number of the growth is in a table, whose rows lead to the sessions."""
    who = site(mentee)
    (month,) = who.get("/api/v1/overview/growth").json["months"]

    page = html.fromstring(who.get("/overview").text)
    listed = who.get(f"/sessions?added={month['month']}").text

    row = next(r for r in page.iter("tr") if month["month"] in etree.tostring(r, encoding=str))
    assert [cell.text for cell in row.iter("td")] == ["1", "0.2 h", "1", "0.2 h"]
    assert "For all" in listed
    assert SECRET not in listed
    assert "For all" not in who.get("/sessions?added=1999-01").text


def test_the_api_gives_what_one_may_see(site, library, shelf, mentee, mentor):
    """The map from its top to its points, topics, and what may be lost."""
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
def test_guests_are_turned_away(site, path):
    """The overview is for members."""
    page = site().get(
        "/overview" if path in {"", "/growth", "/topics", "/at-risk"} else f"/overview{path}"
    )
    call = site().get(f"/api/v1/overview{path or '/growth'}")

    assert page.status_code == 302
    assert call.status_code in {401, 403}


@pytest.mark.usefixtures("shelf")
def test_the_condition_is_for_administrators(site, admin, mentee):
    """With what can be searched, the room, the work, and that there is no backup yet."""
    found = site(admin).get("/api/v1/overview/condition").json

    assert (found["searchable"], found["total"]) == (2, 2)
    assert found["jobs"]["ready"] == 2
    assert (found["first_backup"], found["backup_is_due"]) == (None, True)
    assert "none was made yet" in site(admin).get("/overview").text
    assert site(mentee).get("/api/v1/overview/condition").status_code == 403
    assert "none was made yet" not in site(mentee).get("/overview").text


@pytest.mark.usefixtures("shelf")
def test_knowledge_at_risk_is_asked_for_with_questions_and_a_letter(site, library, admin, mentor):
    """The button makes a question script once, and writes to who holds the knowledge."""
    with library.transaction() as db:
        people.get(db, mentor.id).leaves_on = today() + timedelta(days=10)
    boss = site(admin)
    form = {"about": "Letting go", "person": mentor.id}

    page = boss.get("/overview").text
    boss.post("/overview/ask-for", form)
    again = boss.post("/overview/ask-for", form)
    written = letters_to(site.app, library, mentor.email)

    assert "Ask for a recording" in page
    assert again.status_code == 302
    with library.reading() as db:
        (script,) = [s for s in scripts.everything(db) if "Letting go" in s.title]
    assert script.prompts[0] == "How did you come to Letting go?"
    assert len(written) == 2
    assert "How did you come to Letting go?" in written[0]
    assert site(mentor).post("/overview/ask-for", form).status_code == 403


@pytest.mark.usefixtures("shelf")
def test_what_three_people_asked_is_shown_and_asked_for(browse, library, admin, mentor, mentee):
    """Asked on the page of questions; told who counts, and one's own can be kept out."""
    for account in (admin, mentor):
        browse(account).get("/?q=quetzalcoatl")
    before = browse(mentee).get("/overview/gaps").text
    told = browse(mentee).get("/?q=quetzalcoatl").text
    shown = browse(mentee).get("/overview/gaps")
    asked = browse(admin).post("/overview/ask-for", {"about": "Quetzalcoatl", "question": "1"})
    browse(mentee).post("/searches/counted", {"counted": "0"})
    after = browse(mentee).get("/overview/gaps").text

    assert "uetzalcoatl" not in before
    assert "Your question is counted, without your name" in told
    assert "3 people" in shown.text
    assert len(pictures(shown)) == 2
    assert asked.status_code == 302
    assert "uetzalcoatl" not in after
    with library.reading() as db:
        assert len(missed.every(db)) == 2
