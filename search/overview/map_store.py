"""Storage of the topic map: the group of each passage, and the positions of the groups.

The file holds numbers only: passage ids, group numbers and positions. It is derived data like the
index. It is deleted at once when one of its passages is removed.
"""

import io
import logging
import os
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library.files import convert_disk_errors, sync
from library.settings import Settings

logger = logging.getLogger(__name__)

FORMAT = 1  # increment when the grouping algorithm changes
NAME = "map.npz"
WANTED = "map.wanted"  # empty file; exists while a new map is requested
DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Grouping:
    """Passages in groups by meaning, with positions of the groups on a plane."""

    ids: NDArray[np.int64]  # passage ids, ascending
    groups: NDArray[np.uint8]  # group of each passage
    places: NDArray[np.float64]  # position of each group, -1..1, (groups, 2)


def load(settings: Settings, model: str) -> Grouping | None:
    """Return the stored map of a model's vectors; None if it is missing or damaged."""
    try:
        return _read(_path(settings, model))
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        logger.warning("The map on disk is damaged. It is rebuilt: %s", error)
        return None


def keep(settings: Settings, model: str, grouping: Grouping) -> None:
    """Save a map and replace the previous one.

    Raises:
        StorageFullError: the disk has not enough free space.
    """
    path = _path(settings, model)
    unfinished = path.with_name(f"{secrets.token_hex(4)}.{NAME}.unfinished")
    with convert_disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                np.savez(
                    file,
                    format=FORMAT,
                    ids=grouping.ids,
                    groups=grouping.groups,
                    places=grouping.places,
                )
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        sync(path.parent)


def drawn_at(settings: Settings, model: str) -> datetime | None:
    """Return the time (UTC) when the stored map was built; None without a map."""
    try:
        return datetime.fromtimestamp(_path(settings, model).stat().st_mtime, UTC)
    except OSError:
        return None


def request(settings: Settings, model: str) -> None:
    """Request a new map from the worker. This is idempotent.

    Raises:
        StorageFullError: the disk has no free space.
    """
    path = _path(settings, model).with_name(WANTED)
    with convert_disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def is_requested(settings: Settings) -> bool:
    """Return whether a map is requested."""
    return any((settings.home / "index").glob(f"*/{WANTED}"))


def clear_requests(settings: Settings) -> None:
    """Delete all requests for a map."""
    for path in (settings.home / "index").glob(f"*/{WANTED}"):
        path.unlink(missing_ok=True)


def forget(settings: Settings, passage_ids: Sequence[int]) -> int:
    """Delete maps that hold one of these passages; return their number."""
    found = holding(settings, passage_ids)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def holding(settings: Settings, passage_ids: Sequence[int]) -> Sequence[Path]:
    """Return the maps that hold one of these passages, including maps that cannot be read."""
    maps = (settings.home / "index").glob(f"*/{NAME}")
    return [path for path in maps if _may_hold(path, passage_ids)]


def _may_hold(path: Path, passage_ids: Sequence[int]) -> bool:
    try:
        stored = _read(path)
    except DAMAGED:
        return True
    return stored is None or bool(np.isin(passage_ids, stored.ids).any())


def _read(path: Path) -> Grouping | None:
    """Return the grouping in a file; None for another format version.

    Raises:
        ValueError: the arrays do not fit together.
    """
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
        if int(stored["format"]) != FORMAT:
            return None
        found = Grouping(stored["ids"], stored["groups"], stored["places"])
    if len(found.ids) != len(found.groups) or found.groups.max(initial=0) >= len(found.places):
        raise ValueError("the arrays of the map do not fit together")
    return found


def _path(settings: Settings, model: str) -> Path:
    plain = "".join(c if c.isalnum() or c in "-." else "-" for c in model)
    return settings.home / "index" / (plain or "words") / NAME
