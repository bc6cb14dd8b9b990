"""Cover images of collections, with text alternatives."""

from library import audit
from library.access import Viewer, require_curator
from library.errors import InvalidInputError
from library.images import clean
from library.models import Collection
from library.sessions import sessions
from library.store import Library

LONGEST_WORDS = 300  # characters of the description


def put(library: Library, viewer: Viewer, collection_id: int, data: bytes, words: str) -> None:
    """Store an image as a collection's cover.

    Args:
        library: library of the collection.
        viewer: curator of the collection, or administrator.
        collection_id: id of the collection.
        data: a PNG, JPEG or WebP file.
        words: text alternative; empty for a decorative image.

    Raises:
        NotAllowedError: *viewer* does not curate the collection.
        InvalidInputError: the image is too large or cannot be read.
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
    """Set the text alternative of a collection's cover.

    Raises:
        NotAllowedError: *viewer* does not curate the collection.
        InvalidInputError: the collection has no cover.
    """
    with library.transaction() as db:
        require_curator(db, viewer, collection_id)
        collection = db.get_one(Collection, collection_id)
        if collection.cover_sha256 is None:
            raise InvalidInputError("This collection has no cover. Add a picture first.")
        collection.cover_words = " ".join(words.split())[:LONGEST_WORDS]


def remove(library: Library, viewer: Viewer, collection_id: int) -> None:
    """Delete a collection's cover.

    Raises:
        NotAllowedError: *viewer* does not curate the collection.
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
