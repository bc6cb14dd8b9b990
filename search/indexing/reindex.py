"""Embedding of all passages with a new model, after the configured model was changed."""

from collections.abc import Callable

from library.sessions import passages
from library.store import Library
from search.embedding.embedder import Embedder

BATCH = 256  # passages per commit; an interrupted batch is repeated


def reindex(
    library: Library,
    embedder: Embedder,
    *,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> int:
    """Embed passages without a vector of *embedder*; return how many.

    The process can be stopped at any time and continued. Vectors of other models stay. Search uses
    them until the vectors of the new model are complete.

    Args:
        library: the library.
        embedder: embedder of the configured model.
        progress: called with the number of embedded passages and the number of all passages.
    """
    done = 0
    while True:
        with library.reading() as db:
            missing = passages.without_vector(db, model=embedder.model, limit=BATCH)
            total, embedded = passages.counts(db, model=embedder.model)
        progress(embedded, total)
        if not missing:
            return done
        vectors = embedder.embed_passages([text for _, text in missing]).astype("<f2")
        rows = [(i, row.tobytes()) for (i, _), row in zip(missing, vectors, strict=True)]
        with library.transaction() as db:
            passages.add_vectors(db, rows, model=embedder.model)
        done += len(missing)
