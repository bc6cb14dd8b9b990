"""What a reader found in a file."""

from dataclasses import dataclass

from library.editing.segments import SegmentDraft


@dataclass(frozen=True, kw_only=True)
class Written:
    """Segments in their order, and the language's code where the file names one."""

    segments: list[SegmentDraft]
    language: str = ""
