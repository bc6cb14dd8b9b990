"""Removal of passages from every derived file on disk: index segments and topic maps."""

from collections.abc import Sequence

from library.settings import Settings
from search.index import segment_store
from search.overview import map_store


def forget(settings: Settings, passage_ids: Sequence[int]) -> int:
    """Delete index segments and topic maps that hold at least one of these passages.

    Call it after the passages were removed from the database and the removal is committed. Running
    processes read the removal from the database and save new segments without the passages.

    Returns:
        The number of segments and maps that were deleted.
    """
    return map_store.forget(settings, passage_ids) + segment_store.forget(settings, passage_ids)


def holds_any(settings: Settings, passage_ids: Sequence[int]) -> bool:
    """Return whether an index segment or a topic map on disk holds one of these passages."""
    in_maps = bool(map_store.holding(settings, passage_ids))
    return in_maps or segment_store.holds_any(settings, passage_ids)
