"""Embeds the passages that the present model has not embedded: after a change of model."""

from collections.abc import Callable

from library.holdings import passages
from library.store import Library
from search.embed import Embedder

BATCH = 256  # passages that are saved together; what is stopped in between is done again


def reindex(
    library: Library,
    embedder: Embedder,
    *,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> int:
    """Embed what *embedder* has not embedded yet; gives the number of passages done.

    Can be stopped at any instant and continued; the vectors of other models stay, and are
    searched with until those of this one are complete.

    Args:
        library: whose passages.
        embedder: of the present model.
        progress: is told how many passages have vectors, and how many there are.
    """
    done = 0
    while True:
        with library.reading() as db:
            missing = passages.without_vector(db, model=embedder.model, limit=BATCH)
            total, embedded = passages.counts(db, model=embedder.model)
        progress(embedded, total)
        if not missing:
            return done
        vectors = embedder.embed([text for _, text in missing]).astype("<f2")
        rows = [(i, row.tobytes()) for (i, _), row in zip(missing, vectors, strict=True)]
        with library.transaction() as db:
            passages.add_vectors(db, rows, model=embedder.model)
        done += len(missing)
