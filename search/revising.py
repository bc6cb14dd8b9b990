"""A corrected transcript is found as soon as it is saved: version, passages and vectors at once.

Passages whose words have not changed keep their vectors; only the others are embedded. Where so
many got other names that somebody would have to wait, those are found by their new names at once,
with the vectors of the same words, until the worker has embedded them anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from library.access import Viewer
from library.editing import transcripts
from library.editing.speaker_names import NO_CHOICES, Choices
from library.editing.transcripts import SegmentDraft
from library.holdings import jobs, passages, sources
from library.holdings.passages import PassageDraft
from library.markdown import plain
from library.models import Source, SourceKind, TranscriptVersion
from library.store import Library, Transaction
from search.chunk import chunk
from search.embed import Embedder

AT_ONCE = 16
"""Passages that are embedded while somebody waits, a fraction of a second, before others lend."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The passages of a coming version, with a vector (float16 bytes) for each."""

    cut: Sequence[PassageDraft]
    vectors: Sequence[bytes]
    model: str
    embedded: int  # how many of the vectors are new
    lent: int = 0  # how many are those of the same words under other names


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
    """Save a corrected transcript as the next version and let it be found; gives its number.

    Without an embedder the worker has to index it: ask the queue for the source.

    Raises:
        NotFoundError: *viewer* may not see the source.
        NotAllowedError: *viewer* may not change it.
        NewerVersionError: *base_id* is not the current version any more.
        AmbiguousNameError: several people may be meant by a new name, and *choices*, by label,
            says nothing about it.
    """
    with library.reading() as db:
        source = sources.visible_source(db, viewer, source_id)
        segments = transcripts.on_the_record(db, source_id, segments, origin=origin)
        coming = prepare(db, embedder, source, segments) if embedder else None
    with library.transaction() as db:
        source = sources.visible_source(db, viewer, source_id)
        version = transcripts.save_correction(
            db, viewer, source, base_id=base_id, segments=segments, origin=origin, choices=choices
        )
        index(db, source, version, coming)
        if coming is not None and coming.lent:
            jobs.index_again(source)
        return version.number


def prepare(
    db: Transaction, embedder: Embedder, source: Source, segments: Sequence[SegmentDraft]
) -> Prepared:
    """The passages of *segments*, the coming transcript of *source*, for somebody who waits."""
    cut = _cut(source, segments)
    before = passages.embedded_of_source(db, source.id, model=embedder.model)
    known = {text: vector for text, _, vector in before}
    new = {one.text: one for one in cut if one.text not in known}
    lent: dict[str, bytes] = {}
    if len(new) > AT_ONCE:
        words = {_words(text, names): vector for text, names, vector in before}
        for text, one in new.items():
            vector = words.get(_words(text, {name for name, _ in one.speakers}))
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


def prepare_afresh(
    embedder: Embedder, source: Source, segments: Sequence[SegmentDraft]
) -> Prepared:
    """The passages of *segments*, all embedded anew: for the worker, which has the time."""
    cut = _cut(source, segments)
    known = _embedded(embedder, list(dict.fromkeys(passage.text for passage in cut)))
    return Prepared(
        cut=cut,
        vectors=[known[passage.text] for passage in cut],
        model=embedder.model,
        embedded=len(known),
    )


def _cut(source: Source, segments: Sequence[SegmentDraft]) -> list[PassageDraft]:
    """The passages of a source's transcript; a note's without its marks."""
    if source.kind is SourceKind.NOTE:
        segments = [replace(segment, text=plain(segment.text)) for segment in segments]
    return chunk(segments)


def _embedded(embedder: Embedder, texts: Sequence[str]) -> dict[str, bytes]:
    """A vector for each text."""
    if not texts:
        return {}
    rows = embedder.embed(texts).astype("<f2")
    return {text: row.tobytes() for text, row in zip(texts, rows, strict=True)}


def _words(text: str, names: Iterable[str]) -> str:
    """The text of a passage without its speakers' names."""
    begins = tuple(f"{name}: " for name in names)
    lines = []
    for line in text.split("\n"):
        name = next((begin for begin in begins if line.startswith(begin)), "")
        lines.append(line.removeprefix(name))
    return " ".join(lines)


def index(
    db: Transaction, source: Source, version: TranscriptVersion, coming: Prepared | None
) -> None:
    """Let the passages of *version* be found instead of those before; None: by the worker."""
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
