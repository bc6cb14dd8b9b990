"""Searches of one's own, feeds of a search, OpenSearch, suggestions."""

from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from library.models import Part, Visibility
from library.queue import WorkQueue
from library.store import Library
from search.findings import Suggestion, SuggestionKind
from tests.builders import Account, add_session
from tests.web.browsing import Browser
from tests.web.prepared import PreparedEngine, answer
from web.site import create_app

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SECRET = [("Ada", "The kiln cracked and I told nobody.")]
OPEN = [("Ada", "The kiln is lit at dawn.")]


@pytest.fixture
def kilns(library: Library, mentee: Account) -> None:
    """A session for everybody, and one for those who took part."""
    add_session(library, title="Dawn", lines=OPEN, visibility=Visibility.PUBLIC)
    add_session(
        library,
        title="The crack",
        lines=SECRET,
        visibility=Visibility.PARTICIPANTS,
        participants=[(mentee.id, Part.MENTEE)],
    )


def entries(xml: str) -> list[str]:
    """The words of a feed's entries."""
    feed = ET.fromstring(xml)  # noqa: S314 - of our own making
    return [
        str(entry.findtext("a:content", namespaces=ATOM))
        for entry in feed.iterfind("a:entry", ATOM)
    ]


def test_what_is_asked_is_remembered_for_its_asker_alone(browse, mentee, mentor) -> None:
    """A member's questions stand in their own history, newest first; typing on is no question."""
    asker = browse(mentee)
    asker.get("/?q=How do I fire a kiln?&kind=recording")
    asker.get("/?q=And when it cracks?")
    asker.get("/?q=And wh&part=results")

    page, other = asker.get("/searches").text, browse(mentor).get("/searches").text

    assert page.index("And when it cracks?") < page.index("How do I fire a kiln?")
    assert 'href="/?q=How+do+I+fire+a+kiln?&amp;kind=recording"' in page
    assert "narrowed by kind" in page
    assert ">And wh<" not in page
    assert "kiln" not in other


def test_a_search_is_kept_under_a_name_run_again_and_removed(browse, mentee) -> None:
    """A saved search leads to the same search; once removed it is gone."""
    asker = browse(mentee)

    saved = asker.post(
        "/searches", {"q": "kiln", "form": "peer", "name": "Fire", "next": "/?q=kiln&form=peer"}
    )
    page = asker.get("/searches").text
    asker.post("/searches/1/remove")

    assert saved.location == "/?q=kiln&form=peer"
    assert '<a href="/?q=kiln&amp;form=peer">Fire</a>' in page
    assert "Fire" not in asker.get("/searches").text.split("<main")[1]


def test_the_history_is_cleared_on_request(browse, mentee) -> None:
    """After “Clear the history” nothing of it is left."""
    asker = browse(mentee)
    asker.get("/?q=kiln")

    asker.post("/searches/forget")

    assert "You have asked nothing yet" in asker.get("/searches").text


def test_nobody_touches_searches_of_somebody_else(browse, mentee, mentor) -> None:
    """Somebody else's saved search is not there."""
    browse(mentee).post("/searches", {"q": "kiln", "name": "Fire"})

    refused = browse(mentor).post("/searches/1/remove")

    assert refused.status_code == 404
    assert "Fire" in browse(mentee).get("/searches").text


def test_a_guest_is_led_to_sign_in(browse) -> None:
    """Guests have no searches, and are offered none."""
    guest = browse()

    assert guest.get("/searches").location.startswith("/sign-in")
    assert "Save this search" not in guest.get("/?q=kiln").text


def test_suggestions_hold_only_what_may_be_seen(browse, kilns, mentee) -> None:
    """Words of a private session are suggested to those who took part, to nobody else."""
    paths = ("/suggest?q=crack", "/suggest?q=the cra")

    guest = [browse().get(path).json["suggestions"] for path in paths]
    inside = [browse(mentee).get(path).json["suggestions"] for path in paths]

    assert guest == [[], []]
    assert [s["text"] for found in inside for s in found] == ["cracked", "the cracked"]


def test_suggestions_begin_with_searches_of_ones_own(browse, kilns, mentee) -> None:
    """What one asked or kept is offered again, with its filters; a guest's box has no memory."""
    asker = browse(mentee)
    asker.get("/?q=How is the kiln lit?&kind=recording")
    asker.post("/searches", {"q": "kiln", "name": "Kilns of mine"})

    found = asker.get("/suggest?q=kil").json["suggestions"]

    assert [s["text"] for s in found] == ["Kilns of mine", "How is the kiln lit?", "kiln"]
    assert found[1]["href"] == "/?q=How+is+the+kiln+lit?&kind=recording"
    assert [s["text"] for s in browse().get("/suggest?q=kil").json["suggestions"]] == ["kiln"]


def test_suggestions_lead_to_sessions_people_and_passages(
    app: Flask, library: Library, queue: WorkQueue
) -> None:
    """A title, a name or a passage goes to its page; words are asked."""
    kinds = [*SuggestionKind]
    engine = PreparedEngine(
        answer(), *(Suggestion(kind=k, text=k, id=None if k == "word" else 4) for k in kinds)
    )
    guest = Browser(create_app(library=library, engine=engine, queue=queue))

    found = guest.get("/suggest?q=x").json["suggestions"]
    plain = guest.get("/suggest?q=x&list=1")

    assert {s["text"]: s.get("href") for s in found} == {
        "word": None,
        "session": "/sessions/4",
        "person": "/people/4",
        "collection": "/collections/4",
        "passage": "/p/4",
        "topic": "/topics/4",
    }
    assert plain.json == ["x", ["word"]]
    assert plain.mimetype == "application/x-suggestions+json"


def test_a_feed_shows_guests_what_is_public_and_a_token_what_its_person_may_see(
    browse, kilns, mentee, token_of
) -> None:
    """The feed of a search asks through the same predicate; tokens travel in the header only."""
    headers = token_of(mentee)
    secret = headers["Authorization"].split()[1]

    public = browse().get("/feed.atom?q=kiln")
    own = browse().get("/feed.atom?q=kiln", headers=headers)
    in_address = browse().get(f"/feed.atom?q=kiln&token={secret}")

    assert public.mimetype == "application/atom+xml"
    assert entries(public.text) == ["Ada: The kiln is lit at dawn."]
    assert len(entries(own.text)) == 2
    assert entries(in_address.text) == entries(public.text)
    assert "private" in own.headers["Cache-Control"]


def test_a_feed_of_nothing_is_a_feed(browse) -> None:
    """A search without finds, or without a question, has a valid feed without entries."""
    for path in ("/feed.atom", "/feed.atom?q=<whales>&form=peer"):
        assert entries(browse().get(path).text) == []


def test_a_browser_can_add_the_library(browse) -> None:
    """The description names addresses that answer, and every page links it."""
    guest = browse()

    described = guest.get("/opensearch.xml")
    root = ET.fromstring(described.text)  # noqa: S314 - of our own making
    addresses = [url.attrib["template"] for url in root if url.tag.endswith("Url")]

    assert described.mimetype == "application/opensearchdescription+xml"
    assert len(addresses) == 3
    for address in addresses:
        path = address.removeprefix("http://localhost").replace("{searchTerms}", "kiln")
        assert guest.get(path).status_code == 200
    assert 'type="application/opensearchdescription+xml"' in guest.get("/sessions").text
