"""Topics as other programs exchange them: SKOS (W3C Recommendation, 2009) by rdflib.

RDF/XML, Turtle and JSON-LD. A file that is read may be anybody's: it is small, declares no XML
entities, and names no JSON-LD context that would have to be fetched.
"""

import enum
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree
from sqlalchemy import func, select

from library import audit
from library.access import Viewer, require_admin
from library.errors import ConflictError, InvalidInputError, TooLargeError
from library.models import LabelKind, Topic, TopicBroader, TopicLabel, TopicRelated
from library.store import Transaction
from library.vocabulary import hierarchy, topic_progress, topics
from library.vocabulary.topics import Wording

if TYPE_CHECKING:
    from rdflib import Graph

LARGEST = 4 * 1024 * 1024  # bytes
MOST_TRIPLES = 200_000
LANGUAGE = "en"  # of labels that name none, in files that are written


class Format(enum.StrEnum):
    """The ways in which SKOS is written, by the ends of their files' names."""

    XML = "rdf"
    TURTLE = "ttl"
    JSON_LD = "jsonld"

    @property
    def media_type(self) -> str:
        """As it is sent."""
        return {"rdf": "application/rdf+xml", "ttl": "text/turtle"}.get(
            self.value, "application/ld+json"
        )

    @property
    def parser(self) -> str:
        """What rdflib calls it."""
        return {"rdf": "xml", "ttl": "turtle"}.get(self.value, "json-ld")


@dataclass(kw_only=True)
class Concept:
    """A topic in a file."""

    uri: str
    label: str
    definition: str = ""
    labels: list[tuple[LabelKind, str, str]] = field(default_factory=list)  # kind, language, text
    broader: set[str] = field(default_factory=set)  # uris
    related: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Brought:
    """What came of a file."""

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)  # sentences


def written(
    vocabulary: Sequence[Topic],
    relations: tuple[set[tuple[int, int]], set[tuple[int, int]]],
    *,
    base: str,
    title: str,
    form: Format,
) -> bytes:
    """A vocabulary as a file.

    Args:
        vocabulary: the topics whoever asks may know of.
        relations: (narrower, broader) and (one, other) ids, as `topics.relations` gives them.
        base: the public address of the site, without a slash at its end.
        title: of the vocabulary.
        form: of the file.
    """
    from rdflib import RDF, Graph, Literal, URIRef
    from rdflib.namespace import DCTERMS, SKOS

    graph, scheme = Graph(), URIRef(f"{base}/topics")
    graph.bind("skos", SKOS)
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, DCTERMS.title, Literal(title, lang=LANGUAGE)))
    uris = {topic.id: URIRef(topic.uri or f"{base}/topics/{topic.id}") for topic in vocabulary}
    below = [(n, b) for n, b in sorted(relations[0]) if n in uris and b in uris]
    predicates = {
        LabelKind.PREFERRED: SKOS.prefLabel,
        LabelKind.ALTERNATIVE: SKOS.altLabel,
        LabelKind.HIDDEN: SKOS.hiddenLabel,
    }
    for topic in vocabulary:
        uri = uris[topic.id]
        graph.add((uri, RDF.type, SKOS.Concept))
        graph.add((uri, SKOS.inScheme, scheme))
        graph.add((uri, SKOS.prefLabel, Literal(topic.label, lang=LANGUAGE)))
        if topic.definition:
            graph.add((uri, SKOS.definition, Literal(topic.definition, lang=LANGUAGE)))
        for one in topic.labels:
            said = Literal(one.text, lang=one.language or LANGUAGE)
            graph.add((uri, predicates[one.kind], said))
        if topic.id not in {n for n, _ in below}:
            graph.add((uri, SKOS.topConceptOf, scheme))
            graph.add((scheme, SKOS.hasTopConcept, uri))
    for narrower, broader in below:
        graph.add((uris[narrower], SKOS.broader, uris[broader]))
        graph.add((uris[broader], SKOS.narrower, uris[narrower]))
    for left, right in sorted(relations[1]):
        if left in uris and right in uris:
            graph.add((uris[left], SKOS.related, uris[right]))
            graph.add((uris[right], SKOS.related, uris[left]))
    return graph.serialize(format=form.parser, encoding="utf-8")


def read(data: bytes, form: Format) -> list[Concept]:
    """The concepts in a file, in the order of their labels.

    Raises:
        TooLargeError: it is larger than `LARGEST`.
        InvalidInputError: it is not what its name says, or not safe to read.
    """
    if len(data) > LARGEST:
        raise TooLargeError(f"A vocabulary may have up to {LARGEST // 1024**2} MiB.")
    graph = _graph(_made_safe(data, form), form)
    if len(graph) > MOST_TRIPLES:
        raise TooLargeError("This vocabulary says more than can be taken in at once.")
    found = sorted(_concepts(graph), key=lambda c: (topics.fold(c.label), c.uri))
    if not found:
        raise InvalidInputError("There are no topics in this file: no SKOS concept has a label.")
    return found


def _made_safe(data: bytes, form: Format) -> bytes:
    """The file as rdflib may read it.

    Raises:
        InvalidInputError: it declares XML entities, or wants something fetched.
    """
    if form is Format.XML:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            tree = etree.fromstring(data, parser).getroottree()
        except etree.XMLSyntaxError as error:
            raise InvalidInputError(f"This is no RDF/XML: {error.msg}") from error
        if tree.docinfo.internalDTD is not None:
            raise InvalidInputError(
                "This file has a DOCTYPE, which can do harm. Save it without one, or as Turtle."
            )
        return bytes(etree.tostring(tree, encoding="utf-8"))
    if form is Format.JSON_LD:
        try:
            loaded = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError("This is no JSON-LD: it cannot be read as JSON.") from error
        if any(_fetches(context) for context in _contexts(loaded)):
            raise InvalidInputError(
                "This file names a context at another address. Save it with the context inside."
            )
    return data


def _contexts(loaded: Any) -> Iterator[Any]:
    """Every `@context` and `@import`, without recursion: the file may be nested deeply."""
    left = [loaded]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                if key in {"@context", "@import"}:
                    yield value
                left.append(value)
        elif isinstance(item, list):
            left += item


def _fetches(context: Any) -> bool:
    items = context if isinstance(context, list) else [context]
    return any(isinstance(item, str) for item in items)


def _graph(data: bytes, form: Format) -> "Graph":
    from rdflib import Graph

    graph = Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # rdflib warns of itself
            graph.parse(data=data, format=form.parser, publicID="urn:vocabulary:")
    # rdflib's parsers raise whatever they stumble over; the file is somebody's.
    except (Exception, RecursionError) as error:
        raise InvalidInputError(
            f"This file cannot be read as {form.parser.upper()}: {str(error).splitlines()[0][:200]}"
            if str(error)
            else f"This file cannot be read as {form.parser.upper()}."
        ) from error
    return graph


def _concepts(graph: "Graph") -> Iterator[Concept]:
    from rdflib import RDF, Literal, URIRef
    from rdflib.namespace import SKOS

    kinds = (
        (SKOS.prefLabel, LabelKind.PREFERRED),
        (SKOS.altLabel, LabelKind.ALTERNATIVE),
        (SKOS.hiddenLabel, LabelKind.HIDDEN),
    )
    subjects = {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.prefLabel, None)}
    for subject in subjects:
        labels = [
            (kind, (said.language or "").lower(), " ".join(str(said).split()))
            for predicate, kind in kinds
            for said in graph.objects(subject, predicate)
            if isinstance(said, Literal) and str(said).strip()
        ]
        preferred = sorted(
            (_away(lang), lang, text) for k, lang, text in labels if k is LabelKind.PREFERRED
        )
        if not isinstance(subject, URIRef) or not preferred:
            continue
        _, language, label = preferred[0]
        defined = [o for o in graph.objects(subject, SKOS.definition) if isinstance(o, Literal)]
        defined.sort(key=lambda o: (_away((o.language or "").lower()), str(o)))
        yield Concept(
            uri=str(subject),
            label=label,
            definition=str(defined[0]).strip() if defined else "",
            labels=sorted(
                (kind, _plain(lang), text)
                for kind, lang, text in labels
                if (kind, lang, text) != (LabelKind.PREFERRED, language, label)
            ),
            broader=_uris(graph.objects(subject, SKOS.broader))
            | _uris(graph.subjects(SKOS.narrower, subject)),
            related=_uris(graph.objects(subject, SKOS.related))
            | _uris(graph.subjects(SKOS.related, subject)),
        )


def _away(language: str) -> int:
    """How far a language is from the library's."""
    return 0 if language == LANGUAGE else 1 if not _plain(language) else 2


def _plain(language: str) -> str:
    """A language as it is kept: the library's own is not named."""
    return "" if language.partition("-")[0] == LANGUAGE else language[:12]


def _uris(nodes: Iterable[Any]) -> set[str]:
    return {str(node) for node in nodes}


def bring_in(db: Transaction, viewer: Viewer, concepts: Sequence[Concept], *, base: str) -> Brought:
    """Put concepts beside the topics that are here; one of the same address or name is the same.

    What is here keeps its label and its definition, and gains names and relations. A relation
    that would put a topic below itself is left out, and said.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    brought, ids = Brought(), {}
    for concept in concepts:
        try:
            topic, new = _topic_for(db, concept, base)
        except (ConflictError, InvalidInputError) as error:
            brought.refused.append(str(error))
            continue
        ids[concept.uri] = topic.id
        brought.new += new
        brought.known += not new
        _add_names(db, topic, concept)
    for concept in concepts:
        if (topic_id := ids.get(concept.uri)) is not None:
            brought.refused += _relate(db, topic_id, concept, ids)
    topic_progress.changed(db)
    detail = {"new": brought.new, "known": brought.known, "refused": len(brought.refused)}
    audit.record(db, viewer.person_id, "topic.import", detail=detail, address=viewer.address)
    return brought


def _topic_for(db: Transaction, concept: Concept, base: str) -> tuple[Topic, bool]:
    ours = concept.uri.removeprefix(f"{base}/topics/")
    if ours.isdecimal() and len(ours) < 18 and (found := db.get(Topic, int(ours))) is not None:
        return topics.get(db, found.id), False
    found = db.scalar(select(Topic).where(Topic.uri == concept.uri))
    found = found or topics.by_name(db, concept.label)
    if found is not None:
        topic = topics.get(db, found.id)
        topic.definition = topic.definition or concept.definition[: topics.LONGEST_DEFINITION]
        return topic, False
    uri = concept.uri if concept.uri.startswith(("http://", "https://", "urn:")) else None
    wanted = Wording(label=concept.label, definition=concept.definition)
    return topics.put(db, wanted, uri=uri[:500] if uri else None), True


def _add_names(db: Transaction, topic: Topic, concept: Concept) -> None:
    known = {topics.fold(topic.label), *(topics.fold(one.text) for one in topic.labels)}
    names = [(LabelKind.ALTERNATIVE, "", concept.label), *concept.labels]
    for kind, language, text in names:
        if len(topic.labels) >= topics.MOST_SYNONYMS:
            break
        mine = kind if language or kind is not LabelKind.PREFERRED else LabelKind.ALTERNATIVE
        if topics.fold(text) not in known and len(text) <= topics.LONGEST_LABEL:
            known.add(topics.fold(text))
            topic.labels.append(TopicLabel(kind=mine, language=language, text=text))
    db.flush()


def _relate(db: Transaction, topic_id: int, concept: Concept, ids: dict[str, int]) -> list[str]:
    refused = []
    for uri in sorted(concept.broader & ids.keys()):
        broader = ids[uri]
        if db.get(TopicBroader, (topic_id, broader)) is not None:
            continue
        if topic_id in hierarchy.above(db, broader):
            refused.append(f"“{concept.label}” would stand below itself; that was left out.")
            continue
        db.add(TopicBroader(narrower_id=topic_id, broader_id=broader))
        db.flush()
    for uri in concept.related & ids.keys():
        one, other = sorted((topic_id, ids[uri]))
        if one != other and db.get(TopicRelated, (one, other)) is None:
            db.add(TopicRelated(one_id=one, other_id=other))
            db.flush()
    return refused


def count(db: Transaction) -> int:
    """How many topics there are."""
    return db.scalar(select(func.count(Topic.id)).where(Topic.merged_into_id.is_(None))) or 0
