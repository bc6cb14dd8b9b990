"""Tests of topics: vocabulary, single topics, decisions on a session, administration.

Covers: topics_api.
"""

import io
import json

import pytest
from rdflib import Graph
from rdflib.namespace import SKOS

from library.models import TopicState, Visibility
from library.vocabulary import confirmed_topics, session_topics, topics
from library.vocabulary.session_topics import Suggestion
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR, add_session


@pytest.fixture
def feedback(library):
    """Topic "Feedback", which is narrower than the topic "Communication"."""
    with library.transaction() as db:
        broad = topics.add(db, OPERATOR, Wording(label="Communication"))
        wording = Wording(label="Feedback", synonyms=["criticism"], broader=[broad.id])
        return topics.add(db, OPERATOR, wording)


def suggest(library, built, topic):
    """Store a suggested topic for a session."""
    proofs = [(built.passage_ids[0], 0.4)]
    with library.transaction() as db:
        suggestions = [Suggestion(topic_id=topic.id, score=0.4, passages=proofs)]
        session_topics.save_suggestions(db, built.session_id, suggestions)


def test_a_suggested_topic_is_shown_after_its_confirmation(
    library, browse, mentor, mentee, feedback
):
    """Only the owner sees a suggested topic.

    After the owner confirmed it, the topic is on all pages and in the metadata.
    """
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


def test_topics_follow_the_access_rules_of_sessions(library, browse, mentor, mentee, feedback):
    """A topic's page and counts omit sessions that the viewer may not see.

    Only people who may edit a session decide on its topics.
    """
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
    """A topic is added to a session by its name or a synonym. An unknown name is refused."""
    built = add_session(library, owner=mentor)
    address = f"/sessions/{built.session_id}/topics"

    browse(mentor).post(address, data={"name": "Criticism"})
    unknown = browse(mentor).post(address, data={"name": "Juggling"})

    with library.reading() as db:
        assert confirmed_topics.subjects(db, mentor.viewer, built.session_id) == ["Feedback"]
    assert unknown.status_code == 400
    assert "not in the vocabulary" in unknown.text


def test_an_administrator_maintains_the_vocabulary(library, browse, admin, mentor):
    """By forms, an administrator loads, imports, adds and merges topics, and undoes a merge."""
    as_admin = browse(admin)
    assert browse(mentor).get("/care/topics/").status_code == 403
    as_admin.post("/care/topics/starter", data={})
    turtle = b"""@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <urn:j> a skos:Concept ; skos:prefLabel "Juggling"@en ."""
    file = {"file": (io.BytesIO(turtle), "theirs.ttl")}
    brought = as_admin.post("/care/topics/import", data=file, content_type="multipart/form-data")
    assert "1 topic is new. 0 topics existed already." in brought.text
    as_admin.post("/care/topics/", data={"label": "Balls", "synonyms": "hoops\nclubs"})
    with library.reading() as db:
        balls, juggling = topics.by_name(db, "clubs"), topics.by_name(db, "Juggling")

    as_admin.post(f"/care/topics/{balls.id}/merge", data={"into": juggling.id})

    assert "“Balls” was merged into “Juggling”" in as_admin.get("/care/topics/").text
    moved = as_admin.get(f"/topics/{balls.id}")
    assert moved.headers["Location"].endswith(f"/topics/{juggling.id}")
    as_admin.post("/care/topics/merges/1/undo", data={})
    assert "Balls" in as_admin.get(f"/topics/{balls.id}").text
    taken = as_admin.post("/care/topics/", data={"label": "juggling"})
    assert taken.status_code == 409
    bad = {"file": (io.BytesIO(b"<"), "theirs.rdf")}
    refused = as_admin.post("/care/topics/import", data=bad, content_type="multipart/form-data")
    assert refused.status_code == 400


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib causes this warning itself
@pytest.mark.parametrize("form", ["ttl", "rdf", "jsonld"])
def test_the_vocabulary_is_exported_as_skos(library, browse, mentor, feedback, form):
    """The vocabulary is exported as SKOS with this site's addresses. rdflib reads each format."""
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


def test_programs_maintain_topics(library, browse, admin, mentor, token_of):
    """The API adds, changes, merges and assigns topics. Changes need the current ETag."""
    as_admin, owner = token_of(admin), token_of(mentor)
    built = add_session(library, owner=mentor)
    program = browse().client
    new_topic = {"label": "Feedback", "synonyms": ["criticism"]}
    made = program.post("/api/v1/topics", json=new_topic, headers=as_admin)
    assert made.status_code == 201
    one = made.headers["Location"]
    assert program.post("/api/v1/topics", json=new_topic, headers=owner).status_code == 403
    assert program.post("/api/v1/topics", json=new_topic, headers=as_admin).status_code == 409
    late = {**as_admin, "If-Match": '"old"'}
    fresh = {**as_admin, "If-Match": made.headers["ETag"]}
    assert program.put(one, json={"label": "F"}, headers=as_admin).status_code == 428
    assert program.put(one, json={"label": "F"}, headers=late).status_code == 412
    assert (
        program.put(one, json={"label": "F", "definition": "x"}, headers=fresh).json["label"] == "F"
    )
    other = program.post("/api/v1/topics", json={"label": "Praise"}, headers=as_admin).json["id"]
    first = made.json["id"]

    about = f"/api/v1/sessions/{built.session_id}/topics"
    tag = program.get(about, headers=owner).headers["ETag"]
    blind = program.put(about, json={"topics": [other]}, headers=owner)
    answer = program.put(about, json={"topics": [other]}, headers={**owner, "If-Match": tag})
    merged = program.post(
        f"/api/v1/topics/{other}/merge", json={"into": first}, headers=as_admin
    ).json

    assert blind.status_code == 428
    assert [t["label"] for t in answer.json["topics"]] == ["Praise"]
    assert (merged["kept"], merged["gone"]) == (first, other)
    found = program.get(about).json["topics"]
    assert [(t["label"], t["state"]) for t in found] == [("F", "confirmed")]
    assert (
        program.delete(f"/api/v1/topics/merges/{merged['id']}", headers=as_admin).status_code == 200
    )
    page = program.get("/api/v1/topics?limit=1", headers=owner).json
    assert [t["label"] for t in page["topics"]] == ["Praise"]
    assert [t["label"] for t in program.get(page["next"], headers=owner).json["topics"]] == ["F"]
    assert json.dumps(page)
