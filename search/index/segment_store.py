"""Index segments on disk: large segments are saved in the home folder and memory-mapped.

The files are a derived copy and may be deleted at any time. A segment is written to a temporary
folder, then renamed. It is loaded only if all checksums match. Removals since the save come from
the database. `forget` deletes segments that hold removed passages.
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

from library.files import convert_disk_errors, sync
from library.preservation import integrity
from library.settings import Settings
from library.store import Library
from library.translation import gettext, ngettext
from search.index.dense import CodedIndex, DenseIndex, FlatIndex
from search.index.index_segment import IndexSegment
from search.index.postings import Postings

logger = logging.getLogger(__name__)

FORMAT = 2  # increment on changes of file contents, text analysis or slot layout
LEAST = 20_000  # minimum passages of a saved segment; smaller ones are rebuilt in a second
POSTINGS = ("stems", "speakers", "people", "languages", "kinds")
WRITING = "lock"  # file that is locked while segments are written
CHANGING = "changing.lock"  # file that is locked briefly while segments are renamed or deleted
PIECE = 1 << 24  # bytes read at a time for checksums


@dataclass(frozen=True)
class StoredIndex:
    """The segments found on disk, in their order."""

    segments: Sequence[IndexSegment]

    @property
    def passage_id(self) -> int:
        """Id of the newest passage in the segments."""
        return int(self.segments[-1].ids[-1])

    @property
    def removal_id(self) -> int:
        """Id of the newest removal that all segments have applied."""
        return min(segment.removal_id for segment in self.segments)


class IndexStore:
    """Storage of the index segments of one model."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._folder = _home(settings) / (_plain(model) or "words")
        self._manifest = self._folder / "manifest.json"
        self._about = {"format": FORMAT, "model": model}

    def load(self) -> StoredIndex | None:
        """Return the stored segments; None if there are none or they are damaged."""
        try:
            manifest = json.loads(self._manifest.read_text(encoding="utf-8"))
            if {key: manifest.get(key) for key in self._about} != self._about:
                return None
            segments = [_read(self._folder / name) for name in manifest["parts"]]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("The index on disk is damaged. It is rebuilt: %s", error)
            return None
        return StoredIndex(segments) if segments else None

    def wants(self, segments: Sequence[IndexSegment]) -> bool:
        """Return whether a large segment at the beginning of *segments* is not stored on disk."""
        return not all(self._has(segment) for segment in takewhile(_is_large, segments))

    def keep(
        self, segments: Sequence[IndexSegment], is_outdated: Callable[[IndexSegment], bool]
    ) -> Sequence[IndexSegment]:
        """Save the large segments at the beginning of the list.

        Nothing is saved while another process is writing. A segment that contains a removed passage
        is not saved, nor are the segments after it.

        Args:
            segments: all segments of the index, the large ones first.
            is_outdated: returns whether a segment contains a removed passage.

        Returns:
            All segments, with the saved ones memory-mapped.
        """
        with convert_disk_errors(), _locked(self._folder / WRITING, wait=False) as mine:
            if not mine:
                return segments
            saved: list[IndexSegment] = []
            for segment in takewhile(_is_large, segments):
                placed = segment if self._has(segment) else self._placed(segment, is_outdated)
                if placed is None:
                    break
                saved.append(placed)
            with _locked(self._folder / CHANGING, wait=True):
                names = [segment.folder for segment in takewhile(self._has, saved)]
                _write_text(self._manifest, json.dumps({**self._about, "parts": names}))
                self._clear(names)
            return [*saved, *segments[len(saved) :]]

    def _has(self, segment: IndexSegment) -> bool:
        return bool(segment.folder) and (self._folder / segment.folder).is_dir()

    def _placed(
        self, segment: IndexSegment, is_outdated: Callable[[IndexSegment], bool]
    ) -> IndexSegment | None:
        """Write a segment and return it memory-mapped; None if a passage of it was removed.

        A removal does not wait for the writing: it deletes the unfinished folder. `is_outdated`
        detects removals from before the folder existed.
        """
        name = f"part-{uuid.uuid4().hex}"
        unfinished = self._folder / f"{name}.unfinished"
        unfinished.mkdir()
        try:
            if is_outdated(segment):
                return None
            _write(segment, unfinished)
            with _locked(self._folder / CHANGING, wait=True):
                if is_outdated(segment):
                    return None
                unfinished.rename(self._folder / name)
            sync(self._folder)
            return _read(self._folder / name)
        except FileNotFoundError:  # deleted by a removal
            return None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _clear(self, names: Sequence[str]) -> None:
        """Delete the stored segments, except those with the folder names *names*.

        Processes that have deleted segments mapped keep the data.
        """
        for path in self._folder.glob("part-*"):
            if path.name not in names:
                shutil.rmtree(path, ignore_errors=True)


def forget(settings: Settings, passage_ids: Sequence[int]) -> int:
    """Delete the index segments on disk that hold one of these passages; return their number."""
    ids = np.array(passage_ids, dtype=np.int64)
    deleted = 0
    for model in _home(settings).glob("*/"):
        with _locked(model / CHANGING, wait=True):
            for folder in model.glob("part-*"):
                if _may_hold(folder, ids):
                    (model / "manifest.json").unlink(missing_ok=True)
                    _delete(folder)
                    deleted += 1
    return deleted


def holds_any(settings: Settings, passage_ids: Sequence[int]) -> bool:
    """Return whether an index segment on disk holds one of these passages."""
    ids = np.array(passage_ids, dtype=np.int64)
    return any(_may_hold(segment, ids) for segment in _home(settings).glob("*/part-*"))


def _delete(folder: Path) -> None:
    """Rename a segment's folder and delete it. A process that still writes to it then fails."""
    with suppress(FileNotFoundError):
        renamed = folder.rename(folder.with_suffix(".gone"))
        shutil.rmtree(renamed, ignore_errors=True)


def _may_hold(folder: Path, passage_ids: NDArray[np.int64]) -> bool:
    try:
        return bool(np.isin(np.load(folder / "ids.npy"), passage_ids).any())
    except (OSError, ValueError, EOFError):
        return True  # an unreadable segment may hold any passage


def _home(settings: Settings) -> Path:
    return settings.home / "index"


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _is_large(segment: IndexSegment) -> bool:
    return len(segment) >= LEAST and segment.complete


@contextmanager
def _locked(lock: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a file lock during the `with` block. Yield True if this process got the lock.

    If another process has the lock, wait for it, or yield False if *wait* is False.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def _write(segment: IndexSegment, folder: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "ids": segment.ids,
        "sources": segment.sources,
        "places": segment.slots,
        "lengths": segment.lengths,
        "vectors": segment.dense.halves(),
    }
    if isinstance(segment.dense, CodedIndex):
        arrays |= {"codes": segment.dense.codes, "codebook": segment.dense.codebook}
    for name in POSTINGS:
        postings: Postings = getattr(segment, name)
        arrays |= {
            f"{name}.offsets": postings.offsets,
            f"{name}.places": postings.slots,
            f"{name}.counts": postings.counts,
        }
        _write_text(folder / f"{name}.json", json.dumps(list(postings.numbers)))
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for path in folder.iterdir():
        sync(path)
    sums = {path.name: _checksum(path) for path in sorted(folder.iterdir())}
    about = {"size": segment.size, "removal_id": segment.removal_id, "files": sums}
    _write_text(folder / "about.json", json.dumps(about))


def _read(folder: Path) -> IndexSegment:
    """Return the segment memory-mapped from its folder.

    Raises:
        ValueError: the checksum of a file does not match.
    """
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    for name, checksum in about["files"].items():
        if _checksum(folder / name) != checksum:
            raise ValueError(f"the checksum of {name} does not match")
    arrays = {path.stem: _mapped(path) for path in folder.glob("*.npy")}
    return IndexSegment(
        ids=arrays["ids"],
        sources=arrays["sources"],
        slots=arrays["places"],
        lengths=arrays["lengths"],
        stems=_postings(folder, "stems", arrays),
        speakers=_postings(folder, "speakers", arrays),
        people=_postings(folder, "people", arrays),
        languages=_postings(folder, "languages", arrays),
        kinds=_postings(folder, "kinds", arrays),
        size=about["size"],
        dense=_vectors(arrays),
        removal_id=about["removal_id"],
        folder=folder.name,
    )


def _vectors(arrays: Mapping[str, NDArray[Any]]) -> DenseIndex:
    """Return the index of the stored vectors, with their stored codes if there are any.

    Computing the codes again would delay a query.
    """
    if "codes" in arrays:
        return CodedIndex(arrays["vectors"], arrays["codes"], arrays["codebook"])
    return FlatIndex(arrays["vectors"])


def _postings(folder: Path, name: str, arrays: Mapping[str, NDArray[Any]]) -> Postings:
    keys: list[Hashable] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Postings(
        numbers={key: number for number, key in enumerate(keys)},
        offsets=arrays[f"{name}.offsets"],
        slots=arrays[f"{name}.places"],
        counts=arrays[f"{name}.counts"],
    )


def _mapped(path: Path) -> NDArray[Any]:
    array = np.load(path, mmap_mode="r")
    return np.asarray(array)  # plain ndarray: np.memmap is slower to slice


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


def index_on_disk(library: Library) -> Iterator[str]:
    """Yield a message for each index that is damaged or has passages unknown to the library.

    An index is derived data. A damaged one is rebuilt, so no data is lost.
    """
    for manifest in sorted((library.settings.home / "index").glob("*/manifest.json")):
        name = manifest.parent.name
        try:
            about = json.loads(manifest.read_text("utf-8"))
            model, stored_format = about["model"], about["format"]
        except (OSError, ValueError, KeyError, TypeError):
            model, stored_format = name, FORMAT
        if stored_format != FORMAT:
            continue  # of an earlier version: the site rebuilds it when it starts
        found = IndexStore(library.settings, model).load()
        if found is None:
            yield gettext(
                "The search index of the model %(model)s is damaged. "
                "Restart the site to rebuild it.",
                model=name,
            )
            continue
        ids = np.concatenate([segment.ids for segment in found.segments])
        with library.reading() as db:
            strange = np.setdiff1d(ids, integrity.passage_ids(db))
        if len(strange):
            yield ngettext(
                "The search index of the model %(model)s contains %(num)s passage that is not in "
                "this library. Restart the site to correct the index.",
                "The search index of the model %(model)s contains %(num)s passages that are not "
                "in this library. Restart the site to correct the index.",
                len(strange),
                model=name,
            )
