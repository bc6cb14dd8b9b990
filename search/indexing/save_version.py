"""Saving of a corrected transcript: version, passages and vectors in one transaction.

Passages with unchanged words keep their vectors. All other passages are embedded before the
transcript is saved, with one exception: if many passages changed, a passage in which only names of
speakers changed keeps its old vector for now. The worker embeds it again later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from library.access import Viewer
from library.markdown import plain
from library.models import Source, SourceKind, TranscriptVersion
from library.sessions import jobs, passages, sources
from library.sessions.passages import PassageDraft
from library.speakers.label_people import NO_CHOICES, Choices
from library.store import Library, Transaction
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.embedding.embedder import Embedder
from search.indexing.chunking import chunk

AT_ONCE = 16
"""Maximum number of passages embedded in a web request. For more, old vectors are reused."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Passages of the next version, with a vector (float16 bytes) for each."""

    cut: Sequence[PassageDraft]
    vectors: Sequence[bytes]
    model: str
    embedded: int  # number of vectors computed now
    lent: int = 0  # number of vectors reused from the same words with other names


def save(
    library: Library,
    embedder: Embedder | None,
    viewer: Viewer,
    source_id: int,
    segments: Sequence[SegmentDraft],
    *,
    base_id: int,
    origin: str = "correction",
    choices: Choices = NO_CHOICES,
) -> int:
    """Save a corrected transcript as the next version and index it; return the version number.

    Without an embedder, the source is queued for the worker to index.

    Raises:
        NotFoundError: *viewer* may not see the source.
        NotAllowedError: *viewer* may not change the source.
        NewerVersionError: *base_id* is not the current version any more.
        AmbiguousNameError: a new name matches several people and *choices*, keyed by label, does
            not select one.
    """
    with library.reading() as db:
        source = sources.visible_source(db, viewer, source_id)
        segments = versions.without_redacted(db, source_id, segments, origin=origin)
        coming = prepare(db, embedder, source, segments) if embedder else None
    with library.transaction() as db:
        source = sources.visible_source(db, viewer, source_id)
        version = versions.save_correction(
            db, viewer, source, base_id=base_id, segments=segments, origin=origin, choices=choices
        )
        index(db, source, version, coming)
        if coming is not None and coming.lent:
            jobs.index_again(source)
        return version.number


def prepare(
    db: Transaction, embedder: Embedder, source: Source, segments: Sequence[SegmentDraft]
) -> Prepared:
    """Return the passages of *segments* with vectors. Known vectors are reused to save time."""
    cut = _cut(source, segments)
    before = passages.embedded_of_source(db, source.id, model=embedder.model)
    known = {text: vector for text, _, vector in before}
    new = {draft.text: draft for draft in cut if draft.text not in known}
    lent: dict[str, bytes] = {}
    if len(new) > AT_ONCE:
        words = {_words(text, names): vector for text, names, vector in before}
        for text, draft in new.items():
            vector = words.get(_words(text, {name for name, _ in draft.speakers}))
            if vector is not None:
                lent[text] = vector
    fresh = [text for text in new if text not in lent]
    known |= lent | _embedded(embedder, fresh)
    return Prepared(
        cut=cut,
        vectors=[known[passage.text] for passage in cut],
        model=embedder.model,
        embedded=len(fresh),
        lent=len(lent),
    )


def prepare_all(embedder: Embedder, source: Source, segments: Sequence[SegmentDraft]) -> Prepared:
    """Return the passages of *segments*, all embedded again. The worker uses this."""
    cut = _cut(source, segments)
    known = _embedded(embedder, list(dict.fromkeys(passage.text for passage in cut)))
    return Prepared(
        cut=cut,
        vectors=[known[passage.text] for passage in cut],
        model=embedder.model,
        embedded=len(known),
    )


def _cut(source: Source, segments: Sequence[SegmentDraft]) -> list[PassageDraft]:
    """Return the passages of a transcript, or those of a note with its Markdown removed."""
    if source.kind is SourceKind.NOTE:
        segments = [replace(segment, text=plain(segment.text)) for segment in segments]
    return chunk(segments)


def _embedded(embedder: Embedder, texts: Sequence[str]) -> dict[str, bytes]:
    """Return the vectors of *texts* by text, as bytes of little-endian float16 numbers."""
    if not texts:
        return {}
    rows = embedder.embed_passages(texts).astype("<f2")
    return {text: row.tobytes() for text, row in zip(texts, rows, strict=True)}


def _words(text: str, names: Iterable[str]) -> str:
    """Return the text of a passage without speaker names."""
    begins = tuple(f"{name}: " for name in names)
    lines = []
    for line in text.split("\n"):
        name = next((begin for begin in begins if line.startswith(begin)), "")
        lines.append(line.removeprefix(name))
    return " ".join(lines)


def index(
    db: Transaction, source: Source, version: TranscriptVersion, coming: Prepared | None
) -> None:
    """Replace the passages of the previous version by those of *version*.

    Without prepared passages (None), the source is queued for the worker.
    """
    if coming is None:
        jobs.index_again(source)
    else:
        passages.save(
            db,
            version,
            source.session_id,
            coming.cut,
            vectors=coming.vectors,
            model=coming.model,
        )
