"""Topics on pages: the vocabulary, one topic, decisions on a session, and care of them."""

import io
import json

import pytest
from rdflib import Graph
from rdflib.namespace import SKOS

from library.models import TopicState, Visibility
from library.vocabulary import filed, session_topics, topics
from library.vocabulary.session_topics import Suggestion
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR, add_session


@pytest.fixture
def feedback(library):
    """The topic Feedback, below Communication."""
    with library.transaction() as db:
        broad = topics.add(db, OPERATOR, Wording(label="Communication"))
        wanted = Wording(label="Feedback", synonyms=["criticism"], broader=[broad.id])
        return topics.add(db, OPERATOR, wanted)


def suggest(library, built, topic):
    """Let the machine have found a topic."""
    proofs = [(built.passage_ids[0], 0.4)]
    with library.transaction() as db:
        found = [Suggestion(topic_id=topic.id, score=0.4, passages=proofs)]
        session_topics.save_suggestions(db, built.session_id, found)


def test_a_suggestion_becomes_a_fact_when_its_owner_confirms_it(
    library, browse, mentor, mentee, feedback
):
    """Until then neither page, catalogue, list nor count of readers knows it."""
    built = add_session(library, owner=mentor)
    suggest(library, built, feedback)
    address = f"/sessions/{built.session_id}"

    for reader in (browse(), browse(mentee)):
        assert "Feedback</a>" not in reader.get(address).text
        assert "DC.subject" not in reader.get(address).text
    assert browse().get(f"/topics/{feedback.id}").status_code == 404
    mine = browse(mentor).get(address).text
    assert "About Feedback: yes" in mine
    assert "Ask for feedback the same day" in mine

    browse(mentor).post(f"{address}/topics", data={"topic": feedback.id, "do": "confirm"})

    page = browse().get(address).text
    assert f'href="/topics/{feedback.id}"' in page
    assert '<meta name="DC.subject" content="Feedback">' in page
    assert "DefinedTerm" in page
    assert "<dc:subject>Feedback</dc:subject>" in browse().get(f"{address}/dublin-core.xml").text
    topic = browse().get(f"/topics/{feedback.id}").text
    assert "1 session" in topic
    assert "criticism" in topic
    assert "Communication" in browse().get("/topics").text


def test_others_neither_decide_nor_count_what_they_cannot_see(
    library, browse, mentor, mentee, feedback
):
    """A topic of sessions that one may not see is not there for guests; a decision is refused."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    private = add_session(library, owner=mentor, visibility=Visibility.PRIVATE, title="Private")
    with library.transaction() as db:
        for built in (hidden, private):
            decided = {feedback.id: TopicState.CONFIRMED}
            session_topics.decide(db, mentor.viewer, built.session_id, decided)

    assert browse().get(f"/topics/{feedback.id}").status_code == 404
    assert "Feedback" not in browse().get("/topics").text
    assert "Feedback" not in browse().get("/topics/vocabulary.ttl").text
    assert "1 session" in browse(mentee).get(f"/topics/{feedback.id}").text
    form = {"topic": feedback.id, "do": "decline"}
    refused = browse(mentee).post(f"/sessions/{hidden.session_id}/topics", data=form)
    absent = browse(mentee).post(f"/sessions/{private.session_id}/topics", data=form)
    assert (refused.status_code, absent.status_code) == (403, 404)


def test_a_topic_is_added_by_name_and_only_from_the_vocabulary(library, browse, mentor, feedback):
    """A synonym finds it too; another word is refused with a sentence."""
    built = add_session(library, owner=mentor)
    address = f"/sessions/{built.session_id}/topics"

    browse(mentor).post(address, data={"name": "Criticism"})
    unknown = browse(mentor).post(address, data={"name": "Juggling"})

    with library.reading() as db:
        assert filed.subjects(db, mentor.viewer, built.session_id) == ["Feedback"]
    assert unknown.status_code == 400
    assert "not in the vocabulary" in unknown.text


def test_an_administrator_keeps_the_vocabulary(library, browse, admin, mentor):
    """Starter, a file of SKOS, a new topic, a merge and its undoing, all with forms."""
    keeper = browse(admin)
    assert browse(mentor).get("/care/topics/").status_code == 403
    keeper.post("/care/topics/starter", data={})
    turtle = b"""@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <urn:j> a skos:Concept ; skos:prefLabel "Juggling"@en ."""
    file = {"file": (io.BytesIO(turtle), "theirs.ttl")}
    brought = keeper.post("/care/topics/import", data=file, content_type="multipart/form-data")
    assert "1 topics are new, 0 were here already." in brought.text
    keeper.post("/care/topics/", data={"label": "Balls", "synonyms": "hoops\nclubs"})
    with library.reading() as db:
        balls, juggling = topics.by_name(db, "clubs"), topics.by_name(db, "Juggling")

    keeper.post(f"/care/topics/{balls.id}/merge", data={"into": juggling.id})

    assert "“Balls” went into “Juggling”" in keeper.get("/care/topics/").text
    moved = keeper.get(f"/topics/{balls.id}")
    assert moved.headers["Location"].endswith(f"/topics/{juggling.id}")
    keeper.post("/care/topics/merges/1/undo", data={})
    assert "Balls" in keeper.get(f"/topics/{balls.id}").text
    taken = keeper.post("/care/topics/", data={"label": "juggling"})
    assert taken.status_code == 409
    bad = {"file": (io.BytesIO(b"<"), "theirs.rdf")}
    refused = keeper.post("/care/topics/import", data=bad, content_type="multipart/form-data")
    assert refused.status_code == 400


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, by itself
@pytest.mark.parametrize("form", ["ttl", "rdf", "jsonld"])
def test_the_vocabulary_is_there_for_other_programs(library, browse, mentor, feedback, form):
    """Another program (rdflib) reads it at its address, with addresses of this site."""
    answer = browse(mentor).get(f"/topics/vocabulary.{form}")

    parser = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}[form]
    graph = Graph().parse(data=answer.data, format=parser)
    assert {str(label) for label in graph.objects(None, SKOS.prefLabel)} == {
        "Communication",
        "Feedback",
    }
    assert all(
        str(s).endswith(f"/topics/{i}")
        for i, s in enumerate(sorted(set(graph.subjects(SKOS.prefLabel, None))), start=1)
    )
    assert browse().get("/topics/vocabulary.exe").status_code == 404


def test_programs_keep_topics_too(library, browse, admin, mentor, token_of):
    """Add, describe with If-Match, merge and undo, and say what a session is about."""
    keeper, owner = token_of(admin), token_of(mentor)
    built = add_session(library, owner=mentor)
    program = browse().client
    wanted = {"label": "Feedback", "synonyms": ["criticism"]}
    made = program.post("/api/v1/topics", json=wanted, headers=keeper)
    assert made.status_code == 201
    one = made.headers["Location"]
    assert program.post("/api/v1/topics", json=wanted, headers=owner).status_code == 403
    assert program.post("/api/v1/topics", json=wanted, headers=keeper).status_code == 409
    late = {**keeper, "If-Match": '"old"'}
    fresh = {**keeper, "If-Match": made.headers["ETag"]}
    assert program.put(one, json={"label": "F"}, headers=keeper).status_code == 428
    assert program.put(one, json={"label": "F"}, headers=late).status_code == 412
    assert (
        program.put(one, json={"label": "F", "definition": "x"}, headers=fresh).json["label"] == "F"
    )
    other = program.post("/api/v1/topics", json={"label": "Praise"}, headers=keeper).json["id"]
    first = made.json["id"]

    about = f"/api/v1/sessions/{built.session_id}/topics"
    tag = program.get(about, headers=owner).headers["ETag"]
    blind = program.put(about, json={"topics": [other]}, headers=owner)
    said = program.put(about, json={"topics": [other]}, headers={**owner, "If-Match": tag})
    merged = program.post(
        f"/api/v1/topics/{other}/merge", json={"into": first}, headers=keeper
    ).json

    assert blind.status_code == 428
    assert [t["label"] for t in said.json["topics"]] == ["Praise"]
    assert (merged["kept"], merged["gone"]) == (first, other)
    found = program.get(about).json["topics"]
    assert [(t["label"], t["state"]) for t in found] == [("F", "confirmed")]
    assert (
        program.delete(f"/api/v1/topics/merges/{merged['id']}", headers=keeper).status_code == 200
    )
    page = program.get("/api/v1/topics?limit=1", headers=owner).json
    assert [t["label"] for t in page["topics"]] == ["Praise"]
    assert [t["label"] for t in program.get(page["next"], headers=owner).json["topics"]] == ["F"]
    assert json.dumps(page)
