"""Reading and writing of topics as SKOS (W3C Recommendation, 2009) with rdflib.

The formats are RDF/XML, Turtle and JSON-LD. Files are untrusted: their size is limited, and XML
entities and remote JSON-LD contexts are refused.
"""

import enum
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from lxml import etree

from library.errors import InvalidInputError, TooLargeError
from library.models import LabelKind, Topic
from library.translation import mark
from library.vocabulary import labels

if TYPE_CHECKING:
    from rdflib import Graph, URIRef
    from rdflib.term import Node

    Triple = tuple[Node, Node, Node]
    Pair = tuple[URIRef, URIRef]

LARGEST = 4 * 1024 * 1024  # bytes
MOST_TRIPLES = 200_000
LANGUAGE = "en"  # language of labels without a language, in written files


class Format(enum.StrEnum):
    """Serialisation formats of SKOS; the values are file name extensions."""

    XML = "rdf"
    TURTLE = "ttl"
    JSON_LD = "jsonld"

    @property
    def media_type(self) -> str:
        """Media type of the format."""
        return {"rdf": "application/rdf+xml", "ttl": "text/turtle"}.get(
            self.value, "application/ld+json"
        )

    @property
    def parser(self) -> str:
        """Name of the format in rdflib."""
        return {"rdf": "xml", "ttl": "turtle"}.get(self.value, "json-ld")


@dataclass(kw_only=True)
class Concept:
    """SKOS concept in a file."""

    uri: str
    label: str
    definition: str = ""
    labels: list[tuple[LabelKind, str, str]] = field(default_factory=list)  # kind, language, text
    broader: set[str] = field(default_factory=set)  # uris
    related: set[str] = field(default_factory=set)


def serialize(
    vocabulary: Sequence[Topic],
    relations: tuple[set[tuple[int, int]], set[tuple[int, int]]],
    *,
    base: str,
    title: str,
    form: Format,
) -> bytes:
    """Return a vocabulary as the content of a SKOS file.

    Args:
        vocabulary: Topics that the viewer may see.
        relations: (narrower, broader) and (one, other) ids, as `relations.pairs` returns them.
        base: Public URL of the site, without a slash at the end.
        title: Title of the vocabulary.
        form: Format of the file.
    """
    from rdflib import Graph, URIRef
    from rdflib.namespace import SKOS

    graph, scheme = Graph(), URIRef(f"{base}/topics")
    graph.bind("skos", SKOS)
    uris = {topic.id: URIRef(topic.uri or f"{base}/topics/{topic.id}") for topic in vocabulary}
    below, beside = (
        [(uris[a], uris[b]) for a, b in sorted(pairs) if a in uris and b in uris]
        for pairs in relations
    )
    narrower = {uri for uri, _ in below}
    triples = chain(
        _of_scheme(scheme, title, [uri for uri in uris.values() if uri not in narrower]),
        *(_of_concept(scheme, uris[topic.id], topic) for topic in vocabulary),
        _of_relations(below, beside),
    )
    for triple in triples:
        graph.add(triple)
    return graph.serialize(format=form.parser, encoding="utf-8")


def _of_scheme(scheme: "URIRef", title: str, top: Iterable["URIRef"]) -> Iterator["Triple"]:
    from rdflib import RDF, Literal
    from rdflib.namespace import DCTERMS, SKOS

    yield scheme, RDF.type, SKOS.ConceptScheme
    yield scheme, DCTERMS.title, Literal(title, lang=LANGUAGE)
    for uri in top:
        yield uri, SKOS.topConceptOf, scheme
        yield scheme, SKOS.hasTopConcept, uri


def _of_concept(scheme: "URIRef", uri: "URIRef", topic: Topic) -> Iterator["Triple"]:
    from rdflib import RDF, Literal
    from rdflib.namespace import SKOS

    yield uri, RDF.type, SKOS.Concept
    yield uri, SKOS.inScheme, scheme
    yield uri, SKOS.prefLabel, Literal(topic.label, lang=LANGUAGE)
    if topic.definition:
        yield uri, SKOS.definition, Literal(topic.definition, lang=LANGUAGE)
    predicates = {kind: predicate for predicate, kind in _label_kinds()}
    for one in topic.labels:
        yield uri, predicates[one.kind], Literal(one.text, lang=one.language or LANGUAGE)


def _of_relations(below: Iterable["Pair"], beside: Iterable["Pair"]) -> Iterator["Triple"]:
    from rdflib.namespace import SKOS

    for narrower, broader in below:
        yield narrower, SKOS.broader, broader
        yield broader, SKOS.narrower, narrower
    for one, other in beside:
        yield one, SKOS.related, other
        yield other, SKOS.related, one


def _label_kinds() -> tuple[tuple["URIRef", LabelKind], ...]:
    from rdflib.namespace import SKOS

    return (
        (SKOS.prefLabel, LabelKind.PREFERRED),
        (SKOS.altLabel, LabelKind.ALTERNATIVE),
        (SKOS.hiddenLabel, LabelKind.HIDDEN),
    )


def read(data: bytes, form: Format) -> list[Concept]:
    """Return the concepts in a file, sorted by label.

    Raises:
        TooLargeError: The file exceeds `LARGEST` bytes or `MOST_TRIPLES` triples.
        InvalidInputError: The file is not valid in its format, not safe, or has no concepts.
    """
    if len(data) > LARGEST:
        raise TooLargeError("A vocabulary may have up to %(mib)s MiB.", mib=LARGEST // 1024**2)
    graph = _graph(_made_safe(data, form), form)
    if len(graph) > MOST_TRIPLES:
        raise TooLargeError("This vocabulary is too large to import at once. Import it in parts.")
    found = sorted(_concepts(graph), key=lambda c: (labels.fold(c.label), c.uri))
    if not found:
        raise InvalidInputError(
            "This file has no topics, because no SKOS concept has a label. Choose another file."
        )
    return found


def _made_safe(data: bytes, form: Format) -> bytes:
    """Return the file in a form that is safe for rdflib.

    Raises:
        InvalidInputError: The file is malformed, has a DOCTYPE, or names a remote context.
    """
    if form is Format.XML:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            tree = etree.fromstring(data, parser).getroottree()
        except etree.XMLSyntaxError as error:
            raise InvalidInputError(
                "This file is not RDF/XML: %(reason)s", reason=error.msg
            ) from error
        if tree.docinfo.internalDTD is not None:
            raise InvalidInputError(
                "A DOCTYPE is not allowed in this file. Save it without one, or as Turtle."
            )
        return bytes(etree.tostring(tree, encoding="utf-8"))
    if form is Format.JSON_LD:
        try:
            loaded = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                "This file is not valid JSON, so it cannot be read as JSON-LD. Choose another file."
            ) from error
        if any(_fetches(context) for context in _contexts(loaded)):
            raise InvalidInputError(
                "This file refers to a JSON-LD context at another address. Save the file with the "
                "context inside."
            )
    return data


def _contexts(loaded: Any) -> Iterator[Any]:
    """Yield the value of every `@context` and `@import`.

    The search does not recurse, because the file may be nested deeply.
    """
    pending = [loaded]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                if key in {"@context", "@import"}:
                    yield value
                pending.append(value)
        elif isinstance(item, list):
            pending += item


def _fetches(context: Any) -> bool:
    items = context if isinstance(context, list) else [context]
    return any(isinstance(item, str) for item in items)


def _graph(data: bytes, form: Format) -> "Graph":
    from rdflib import Graph

    graph = Graph()
    try:
        with warnings.catch_warnings():
            # rdflib uses its own deprecated functions
            warnings.simplefilter("ignore", DeprecationWarning)
            graph.parse(data=data, format=form.parser, publicID="urn:vocabulary:")
    # rdflib's parsers raise many types of exceptions for malformed, untrusted files.
    except (Exception, RecursionError) as error:
        raise InvalidInputError(
            mark("This file cannot be read as %(format)s: %(reason)s")
            if str(error)
            else mark("This file cannot be read as %(format)s. Choose another file."),
            format=form.parser.upper(),
            reason="".join(str(error).splitlines()[:1])[:200],
        ) from error
    return graph


def _concepts(graph: "Graph") -> Iterator[Concept]:
    from rdflib import RDF, Literal, URIRef
    from rdflib.namespace import SKOS

    kinds = _label_kinds()
    subjects = {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.prefLabel, None)}
    for subject in subjects:
        labels = [
            (kind, (literal.language or "").lower(), " ".join(str(literal).split()))
            for predicate, kind in kinds
            for literal in graph.objects(subject, predicate)
            if isinstance(literal, Literal) and str(literal).strip()
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
    """Return the sort rank of a language tag, to prefer labels in the library's language.

    0: the library's language. 1: no tag, or a variant such as en-GB. 2: any other language.
    """
    return 0 if language == LANGUAGE else 1 if not _plain(language) else 2


def _plain(language: str) -> str:
    """Return the stored form of a language tag: "" for the library's language and its variants."""
    return "" if language.partition("-")[0] == LANGUAGE else language[:12]


def _uris(nodes: Iterable[Any]) -> set[str]:
    return {str(node) for node in nodes}
