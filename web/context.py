"""What a request needs: the library, the engine, the queue, and who is asking."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from library.access import GUEST, Viewer
from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine

KEY = "living-history"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts that whoever starts the process builds, and everybody else receives."""

    library: Library
    engine: Engine
    queue: WorkQueue


def parts() -> Parts:
    """The parts of the app that answers this request."""
    return cast(Parts, current_app.extensions[KEY])


def library() -> Library:
    """The library behind this request."""
    return parts().library


def engine() -> Engine:
    """The search engine behind this request."""
    return parts().engine


def queue() -> WorkQueue:
    """The queue to the worker."""
    return parts().queue


def viewer() -> Viewer:
    """Whoever is asking: the signed-in person, a token's person, or a guest."""
    return cast(Viewer, g.get("viewer", GUEST))


def note_proof() -> None:
    """Note that this request has shown a right password or code: it is no failed try."""
    g.has_proof = True


def has_proof() -> bool:
    """Whether this request has shown a right password or code."""
    return bool(g.get("has_proof"))
