"""The index on disk: large parts are kept in the home folder and mapped into memory.

A derived copy: it may be deleted at any time, is written beside what is there and then put in its
place, and is believed only when every byte has its checksum. What a part cannot know (removals
since) the database tells. Words that must be gone are gone from here with `forget`.
"""

import fcntl
import json
import logging
import shutil
import uuid
import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.files import storage_errors, sync
from library.settings import Settings
from search import kept_map
from search.dense import CodedIndex, DenseIndex, FlatIndex
from search.part import Part
from search.postings import Postings

logger = logging.getLogger(__name__)

FORMAT = 1  # changes with what the files hold, with stems and with the layout of a line
LEAST = 20_000  # passages of a part from which on it is kept; smaller ones are made in a second
ARRAYS = ("ids", "sources", "places", "lengths")
POSTINGS = ("stems", "speakers", "people")
WRITING = "lock"  # held by who writes parts
CHANGING = "changing.lock"  # held by who puts in place or takes away, which never takes long
PIECE = 1 << 24  # bytes that are checked at a time


@dataclass(frozen=True)
class Kept:
    """The parts that were found on disk, in their order."""

    parts: Sequence[Part]

    @property
    def passage_id(self) -> int:
        """The newest passage in them."""
        return int(self.parts[-1].ids[-1])

    @property
    def removal_id(self) -> int:
        """The newest removal that all of them know."""
        return min(part.removal_id for part in self.parts)


class Shelf:
    """Where the parts of one model's index are kept."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._folder = _home(settings) / (_plain(model) or "words")
        self._manifest = self._folder / "manifest.json"
        self._about = {"format": FORMAT, "model": model}

    def load(self) -> Kept | None:
        """What is kept; None when that is nothing, or not to be trusted."""
        try:
            manifest = json.loads(self._manifest.read_text(encoding="utf-8"))
            if {key: manifest.get(key) for key in self._about} != self._about:
                return None
            parts = [_read(self._folder / name) for name in manifest["parts"]]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("The index on disk is damaged and is built anew: %s", error)
            return None
        return Kept(parts) if parts else None

    def wants(self, parts: Sequence[Part]) -> bool:
        """Whether there is something to keep, or something that was kept is gone."""
        return not all(self._has(part) for part in takewhile(_is_large, parts))

    def keep(self, parts: Sequence[Part], is_outdated: Callable[[Part], bool]) -> Sequence[Part]:
        """Keep the first of these parts, as far as they are large; gives them mapped from disk.

        While another process is writing, nothing is done; a part of which something was removed
        is not written, nor what comes after it.
        """
        with storage_errors(), _locked(self._folder / WRITING, wait=False) as mine:
            if not mine:
                return parts
            kept: list[Part] = []
            for part in takewhile(_is_large, parts):
                placed = part if self._has(part) else self._placed(part, is_outdated)
                if placed is None:
                    break
                kept.append(placed)
            with _locked(self._folder / CHANGING, wait=True):
                names = [part.folder for part in takewhile(self._has, kept)]
                _write_text(self._manifest, json.dumps({**self._about, "parts": names}))
                self._clear(names)
            return [*kept, *parts[len(kept) :]]

    def _has(self, part: Part) -> bool:
        return bool(part.folder) and (self._folder / part.folder).is_dir()

    def _placed(self, part: Part, is_outdated: Callable[[Part], bool]) -> Part | None:
        """A part, written and mapped; None if something of it was removed by then.

        Whoever removes something does not wait for the writing: they take away what is unfinished.
        What they removed before there was anything to take away, `is_outdated` knows.
        """
        name = f"part-{uuid.uuid4().hex}"
        unfinished = self._folder / f"{name}.unfinished"
        unfinished.mkdir()
        try:
            if is_outdated(part):
                return None
            _write(part, unfinished)
            with _locked(self._folder / CHANGING, wait=True):
                if is_outdated(part):
                    return None
                unfinished.rename(self._folder / name)
            sync(self._folder)
            return _read(self._folder / name)
        except FileNotFoundError:  # it was taken away
            return None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _clear(self, names: Sequence[str]) -> None:
        """Remove what is no longer used; who has it mapped keeps it until they let go."""
        for path in self._folder.glob("part-*"):
            if path.name not in names:
                shutil.rmtree(path, ignore_errors=True)


def forget(settings: Settings, passage_ids: Sequence[int]) -> int:
    """Take passages out of the index on disk, at once: parts and maps that hold them are deleted.

    To be called when their removal from the library is committed. Running processes hide the
    passages by themselves, when they follow the library, and keep the parts anew, without them.
    Gives the number of parts and maps that were deleted.
    """
    gone = np.array(passage_ids, dtype=np.int64)
    deleted = kept_map.forget(settings, passage_ids)
    for model in _home(settings).glob("*/"):
        with _locked(model / CHANGING, wait=True):
            for folder in model.glob("part-*"):
                if _may_hold(folder, gone):
                    (model / "manifest.json").unlink(missing_ok=True)
                    _take_away(folder)
                    deleted += 1
    return deleted


def holds_any(settings: Settings, passage_ids: Sequence[int]) -> bool:
    """Whether a part or a map on disk holds one of these passages."""
    ids = np.array(passage_ids, dtype=np.int64)
    parts = _home(settings).glob("*/part-*")
    return bool(kept_map.holding(settings, passage_ids)) or any(_may_hold(p, ids) for p in parts)


def _take_away(folder: Path) -> None:
    """Delete a part, also while somebody writes into it: they do not find the folder any more."""
    with suppress(FileNotFoundError):
        gone = folder.rename(folder.with_suffix(".gone"))
        shutil.rmtree(gone, ignore_errors=True)


def _may_hold(folder: Path, gone: NDArray[np.int64]) -> bool:
    try:
        return bool(np.isin(np.load(folder / "ids.npy"), gone).any())
    except (OSError, ValueError, EOFError):
        return True  # what cannot be read may hold anything


def _home(settings: Settings) -> Path:
    return settings.home / "index"


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _is_large(part: Part) -> bool:
    return len(part) >= LEAST and part.complete


@contextmanager
def _locked(lock: Path, *, wait: bool) -> Iterator[bool]:
    """Whether this process alone has the lock now."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def _write(part: Part, folder: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {name: getattr(part, name) for name in ARRAYS}
    arrays["vectors"] = part.dense.halves()
    if isinstance(part.dense, CodedIndex):
        arrays |= {"codes": part.dense.codes, "codebook": part.dense.codebook}
    for name in POSTINGS:
        postings: Postings = getattr(part, name)
        arrays |= {
            f"{name}.offsets": postings.offsets,
            f"{name}.places": postings.places,
            f"{name}.counts": postings.counts,
        }
        _write_text(folder / f"{name}.json", json.dumps(list(postings.numbers)))
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for path in folder.iterdir():
        sync(path)
    sums = {path.name: _checksum(path) for path in sorted(folder.iterdir())}
    about = {"size": part.size, "removal_id": part.removal_id, "files": sums}
    _write_text(folder / "about.json", json.dumps(about))


def _read(folder: Path) -> Part:
    """A part, mapped from its folder.

    Raises:
        ValueError: a file is not what was written.
    """
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    for name, checksum in about["files"].items():
        if _checksum(folder / name) != checksum:
            raise ValueError(f"{name} is not what was written")
    arrays = {path.stem: _mapped(path) for path in folder.glob("*.npy")}
    return Part(
        ids=arrays["ids"],
        sources=arrays["sources"],
        places=arrays["places"],
        lengths=arrays["lengths"],
        stems=_postings(folder, "stems", arrays),
        speakers=_postings(folder, "speakers", arrays),
        people=_postings(folder, "people", arrays),
        size=about["size"],
        dense=_vectors(arrays),
        removal_id=about["removal_id"],
        folder=folder.name,
    )


def _vectors(arrays: Mapping[str, NDArray[Any]]) -> DenseIndex:
    """The vectors as they were kept: fitting codes to them would keep a question waiting."""
    if "codes" in arrays:
        return CodedIndex(arrays["vectors"], arrays["codes"], arrays["codebook"])
    return FlatIndex(arrays["vectors"])


def _postings(folder: Path, name: str, arrays: Mapping[str, NDArray[Any]]) -> Postings:
    keys: list[Hashable] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Postings(
        numbers={key: number for number, key in enumerate(keys)},
        offsets=arrays[f"{name}.offsets"],
        places=arrays[f"{name}.places"],
        counts=arrays[f"{name}.counts"],
    )


def _mapped(path: Path) -> NDArray[Any]:
    array = np.load(path, mmap_mode="r")
    return np.asarray(array)  # plain, for a memmap is slower to slice


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found = zlib.crc32(piece, found)
    return found


def _write_text(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)
