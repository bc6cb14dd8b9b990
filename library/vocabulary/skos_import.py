"""Import of SKOS concepts into the vocabulary, in short transactions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from library import audit
from library.access import Viewer, require_admin
from library.errors import InvalidInputError
from library.models import LabelKind, Topic, TopicBroader, TopicLabel, TopicRelated
from library.store import Library, Transaction
from library.translation import gettext
from library.vocabulary import labels, relations, suggestion_progress, topics
from library.vocabulary.skos import Concept

PORTION = 100  # concepts in one transaction


@dataclass(kw_only=True)
class ImportResult:
    """Result of an import: numbers of new and of known topics, and sentences about refused data."""

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)  # sentences


class _Vocabulary:
    """Existing topics by URI and by label, read once for each transaction.

    A lookup for each concept would scan all labels: 1,000 concepts took 18 s of CPU time.
    """

    def __init__(self, db: Transaction) -> None:
        self.ids: set[int] = set()
        self.by_uri: dict[str, int] = {}
        self._into: dict[int, int] = {}
        self._by_label: dict[str, int] = {}
        self._by_synonym: dict[str, int] = {}
        query = select(Topic.id, Topic.folded, Topic.uri, Topic.merged_into_id)
        for row in db.execute(query):
            self.add(row.id, row.folded, row.uri)
            if row.merged_into_id is not None:
                self._into[row.id] = row.merged_into_id
        for topic_id, text in db.execute(select(TopicLabel.topic_id, TopicLabel.text)):
            if topic_id not in self._into:
                self._by_synonym.setdefault(labels.fold(text), topic_id)

    def add(self, topic_id: int, folded: str, uri: str | None) -> None:
        """Add a topic to the lookup."""
        self.ids.add(topic_id)
        self._by_label[folded] = topic_id
        if uri is not None:
            self.by_uri[uri] = topic_id

    def add_synonym(self, topic_id: int, folded: str) -> None:
        """Add a synonym of a topic to the lookup."""
        self._by_synonym.setdefault(folded, topic_id)

    def find(self, concept: Concept, base: str) -> int | None:
        """Return the id of the topic with the URI or label of *concept*. Follow merges."""
        ours = concept.uri.removeprefix(f"{base}/topics/")
        folded = labels.fold(concept.label)
        found = int(ours) if ours.isdecimal() and len(ours) < 18 else None
        if found not in self.ids:
            found = self.by_uri.get(concept.uri)
        if found is None:
            found = self._by_label.get(folded, self._by_synonym.get(folded))
        while found in self._into:
            found = self._into[found]
        return found


def import_concepts(
    library: Library,
    viewer: Viewer,
    concepts: Sequence[Concept],
    *,
    base: str,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> ImportResult:
    """Import concepts into the vocabulary and report the progress.

    Args:
        library: Library that gets the topics.
        viewer: Administrator who imports them.
        concepts: Concepts of the file.
        base: Public URL of this site, the prefix of the URIs of its own topics.
        progress: Called with the steps done and the steps in total, two for each concept.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    result = ImportResult()
    for done, total in import_batches(library, viewer, concepts, base=base, brought=result):
        progress(done, total)
    return result


def import_batches(
    library: Library,
    viewer: Viewer,
    concepts: Sequence[Concept],
    *,
    base: str,
    brought: ImportResult,
) -> Iterator[tuple[int, int]]:
    """Import concepts in several transactions, so that other writers are not blocked.

    A concept with the URI or label of a topic means this topic. The topic keeps its label and
    definition, and gets the new synonyms and relations. A relation that would make a topic narrower
    than itself is left out and reported in *brought*. If a transaction fails, the topics of earlier
    transactions stay. The same import can then be repeated.

    Yields:
        Steps done and steps in total, two for each concept.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    state = _Import(base, brought)
    for first in range(0, len(concepts), PORTION):
        with library.transaction() as db:
            vocabulary = _Vocabulary(db)
            for concept in concepts[first : first + PORTION]:
                state.take_in(db, vocabulary, concept)
        yield min(first + PORTION, len(concepts)), 2 * len(concepts)
    for first in range(0, len(concepts), PORTION):
        with library.transaction() as db:
            state.relate(db, concepts[first : first + PORTION])
        yield len(concepts) + min(first + PORTION, len(concepts)), 2 * len(concepts)
    with library.transaction() as db:
        suggestion_progress.changed(db)
        detail = {"new": brought.new, "known": brought.known, "refused": len(brought.refused)}
        audit.record(db, viewer.person_id, "topic.import", detail=detail, address=viewer.address)


class _Import:
    """State of one import: its result, and topic ids by concept URI."""

    def __init__(self, base: str, brought: ImportResult) -> None:
        self.brought = brought
        self._base = base
        self._ids: dict[str, int] = {}  # topic ids by concept URI

    def take_in(self, db: Transaction, vocabulary: _Vocabulary, concept: Concept) -> None:
        """Find or add the topic of a concept, then add missing synonyms."""
        found = vocabulary.find(concept, self._base)
        try:
            topic = db.get_one(Topic, found) if found else _new(db, vocabulary, concept)
        except InvalidInputError as error:
            self.brought.refused.append(str(error))
            return
        if found and not topic.definition:
            topic.definition = concept.definition[: topics.LONGEST_DEFINITION]
        self._ids[concept.uri] = topic.id
        self.brought.new += not found
        self.brought.known += bool(found)
        for folded in _add_names(topic, concept):
            vocabulary.add_synonym(topic.id, folded)

    def relate(self, db: Transaction, concepts: Sequence[Concept]) -> None:
        """Add the relations of concepts; report relations that are not possible."""
        present = _Relations(db)
        for concept in concepts:
            if (topic_id := self._ids.get(concept.uri)) is None:
                continue
            for uri in sorted(concept.broader & self._ids.keys()):
                if not present.put_below(topic_id, self._ids[uri]):
                    self.brought.refused.append(
                        gettext(
                            "“%(topic)s” would be narrower than itself. A relation was left out.",
                            topic=concept.label,
                        )
                    )
            for uri in concept.related & self._ids.keys():
                present.put_beside(topic_id, self._ids[uri])
        present.save(db)


class _Relations:
    """Relations between topics, read once for each transaction, and relations to add."""

    def __init__(self, db: Transaction) -> None:
        self._below, self._beside = relations.pairs(db)
        self._here = set(db.scalars(select(Topic.id).where(Topic.merged_into_id.is_(None))))
        self._parents: dict[int, set[int]] = {}
        for narrower, broader in self._below:
            self._parents.setdefault(narrower, set()).add(broader)
        self._new_below: list[dict[str, int]] = []
        self._new_beside: list[dict[str, int]] = []

    def put_below(self, narrower: int, broader: int) -> bool:
        """Add a broader topic; return False if the topic would be narrower than itself."""
        if (narrower, broader) in self._below or not {narrower, broader} <= self._here:
            return True
        if self._is_above(narrower, broader):
            return False
        self._below.add((narrower, broader))
        self._parents.setdefault(narrower, set()).add(broader)
        self._new_below.append({"narrower_id": narrower, "broader_id": broader})
        return True

    def put_beside(self, topic_id: int, related: int) -> None:
        """Add a related topic."""
        one, other = sorted((topic_id, related))
        if one != other and (one, other) not in self._beside and {one, other} <= self._here:
            self._beside.add((one, other))
            self._new_beside.append({"one_id": one, "other_id": other})

    def save(self, db: Transaction) -> None:
        """Insert the new relations into the database."""
        for table, rows in ((TopicBroader, self._new_below), (TopicRelated, self._new_beside)):
            if rows:
                db.execute(insert(table), rows)

    def _is_above(self, topic_id: int, below: int) -> bool:
        """Return True if *topic_id* equals *below* or is broader, at any distance."""
        seen: set[int] = set()
        open_ = [below]
        while open_:
            one = open_.pop()
            if one == topic_id:
                return True
            if one not in seen:
                seen.add(one)
                open_ += self._parents.get(one, ())
        return False


def _new(db: Transaction, vocabulary: _Vocabulary, concept: Concept) -> Topic:
    label = labels.clean(concept.label)
    folded = labels.fold(label)
    if len(vocabulary.ids) >= topics.MOST_TOPICS:
        raise InvalidInputError(
            "A vocabulary has at most %(most)s topics. Remove topics first.",
            most=topics.MOST_TOPICS,
        )
    uri = concept.uri[:500] if concept.uri.startswith(("http://", "https://", "urn:")) else None
    topic = Topic(
        label=label,
        folded=folded,
        uri=uri,
        definition=concept.definition.strip()[: topics.LONGEST_DEFINITION],
    )
    db.add(topic)
    db.flush()
    vocabulary.add(topic.id, folded, uri)
    return topic


def _add_names(topic: Topic, concept: Concept) -> list[str]:
    """Add missing labels of *concept* to the topic; return them case-folded."""
    known = {labels.fold(topic.label), *(labels.fold(one.text) for one in topic.labels)}
    names, added = [(LabelKind.ALTERNATIVE, "", concept.label), *concept.labels], []
    for kind, language, text in names:
        if len(topic.labels) >= labels.MOST_SYNONYMS:
            break
        mine = kind if language or kind is not LabelKind.PREFERRED else LabelKind.ALTERNATIVE
        folded = labels.fold(text)
        if folded not in known and len(text) <= labels.LONGEST:
            known.add(folded)
            added.append(folded)
            topic.labels.append(TopicLabel(kind=mine, language=language, text=text))
    return added
