"""BagIt bag (RFC 8493) of sessions that can be read and searched offline.

The payload is an HTML page with search, audio and transcripts, which needs no web server.
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
from library.collections import collections
from library.errors import InvalidInputError
from library.exports import document, formats
from library.exports.document import ExportDocument
from library.models import MentoringSession, Source, SourceKind
from library.publishing import dublin_core
from library.store import Library, Transaction
from library.transcripts import versions
from library.vocabulary import confirmed_topics
from web.publishing.standards import oai_dc
from web.publishing.standards.xml import serialised

NOT_IN_NAMES = re.compile(r"[^\w.-]+")
PAGE = Path(__file__).parents[2] / "static" / "bag"


@dataclass(frozen=True, kw_only=True)
class BagContent:
    """Content of a bag: the sessions that `viewer` may see, and the title of the bag."""

    library: Library
    viewer: Viewer
    title: str
    session_ids: Sequence[int]

    @property
    def base(self) -> str:
        """URL of the site, without a trailing slash."""
        settings = self.library.settings
        return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def of_session(library: Library, viewer: Viewer, session_id: int) -> BagContent:
    """Return the bag content for one session.

    Raises:
        NotFoundError: The session does not exist, or *viewer* may not see it.
    """
    with library.reading() as db:
        session = access.session_for(db, viewer, session_id)
        return BagContent(
            library=library, viewer=viewer, title=session.title, session_ids=[session_id]
        )


def of_collection(library: Library, viewer: Viewer, collection_id: int) -> BagContent:
    """Return the bag content for a collection: the sessions that *viewer* may see, in order.

    Raises:
        NotFoundError: The collection does not exist.
    """
    with library.reading() as db:
        collection = collections.get(db, collection_id)
        ids = [s.id for s in collections.sessions_in(db, viewer, collection_id)]
        return BagContent(library=library, viewer=viewer, title=collection.title, session_ids=ids)


def pack(bagging: BagContent, folder: Path) -> None:
    """Write a bag to *folder*, which must be new or empty.

    The bagit package changes the working directory of the process while it computes checksums.
    Call this function in a separate process, never in a thread of the web server.

    Raises:
        InvalidInputError: *folder* is not empty, or the bag has no sessions.
    """
    import bagit

    if folder.exists() and any(folder.iterdir()):
        raise InvalidInputError(
            "%(folder)s is not empty. Choose a new folder for the bag.", folder=folder
        )
    if not bagging.session_ids:
        raise InvalidInputError("The bag would contain no sessions. Choose at least one session.")
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


def _session(db: Transaction, bagging: BagContent, session_id: int, folder: Path) -> dict[str, Any]:
    """Write the files of one session and return its entry for the offline page."""
    session = access.session_for(db, bagging.viewer, session_id)
    place = folder / "sessions" / str(session_id)
    place.mkdir(parents=True)
    address = f"{bagging.base}/sessions/{session_id}"
    holding = collections.collections_of_sessions(db, bagging.viewer, [session_id]).get(
        session_id, []
    )
    terms = dublin_core.terms(
        session,
        identifier=address,
        publisher=bagging.library.settings.site_name,
        relations=[f"{bagging.base}/collections/{c.id}" for c in holding],
        subjects=confirmed_topics.subjects(db, bagging.viewer, session_id),
    )
    (place / "dublin-core.xml").write_bytes(serialised(oai_dc.element(terms)))
    return {
        "id": session_id,
        "title": session.title,
        "date": session.held_on.isoformat() if session.held_on else "",
        "description": session.description,
        "topics": confirmed_topics.subjects(db, bagging.viewer, session_id),
        "people": [p.person.name for p in session.participants],
        "address": address,
        "sources": [_source(db, bagging, session, s, place) for s in session.sources],
    }


def _source(
    db: Transaction, bagging: BagContent, session: MentoringSession, source: Source, place: Path
) -> dict[str, Any]:
    """Write audio and transcripts of one source to the folder *place*.

    Returns the entry of the source for the offline page.
    """
    shown: dict[str, Any] = {"name": source.filename, "sound": "", "film": False, "lines": []}
    below = f"sessions/{session.id}"
    if source.kind is SourceKind.RECORDING:
        name = _name(source.id, source.filename)
        _keep(bagging.library, source.web_sha256 or source.sha256, place / name)
        shown |= {"sound": f"{below}/{name}", "film": source.has_video}
        if source.web_sha256 and access.may_edit(bagging.viewer, session):
            _keep(bagging.library, source.sha256, place / f"original-{name}")
    if versions.current_version(db, source.id) is None:
        return shown
    words = document.load(
        db,
        bagging.viewer,
        source.id,
        session_id=session.id,
        site=bagging.library.settings.site_name,
        address=f"{bagging.base}/sessions/{session.id}?source={source.id}",
    )
    for export in formats.available_formats(timed=words.timed, chapters=bool(words.chapters)):
        (place / f"{source.id}.{export.ending}").write_bytes(export.write(words))
    return shown | {"lines": _lines(words)}


def _lines(words: ExportDocument) -> list[list[Any]]:
    """Return start in seconds (None in a note), speaker and text of each segment."""
    return [[one.start, one.speaker, one.text] for one in words.spoken]


def _keep(library: Library, sha256: str, target: Path) -> None:
    shutil.copyfile(library.files.path(sha256), target)


def _name(source_id: int, filename: str) -> str:
    """Return a portable file name for a file of a source, unique within the bag."""
    stem, dot, ending = filename.rpartition(".")
    clean = NOT_IN_NAMES.sub("-", stem if dot else filename).strip("-.")[:60] or "recording"
    end = NOT_IN_NAMES.sub("", ending)[:8] if dot else ""
    return f"{source_id}-{clean}.{end}" if end else f"{source_id}-{clean}"


def _write_contents(path: Path, contents: dict[str, Any]) -> None:
    """Write *contents* as a JavaScript file: a page opened from disk cannot fetch JSON files."""
    path.write_text(f"window.LIBRARY = {json.dumps(contents, ensure_ascii=True)};\n")
