"""Starter vocabulary that is shipped with the program."""

import tomllib
from importlib.resources import files as resources
from typing import Any

from sqlalchemy import select

from library import audit
from library.access import Viewer, require_admin
from library.models import Topic
from library.store import Transaction
from library.vocabulary import labels, relations, topics
from library.vocabulary.topics import Wording


def load(db: Transaction, viewer: Viewer) -> int:
    """Add the starter vocabulary; return the number of new topics.

    An existing topic with the same label stays unchanged.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    known = {row.folded: row.id for row in db.execute(select(Topic.folded, Topic.id))}
    new: list[tuple[Topic, dict[str, Any]]] = []
    ids: dict[str, int] = {}
    for entry in entries():
        label = entry["label"]
        if (existing_id := known.get(labels.fold(label))) is not None:
            ids[label] = existing_id
        else:
            wording = Wording(
                label=label, definition=entry["definition"], synonyms=entry.get("also", ())
            )
            topic = topics.add_unaudited(db, wording)
            topic.starter, ids[label] = True, topic.id
            new.append((topic, entry))
    for topic, entry in new:
        relations.set_broader(db, topic, [ids[name] for name in entry.get("below", ())])
        beside = [ids[name] for name in entry.get("beside", ())]
        relations.set_related(db, topic, [*beside, *relations.related_to(db, topic.id)])
    detail = {"topics": len(new)}
    audit.record(db, viewer.person_id, "topic.starter", detail=detail, address=viewer.address)
    return len(new)


def entries() -> list[dict[str, Any]]:
    """Return the topics of the starter vocabulary file, each as a dictionary of its TOML keys."""
    text = (resources("library.vocabulary") / "starter_topics.toml").read_text("utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["topic"]
    return found
