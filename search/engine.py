"""A question becomes an answer."""

from library.access import Viewer
from library.scope import Filters
from library.store import Library
from search.answers import Answer
from search.embed import Embedder


class Engine:
    """Searches a library; follows its changes by itself."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def search(
        self, question: str, viewer: Viewer, *, filters: Filters | None = None, limit: int = 20
    ) -> Answer:
        """The sessions and moments that answer *question*, among what *viewer* may see."""
        raise NotImplementedError
