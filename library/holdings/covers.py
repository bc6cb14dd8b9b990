"""The covers of collections: a picture that a curator chose, with words for who cannot see it."""

from library import audit
from library.access import Viewer, require_curator
from library.errors import InvalidInputError
from library.holdings import sessions
from library.models import Collection
from library.pictures import clean
from library.store import Library

LONGEST_WORDS = 300  # characters of the description


def put(library: Library, viewer: Viewer, collection_id: int, data: bytes, words: str) -> None:
    """Keep a picture as a collection's cover.

    Args:
        library: where to.
        viewer: one of its curators, or an administrator.
        collection_id: whose cover.
        data: a PNG, JPEG or WebP file.
        words: what can be seen on it; empty: it only decorates.

    Raises:
        NotAllowedError: *viewer* does not curate it.
        InvalidInputError: it is no picture that can be shown, or too large.
    """
    with library.reading() as db:
        require_curator(db, viewer, collection_id)
    picture = clean(data)
    sha256, _ = library.files.keep([picture.data])
    with library.transaction() as db:
        require_curator(db, viewer, collection_id)
        collection = db.get_one(Collection, collection_id)
        old, collection.cover_sha256 = collection.cover_sha256, sha256
        collection.cover_media_type = picture.media_type
        collection.cover_words = " ".join(words.split())[:LONGEST_WORDS]
        audit.record(
            db,
            viewer.person_id,
            "collection.cover",
            ("collection", collection_id),
            address=viewer.address,
        )
    if old not in {None, sha256}:
        sessions.forget_files(library, [old] if old else [])


def describe(library: Library, viewer: Viewer, collection_id: int, words: str) -> None:
    """Say in other words what is on a collection's cover.

    Raises:
        NotAllowedError: *viewer* does not curate it.
        InvalidInputError: it has no cover.
    """
    with library.transaction() as db:
        require_curator(db, viewer, collection_id)
        collection = db.get_one(Collection, collection_id)
        if collection.cover_sha256 is None:
            raise InvalidInputError("Choose a picture first.")
        collection.cover_words = " ".join(words.split())[:LONGEST_WORDS]


def remove(library: Library, viewer: Viewer, collection_id: int) -> None:
    """Take a collection's cover off it.

    Raises:
        NotAllowedError: *viewer* does not curate it.
    """
    with library.transaction() as db:
        require_curator(db, viewer, collection_id)
        collection = db.get_one(Collection, collection_id)
        old = collection.cover_sha256
        collection.cover_sha256 = collection.cover_media_type = None
        collection.cover_words = ""
        audit.record(
            db,
            viewer.person_id,
            "collection.uncover",
            ("collection", collection_id),
            address=viewer.address,
        )
    sessions.forget_files(library, [old] if old else [])
