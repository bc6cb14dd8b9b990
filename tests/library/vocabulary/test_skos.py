"""Tests of the vocabulary in SKOS: export, import, and refusal of harmful files.

Covers: skos_import.
"""

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SKOS

from library.errors import InvalidInputError, LibraryError
from library.models import LabelKind, Topic
from library.vocabulary import (
    merge_topics,
    relations,
    skos,
    skos_import,
    starter_vocabulary,
    topics,
)
from library.vocabulary.skos import Concept, Format
from library.vocabulary.skos_import import PORTION
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR

BASE = "https://library.example.org"
FORMATS = list(Format)


def out(db, form):
    """Return the vocabulary of a library as the bytes of a SKOS file in the given format."""
    every = topics.visible(db, OPERATOR)
    return skos.serialize(every, relations.pairs(db), base=BASE, title="Topics", form=form)


def facts(db):
    """Return definition, labels, narrower topics and related topics of each topic by label."""
    every = {t.id: t for t in topics.visible(db, OPERATOR)}
    below, beside = relations.pairs(db)
    return {
        t.label: (
            t.definition,
            {(one.kind, one.language, one.text) for one in t.labels},
            {every[b].label for n, b in below if n == t.id},
            {every[i].label for pair in beside if t.id in pair for i in pair if i != t.id},
        )
        for t in every.values()
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib itself raises this warning
@pytest.mark.parametrize("form", FORMATS)
def test_rdflib_reads_the_export(library, form):
    """An exported vocabulary can be read with rdflib.

    It has the concepts, labels, relations and the scheme.
    """
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
        data, count = out(db, form), len(topics.visible(db, OPERATOR))
        delegation = topics.by_name(db, "Delegation")

    graph = Graph().parse(data=data, format=form.parser)

    assert len(set(graph.subjects(RDF.type, SKOS.Concept))) == count
    one = URIRef(f"{BASE}/topics/{delegation.id}")
    assert graph.value(one, SKOS.prefLabel) == Literal("Delegation", lang="en")
    assert Literal("micromanagement", lang="en") in set(graph.objects(one, SKOS.altLabel))
    broader = set(graph.objects(one, SKOS.broader))
    assert len(broader) == 2
    assert all((above, SKOS.narrower, one) in graph for above in broader)
    assert URIRef(f"{BASE}/topics") in set(graph.objects(one, SKOS.inScheme))


@pytest.mark.parametrize("form", FORMATS)
def test_a_vocabulary_comes_back_as_it_went(library, form):
    """An exported vocabulary is imported without loss. Importing it again adds nothing."""
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
        data, before = out(db, form), facts(db)
        for topic in list(topics.visible(db, OPERATOR)):
            topics.remove(db, OPERATOR, topic)
        assert facts(db) == {}
    concepts = skos.read(data, form)

    brought = skos_import.import_concepts(library, OPERATOR, concepts, base="https://elsewhere")

    assert (brought.new, brought.known, brought.refused) == (len(before), 0, [])
    with library.reading() as db:
        assert facts(db) == before
    again = skos_import.import_concepts(library, OPERATOR, concepts, base="https://elsewhere")
    assert (again.new, again.known) == (0, len(before))
    with library.reading() as db:
        assert facts(db) == before


def test_other_languages_and_hidden_names_are_kept(library):
    """An import adds labels to a topic with the same name. The topic keeps its definition."""
    turtle = """
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <urn:f> a skos:Concept ; skos:prefLabel "Rückmeldung"@de, "feedback"@en ;
            skos:hiddenLabel "fedback"@en ; skos:definition "Theirs."@en ; skos:broader <urn:c> .
        <urn:c> a skos:Concept ; skos:prefLabel "Communication"@en ; skos:broader <urn:f> .
    """
    with library.transaction() as db:
        topic_id = topics.add(db, OPERATOR, Wording(label="Feedback", definition="Ours.")).id
    concepts = skos.read(turtle.encode(), Format.TURTLE)

    brought = skos_import.import_concepts(library, OPERATOR, concepts, base=BASE)

    assert (brought.new, brought.known) == (1, 1)
    assert len(brought.refused) == 1  # one of the relations would make a circle
    with library.reading() as db:
        mine = topics.get(db, topic_id)
        assert mine.definition == "Ours."
        assert {(one.kind, one.language, one.text) for one in mine.labels} == {
            (LabelKind.PREFERRED, "de", "Rückmeldung"),
            (LabelKind.HIDDEN, "", "fedback"),
        }


def test_others_write_between_the_portions_of_a_long_import(library):
    """During a long import, other transactions can write between its portions."""
    concepts = [Concept(uri=f"urn:{n}", label=f"Topic {n}") for n in range(2 * PORTION + 1)]
    written = []

    def write(done: int, _all: int) -> None:
        other = Topic(label="Other", folded=f"other {done}")
        written.append(library.write_if_free(lambda db: db.add(other)))

    brought = skos_import.import_concepts(library, OPERATOR, concepts, base=BASE, progress=write)

    assert brought.new == len(concepts)
    assert written == [True] * 6


def test_a_name_that_was_merged_away_or_is_a_synonym_is_found(library):
    """An imported concept can have a synonym or the name of a merged topic as its label.

    The concept then means the topic that has this name now.
    """
    with library.transaction() as db:
        target = topics.add(db, OPERATOR, Wording(label="Feedback", synonyms=["Review"])).id
        merged = topics.add(db, OPERATOR, Wording(label="Criticism")).id
        merge_topics.merge(db, OPERATOR, target, merged)
    concepts = [Concept(uri="urn:a", label="criticism"), Concept(uri="urn:b", label="REVIEW")]

    brought = skos_import.import_concepts(library, OPERATOR, concepts, base=BASE)

    assert (brought.new, brought.known, brought.refused) == (0, 2, [])


ENTITIES = b"""<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:skos="http://www.w3.org/2004/02/skos/core#"><skos:Concept rdf:about="urn:x">
<skos:prefLabel>&c;</skos:prefLabel></skos:Concept></rdf:RDF>"""
EXTERNAL_ENTITY = ENTITIES.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (ENTITIES, Format.XML),
        (EXTERNAL_ENTITY, Format.XML),
        (ENTITIES.decode().encode("utf-16"), Format.XML),
        (b"<rdf", Format.XML),
        (b'{"@context": "http://127.0.0.1:9/context.json", "@id": "urn:x"}', Format.JSON_LD),
        (b'[{"@context": [{"a": "b"}, "file:///etc/passwd"]}]', Format.JSON_LD),
        (b'{"@context": {"@import": "http://127.0.0.1:9/"}}', Format.JSON_LD),
        (b"[" * 100_000, Format.JSON_LD),
        (b"{", Format.JSON_LD),
        (b"@prefix : <urn:x> . :a :b " + b"(" * 5000, Format.TURTLE),
        (b"\xff\xfe nothing", Format.TURTLE),
        (b"", Format.TURTLE),
        (b"x" * (skos.LARGEST + 1), Format.TURTLE),
    ],
)
def test_harmful_files_are_refused(data, form):
    """A SKOS file with entities or external references is refused.

    A file that is too large or too deeply nested is refused too.
    """
    with pytest.raises(LibraryError) as refused:
        skos.read(data, form)

    assert str(refused.value)


def test_a_file_without_a_concept_is_refused():
    """A SKOS file is refused if no concept in it has a label."""
    with pytest.raises(InvalidInputError, match="no SKOS concept has a label"):
        skos.read(b"<urn:a> <urn:b> <urn:c> .", Format.TURTLE)
