"""Tests of search history, saved searches, feeds, OpenSearch and suggestions.

Covers: suggestions.
"""

from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from library.models import ParticipantRole, Visibility
from library.queue import WorkQueue
from library.store import Library
from search.results.result_types import Suggestion, SuggestionKind
from tests.builders import Account, add_session
from tests.web.client import Browser
from tests.web.prepared_answers import PreparedEngine, answer
from tests.web.shared_routes import made_app

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SECRET = [("Ada", "The kiln cracked and I told nobody.")]
OPEN = [("Ada", "The kiln is lit at dawn.")]


@pytest.fixture
def kilns(library: Library, mentee: Account) -> None:
    """Public session, and a session for its participants only."""
    add_session(library, title="Dawn", lines=OPEN, visibility=Visibility.PUBLIC)
    add_session(
        library,
        title="The crack",
        lines=SECRET,
        visibility=Visibility.PARTICIPANTS,
        participants=[(mentee.id, ParticipantRole.MENTEE)],
    )


def entries(xml: str) -> list[str]:
    """Return the contents of a feed's entries."""
    feed = ET.fromstring(xml)  # noqa: S314 - made by the tested site
    return [
        str(entry.findtext("a:content", namespaces=ATOM))
        for entry in feed.iterfind("a:entry", ATOM)
    ]


def test_the_history_belongs_to_one_member(browse, mentee, mentor) -> None:
    """A member's history lists whole questions, newest first, but no unfinished ones.

    No other member sees it.
    """
    asker = browse(mentee)
    asker.get("/?q=How do I fire a kiln?&kind=recording")
    asker.get("/?q=And when it cracks?")
    asker.get("/?q=And wh&part=results")

    page, other = asker.get("/searches").text, browse(mentor).get("/searches").text

    assert page.index("And when it cracks?") < page.index("How do I fire a kiln?")
    assert 'href="/?q=How+do+I+fire+a+kiln?&amp;kind=recording"' in page
    assert "Filters: kind" in page
    assert ">And wh<" not in page
    assert "kiln" not in other


def test_a_search_is_saved_under_a_name_and_removed(browse, mentee) -> None:
    """A saved search links to the search with its filters until it is removed."""
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
    """The history is empty after a member cleared it."""
    asker = browse(mentee)
    asker.get("/?q=kiln")

    asker.post("/searches/forget")

    assert "You have no searches yet" in asker.get("/searches").text


def test_a_saved_search_of_another_member_is_not_found(browse, mentee, mentor) -> None:
    """Removing the saved search of another member answers 404."""
    browse(mentee).post("/searches", {"q": "kiln", "name": "Fire"})

    refused = browse(mentor).post("/searches/1/remove")

    assert refused.status_code == 404
    assert "Fire" in browse(mentee).get("/searches").text


def test_a_guest_is_led_to_sign_in(browse) -> None:
    """A guest has to sign in for saved searches and sees no button to save a search."""
    guest = browse()

    assert guest.get("/searches").location.startswith("/sign-in")
    assert "Save this search" not in guest.get("/?q=kiln").text


def test_suggestions_follow_access_rules(browse, kilns, mentee) -> None:
    """Words of a session for participants are suggested to a participant and not to a guest."""
    paths = ("/suggest?q=crack", "/suggest?q=the cra")

    guest = [browse().get(path).json["suggestions"] for path in paths]
    inside = [browse(mentee).get(path).json["suggestions"] for path in paths]

    assert guest == [[], []]
    assert [s["text"] for found in inside for s in found] == ["cracked", "the cracked"]


def test_suggestions_begin_with_own_searches(browse, kilns, mentee) -> None:
    """Suggestions begin with the member's saved and past searches. A guest gets words only."""
    asker = browse(mentee)
    asker.get("/?q=How is the kiln lit?&kind=recording")
    asker.post("/searches", {"q": "kiln", "name": "Kilns of mine"})

    suggestions = asker.get("/suggest?q=kil").json["suggestions"]

    assert [s["text"] for s in suggestions] == ["Kilns of mine", "How is the kiln lit?", "kiln"]
    assert suggestions[1]["href"] == "/?q=How+is+the+kiln+lit?&kind=recording"
    assert [s["text"] for s in browse().get("/suggest?q=kil").json["suggestions"]] == ["kiln"]


def test_suggestions_lead_to_sessions_people_and_passages(
    app: Flask, library: Library, queue: WorkQueue
) -> None:
    """Each suggestion except a word links to its page.

    The plain list of suggestions contains words only.
    """
    kinds = [*SuggestionKind]
    engine = PreparedEngine(
        answer(), *(Suggestion(kind=k, text=k, id=None if k == "word" else 4) for k in kinds)
    )
    guest = Browser(made_app(library=library, engine=engine, queue=queue))

    suggestions = guest.get("/suggest?q=x").json["suggestions"]
    plain = guest.get("/suggest?q=x&list=1")

    assert {s["text"]: s.get("href") for s in suggestions} == {
        "word": None,
        "question": None,
        "session": "/sessions/4",
        "person": "/people/4",
        "collection": "/collections/4",
        "passage": "/p/4",
        "topic": "/topics/4",
    }
    assert plain.json == ["x", ["word", "question"]]
    assert plain.mimetype == "application/x-suggestions+json"


def test_a_feed_follows_the_access_rules_of_its_token(browse, kilns, mentee, token_of) -> None:
    """A guest's feed has public results. With a token in a header, it has the owner's results.

    A token in the address is ignored.
    """
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


def test_a_feed_without_results_is_valid(browse) -> None:
    """The feed of a search without a question or results is valid and has no entries."""
    for path in ("/feed.atom", "/feed.atom?q=<whales>&form=peer"):
        assert entries(browse().get(path).text) == []


def test_a_browser_can_add_the_library(browse) -> None:
    """All addresses in the OpenSearch description answer 200. Pages link to the description."""
    guest = browse()

    described = guest.get("/opensearch.xml")
    root = ET.fromstring(described.text)  # noqa: S314 - made by the tested site
    addresses = [url.attrib["template"] for url in root if url.tag.endswith("Url")]

    assert described.mimetype == "application/opensearchdescription+xml"
    assert len(addresses) == 3
    for address in addresses:
        path = address.removeprefix("http://localhost").replace("{searchTerms}", "kiln")
        assert guest.get(path).status_code == 200
    assert 'type="application/opensearchdescription+xml"' in guest.get("/sessions").text
