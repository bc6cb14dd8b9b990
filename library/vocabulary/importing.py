"""Topics of other vocabularies, put beside those that are here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from library import audit
from library.access import Viewer, require_admin
from library.errors import ConflictError, InvalidInputError
from library.models import LabelKind, Topic, TopicBroader, TopicLabel, TopicRelated
from library.store import Transaction
from library.vocabulary import labels, relations, topic_progress, topics
from library.vocabulary.skos import Concept
from library.vocabulary.topics import Wording


@dataclass(kw_only=True)
class Brought:
    """What came of a file."""

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)  # sentences


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
    known = {labels.fold(topic.label), *(labels.fold(one.text) for one in topic.labels)}
    names = [(LabelKind.ALTERNATIVE, "", concept.label), *concept.labels]
    for kind, language, text in names:
        if len(topic.labels) >= labels.MOST_SYNONYMS:
            break
        mine = kind if language or kind is not LabelKind.PREFERRED else LabelKind.ALTERNATIVE
        if labels.fold(text) not in known and len(text) <= labels.LONGEST:
            known.add(labels.fold(text))
            topic.labels.append(TopicLabel(kind=mine, language=language, text=text))
    db.flush()


def _relate(db: Transaction, topic_id: int, concept: Concept, ids: dict[str, int]) -> list[str]:
    refused = []
    for uri in sorted(concept.broader & ids.keys()):
        broader = ids[uri]
        if db.get(TopicBroader, (topic_id, broader)) is not None:
            continue
        if topic_id in relations.above(db, broader):
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
