"""Objects of the current request: library, search engine, work queue and viewer."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from library.access import GUEST, Viewer
from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine

KEY = "living-history"


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """Shared objects of the application, built once at start-up."""

    library: Library
    engine: Engine
    queue: WorkQueue


def parts() -> AppContext:
    """Return the shared objects of the current app."""
    return cast(AppContext, current_app.extensions[KEY])


def library() -> Library:
    """Return the library of the current app."""
    return parts().library


def engine() -> Engine:
    """Return the search engine of the current app."""
    return parts().engine


def queue() -> WorkQueue:
    """Return the work queue of the current app."""
    return parts().queue


def viewer() -> Viewer:
    """Return the viewer of this request: the signed-in person, the token's owner or a guest."""
    return cast(Viewer, g.get("viewer", GUEST))


def record_valid_credential() -> None:
    """Record that this request contains a correct password or code, for the attempt limits."""
    g.has_proof = True


def has_proof() -> bool:
    """Return True if this request contained a correct password or code."""
    return bool(g.get("has_proof"))
