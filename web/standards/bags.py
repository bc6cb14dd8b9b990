"""Sessions to keep outside the library: a BagIt bag (RFC 8493) that reads and searches itself.

The payload opens from a memory stick without a server: a page, its own search, sound and words.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library import access
from library.access import Viewer
from library.editing import transcripts
from library.errors import InvalidInputError
from library.exports import manuscript, table
from library.exports.manuscript import Manuscript
from library.holdings import collections
from library.models import MentoringSession, Source, SourceKind
from library.publishing import dublin_core
from library.store import Library, Transaction
from library.vocabulary import filed
from web.standards import oai_dc
from web.standards.xml import serialised

NOT_IN_NAMES = re.compile(r"[^\w.-]+")
PAGE = Path(__file__).parent.parent / "static" / "bag"


@dataclass(frozen=True, kw_only=True)
class Bagging:
    """What goes into a bag, for whom, and how its sessions are addressed."""

    library: Library
    viewer: Viewer
    title: str
    session_ids: Sequence[int]

    @property
    def base(self) -> str:
        """The site's address, without a slash at its end."""
        settings = self.library.settings
        return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def of_session(library: Library, viewer: Viewer, session_id: int) -> Bagging:
    """One session.

    Raises:
        NotFoundError: there is none that *viewer* may see.
    """
    with library.reading() as db:
        session = access.session_for(db, viewer, session_id)
        return Bagging(
            library=library, viewer=viewer, title=session.title, session_ids=[session_id]
        )


def of_collection(library: Library, viewer: Viewer, collection_id: int) -> Bagging:
    """A collection's sessions that *viewer* may see, in their order.

    Raises:
        NotFoundError: there is no such collection.
    """
    with library.reading() as db:
        collection = collections.get(db, collection_id)
        ids = [s.id for s in collections.sessions_in(db, viewer, collection_id)]
        return Bagging(library=library, viewer=viewer, title=collection.title, session_ids=ids)


def pack(bagging: Bagging, folder: Path) -> None:
    """Make a bag in *folder*, which must be new or empty.

    The bagit package changes the process's working folder while it counts and hashes, so this
    belongs into a process of its own, never into a thread of the site.

    Raises:
        InvalidInputError: there is something in *folder* already, or nothing to pack.
    """
    import bagit

    if folder.exists() and any(folder.iterdir()):
        raise InvalidInputError(f"{folder} is not empty. Name a new folder for the bag.")
    if not bagging.session_ids:
        raise InvalidInputError("There is no session here to pack.")
    folder.mkdir(parents=True, exist_ok=True)
    for path in PAGE.iterdir():
        shutil.copyfile(path, folder / path.name)
    with bagging.library.reading() as db:
        packed = [_session(db, bagging, i, folder) for i in bagging.session_ids]
    _write_contents(folder / "library.js", {"title": bagging.title, "sessions": packed})
    name = bagging.library.settings.site_name
    bagit.make_bag(
        str(folder),
        {
            "Source-Organization": name,
            "External-Description": bagging.title,
            "External-Identifier": bagging.base,
            "Bag-Software-Agent": "Living History",
        },
        checksums=["sha256"],
    )


def _session(db: Transaction, bagging: Bagging, session_id: int, folder: Path) -> dict[str, Any]:
    """Lay one session's files out; gives what the page shows of it."""
    session = access.session_for(db, bagging.viewer, session_id)
    place = folder / "sessions" / str(session_id)
    place.mkdir(parents=True)
    address = f"{bagging.base}/sessions/{session_id}"
    holding = collections.holdings(db, bagging.viewer, [session_id]).get(session_id, [])
    terms = dublin_core.terms(
        session,
        identifier=address,
        publisher=bagging.library.settings.site_name,
        relations=[f"{bagging.base}/collections/{c.id}" for c in holding],
        subjects=filed.subjects(db, bagging.viewer, session_id),
    )
    (place / "dublin-core.xml").write_bytes(serialised(oai_dc.element(terms)))
    return {
        "id": session_id,
        "title": session.title,
        "date": session.held_on.isoformat() if session.held_on else "",
        "description": session.description,
        "topics": filed.subjects(db, bagging.viewer, session_id),
        "people": [p.person.name for p in session.participants],
        "address": address,
        "sources": [_source(db, bagging, session, s, place) for s in session.sources],
    }


def _source(
    db: Transaction, bagging: Bagging, session: MentoringSession, source: Source, place: Path
) -> dict[str, Any]:
    """Lay one source's sound and words out; gives what the page shows of them."""
    shown: dict[str, Any] = {"name": source.filename, "sound": "", "film": False, "lines": []}
    below = f"sessions/{session.id}"
    if source.kind is SourceKind.RECORDING:
        name = _name(source.id, source.filename)
        _keep(bagging.library, source.web_sha256 or source.sha256, place / name)
        shown |= {"sound": f"{below}/{name}", "film": source.has_video}
        if source.web_sha256 and access.may_edit(bagging.viewer, session):
            _keep(bagging.library, source.sha256, place / f"original-{name}")
    if transcripts.current_version(db, source.id) is None:
        return shown
    words = manuscript.load(
        db,
        bagging.viewer,
        source.id,
        session_id=session.id,
        site=bagging.library.settings.site_name,
        address=f"{bagging.base}/sessions/{session.id}?source={source.id}",
    )
    for export in table.offered(timed=words.timed, chapters=bool(words.chapters)):
        (place / f"{source.id}.{export.ending}").write_bytes(export.write(words))
    return shown | {"lines": _lines(words)}


def _lines(words: Manuscript) -> list[list[Any]]:
    """Second (None in a note), speaker and words of each line."""
    return [[one.start, one.speaker, one.text] for one in words.spoken]


def _keep(library: Library, sha256: str, target: Path) -> None:
    shutil.copyfile(library.files.path(sha256), target)


def _name(source_id: int, filename: str) -> str:
    """A file name that every system takes, and that no two sources share."""
    stem, dot, ending = filename.rpartition(".")
    clean = NOT_IN_NAMES.sub("-", stem if dot else filename).strip("-.")[:60] or "recording"
    end = NOT_IN_NAMES.sub("", ending)[:8] if dot else ""
    return f"{source_id}-{clean}.{end}" if end else f"{source_id}-{clean}"


def _write_contents(path: Path, contents: dict[str, Any]) -> None:
    """As a script: a page that was opened from a disk may not fetch, but may run its neighbour."""
    path.write_text(f"window.LIBRARY = {json.dumps(contents, ensure_ascii=True)};\n")
