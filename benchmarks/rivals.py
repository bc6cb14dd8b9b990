"""Search by FAISS, sqlite-vec and tantivy, each alone, for comparison.

None of these programs embeds questions, reads rows, makes snippets, combines several signals or
checks access. Their times only show the order of magnitude.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.float16]
Ask = Callable[[str, NDArray[np.float32]], object]

PIECE = 20_000  # vectors per batch
TOP = 10


def faiss_flat(vectors: Halves) -> Ask:
    """Return a search function: an exact FAISS scan over *vectors*, `(n, d) float16`."""
    import faiss

    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    for first in range(0, len(vectors), PIECE):
        index.add(vectors[first : first + PIECE].astype(np.float32))
    return lambda _text, vector: index.search(vector[None, :], TOP)


def sqlite_vec(vectors: Halves, folder: Path) -> Ask:
    """Return a search function: an exact scan in SQLite over *vectors*, `(n, d) float16`."""
    import sqlite_vec as extension
    from pysqlite3 import dbapi2  # Python's own module is often built without extensions

    db = dbapi2.connect(folder / "vectors.db")
    db.enable_load_extension(True)  # noqa: FBT003  (its only form)
    extension.load(db)
    dimension = vectors.shape[1]
    db.execute(f"create virtual table v using vec0(e float[{dimension}] distance_metric=cosine)")
    for first in range(0, len(vectors), PIECE):
        rows = vectors[first : first + PIECE].astype(np.float32)
        db.executemany(
            "insert into v(rowid, e) values (?, ?)",
            ((first + number + 1, row.tobytes()) for number, row in enumerate(rows)),
        )
        db.commit()
    query = "select rowid, distance from v where e match ? order by distance limit ?"
    return lambda _text, vector: db.execute(query, [vector.tobytes(), TOP]).fetchall()


def tantivy_words(texts: Sequence[str], folder: Path) -> Ask:
    """Return a search function: BM25 over the English stems of *texts*."""
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("id", stored=True)
    schema.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(schema.build(), path=str(folder))
    writer = index.writer(heap_size=200_000_000, num_threads=1)
    for number, text in enumerate(texts):
        document = tantivy.Document()
        document.add_unsigned("id", number)
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(text: str, _vector: NDArray[np.float32]) -> object:
        query, _errors = index.parse_query_lenient(text, ["text"])
        return searcher.search(query, TOP).hits

    return ask
