"""The map of the passages, drawn in the worker: at a million passages it takes many seconds."""

from collections.abc import Callable

from library.store import Library
from search import kept_map
from search.embed import Embedder
from search.engine import Engine


def draw_wanted(library: Library, embedder: Callable[[], Embedder]) -> bool:
    """Draw the map if somebody waits for one; whether that was so.

    The index is opened for it and let go again: nobody else here needs it all the time.
    """
    if not kept_map.is_wanted(library.settings):
        return False
    try:
        Engine(library, embedder()).draw_map()
    finally:  # a worker that is killed finds the wish again
        kept_map.drawn(library.settings)
    return True
