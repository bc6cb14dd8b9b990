"""The map of the passages on disk: which group each of them is in, and where the groups lie.

Numbers only: ids of passages, the numbers of their groups and the groups' places. Derived like the
rest of the index, and deleted at once when a passage in it has to vanish.
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

from library.files import storage_errors, sync
from library.settings import Settings

logger = logging.getLogger(__name__)

FORMAT = 1  # changes with how groups are made
NAME = "map.npz"
WANTED = "map.wanted"  # an empty file beside it, until the worker has drawn a new one
DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Grouping:
    """Passages in groups by their meaning, on a plane."""

    ids: NDArray[np.int64]  # of the passages, ascending
    groups: NDArray[np.uint8]  # of each of them
    places: NDArray[np.float64]  # of each group, -1..1, shape (groups, 2)


def load(settings: Settings, model: str) -> Grouping | None:
    """The map that is kept of one model's vectors; None where there is none to be trusted."""
    try:
        return _read(_path(settings, model))
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        logger.warning("The map on disk is damaged and is drawn anew: %s", error)
        return None


def keep(settings: Settings, model: str, grouping: Grouping) -> None:
    """Keep a map in the place of the one before.

    Raises:
        StorageFullError: the disk has no room for it.
    """
    path = _path(settings, model)
    unfinished = path.with_name(f"{secrets.token_hex(4)}.{NAME}.unfinished")
    with storage_errors():
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
    """When the map that is kept was drawn; None where there is none."""
    try:
        return datetime.fromtimestamp(_path(settings, model).stat().st_mtime, UTC)
    except OSError:
        return None


def want(settings: Settings, model: str) -> None:
    """Have the worker draw the map anew; asking twice does no harm.

    Raises:
        StorageFullError: the disk has no room even for that.
    """
    path = _path(settings, model).with_name(WANTED)
    with storage_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def is_wanted(settings: Settings) -> bool:
    """Whether somebody waits for a map."""
    return any((settings.home / "index").glob(f"*/{WANTED}"))


def drawn(settings: Settings) -> None:
    """Note that nobody waits any more."""
    for path in (settings.home / "index").glob(f"*/{WANTED}"):
        path.unlink(missing_ok=True)


def forget(settings: Settings, passage_ids: Sequence[int]) -> int:
    """Delete the maps that hold one of these passages; gives their number."""
    found = holding(settings, passage_ids)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def holding(settings: Settings, passage_ids: Sequence[int]) -> Sequence[Path]:
    """The maps that hold one of these passages; what cannot be read may hold anything."""
    maps = (settings.home / "index").glob(f"*/{NAME}")
    return [path for path in maps if _may_hold(path, passage_ids)]


def _may_hold(path: Path, passage_ids: Sequence[int]) -> bool:
    try:
        kept = _read(path)
    except DAMAGED:
        return True
    return kept is None or bool(np.isin(passage_ids, kept.ids).any())


def _read(path: Path) -> Grouping | None:
    """What a file holds; None where another version of the map wrote it."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
        if int(kept["format"]) != FORMAT:
            return None
        found = Grouping(kept["ids"], kept["groups"], kept["places"])
    if len(found.ids) != len(found.groups) or found.groups.max(initial=0) >= len(found.places):
        raise ValueError("its numbers do not fit together")
    return found


def _path(settings: Settings, model: str) -> Path:
    plain = "".join(c if c.isalnum() or c in "-." else "-" for c in model)
    return settings.home / "index" / (plain or "words") / NAME
