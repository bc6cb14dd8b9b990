"""A corrected transcript is found as soon as it is saved: version, passages and vectors at once.

Passages whose words have not changed keep their vectors; only the others are embedded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from library.access import Viewer
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import passages, sources
from library.holdings.passages import PassageDraft
from library.markdown import plain
from library.models import Source, SourceKind, TranscriptVersion
from library.store import Library, Transaction
from search.chunk import chunk
from search.embed import Embedder


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The passages of a coming version, with a vector (float16 bytes) for each."""

    cut: Sequence[PassageDraft]
    vectors: Sequence[bytes]
    model: str
    embedded: int  # how many of the vectors are new


def save(
    library: Library,
    embedder: Embedder | None,
    viewer: Viewer,
    source_id: int,
    segments: Sequence[SegmentDraft],
    *,
    base_id: int,
    origin: str = "correction",
) -> int:
    """Save a corrected transcript as the next version and let it be found; gives its number.

    Without an embedder the worker has to index it: ask the queue for the source.

    Raises:
        NotFoundError: *viewer* may not see the source.
        NotAllowedError: *viewer* may not change it.
        NewerVersionError: *base_id* is not the current version any more.
    """
    with library.reading() as db:
        source = sources.visible_source(db, viewer, source_id)
        segments = transcripts.on_the_record(db, source_id, segments, origin=origin)
        coming = prepare(db, embedder, source, segments) if embedder else None
    with library.transaction() as db:
        source = sources.visible_source(db, viewer, source_id)
        version = transcripts.save_correction(
            db, viewer, source, base_id=base_id, segments=segments, origin=origin
        )
        index(db, source, version, coming)
        return version.number


def prepare(
    db: Transaction, embedder: Embedder, source: Source, segments: Sequence[SegmentDraft]
) -> Prepared:
    """The passages of *segments*, the coming transcript of *source*; embeds what is new."""
    if source.kind is SourceKind.NOTE:
        segments = [replace(segment, text=plain(segment.text)) for segment in segments]
    cut = chunk(segments)
    known = passages.vectors_by_text(db, source.id, model=embedder.model)
    new = [text for text in dict.fromkeys(passage.text for passage in cut) if text not in known]
    if new:
        rows = embedder.embed(new).astype("<f2")
        known |= {text: row.tobytes() for text, row in zip(new, rows, strict=True)}
    return Prepared(
        cut=cut,
        vectors=[known[passage.text] for passage in cut],
        model=embedder.model,
        embedded=len(new),
    )


def index(
    db: Transaction, source: Source, version: TranscriptVersion, coming: Prepared | None
) -> None:
    """Let the passages of *version* be found instead of those before; None: by the worker."""
    if coming is None:
        sources.index_again(source)
    else:
        passages.save(
            db,
            version,
            source.session_id,
            coming.cut,
            vectors=coming.vectors,
            model=coming.model,
        )
