"""Taking a chosen stretch out of every version of a transcript, its chapters and its outline."""

from collections.abc import Sequence

from sqlalchemy import delete

from library.access import Viewer
from library.editing import cutting, rewriting
from library.editing.cutting import Range
from library.editing.segments import SegmentDraft
from library.models import Chapter, Source
from library.store import Transaction


def cut(db: Transaction, viewer: Viewer, source: Source, span: Range) -> None:
    """Take what was said in some seconds out of a source's words, chapters and outline."""
    rewriting.rewrite(
        db,
        source,
        lambda segment: cutting.kept_pieces(segment, [span]),
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
    """Take some words out of a paragraph of a note; gives the paragraph before and after.

    Args:
        db: the transaction.
        viewer: who takes them out.
        source: the note.
        segments: its paragraphs as they are.
        chosen: the paragraph (0 is the first) and the words.
    """
    paragraph, text = chosen
    before = segments[paragraph]
    rewriting.drop_earlier(db, source.id)
    places = iter(range(paragraph + 1))
    rewriting.rewrite(
        db,
        source,
        lambda segment: cutting.without_text(
            segment, text if next(places, None) == paragraph else ""
        ),
        author_id=viewer.person_id,
    )
    rewriting.drop_earlier(db, source.id)
    return before.text, "".join(left.text for left in cutting.without_text(before, text))


def _silence_outline(source: Source, span: Range) -> None:
    """Draw the stretch as silence at once, before the sound itself is."""
    if source.peaks and source.duration:
        outline = bytearray(source.peaks)
        scale = len(outline) / source.duration
        first, last = int(span[0] * scale), min(len(outline), int(span[1] * scale) + 1)
        outline[first:last] = bytes(max(0, last - first))
        source.peaks = bytes(outline)
