"""Redaction of a range in every transcript version, the chapters and the waveform of a source."""

from collections.abc import Sequence

from sqlalchemy import delete

from library.access import Viewer
from library.models import Chapter, Source
from library.sessions.segments import SegmentDraft
from library.store import Transaction
from library.transcripts import redact_words, rewrite_versions
from library.transcripts.redact_words import Range


def cut(db: Transaction, viewer: Viewer, source: Source, span: Range) -> None:
    """Remove a time range, in seconds, from the words, chapters and waveform of a source."""
    rewrite_versions.rewrite(
        db,
        source,
        lambda segment: redact_words.kept_pieces(segment, [span]),
        author_id=viewer.person_id,
    )
    within = Chapter.start.between(*span)
    db.execute(delete(Chapter).where(Chapter.source_id == source.id, within))
    _silence_outline(source, span)


def cut_note(
    db: Transaction,
    viewer: Viewer,
    source: Source,
    segments: Sequence[SegmentDraft],
    chosen: tuple[int, str],
) -> tuple[str, str]:
    """Remove words from a paragraph of a note. Return the text of the paragraph before and after.

    Args:
        db: the transaction.
        viewer: the person who redacts.
        source: the note.
        segments: the present paragraphs of the note.
        chosen: the number of the paragraph (0 is the first) and the words to remove.
    """
    paragraph, text = chosen
    before = segments[paragraph]
    rewrite_versions.drop_earlier(db, source.id)
    places = iter(range(paragraph + 1))
    rewrite_versions.rewrite(
        db,
        source,
        lambda segment: redact_words.without_text(
            segment, text if next(places, None) == paragraph else ""
        ),
        author_id=viewer.person_id,
    )
    rewrite_versions.drop_earlier(db, source.id)
    return before.text, "".join(left.text for left in redact_words.without_text(before, text))


def _silence_outline(source: Source, span: Range) -> None:
    """Clear the range in the waveform at once, before the worker rewrites the sound."""
    if source.peaks and source.duration:
        outline = bytearray(source.peaks)
        scale = len(outline) / source.duration
        first, last = int(span[0] * scale), min(len(outline), int(span[1] * scale) + 1)
        outline[first:last] = bytes(max(0, last - first))
        source.peaks = bytes(outline)
