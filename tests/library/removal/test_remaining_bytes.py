"""Tests of remaining bytes: copies of removed files, found by size and SHA-256."""

from library.models import Removal, SourceKind
from library.removal import remaining_bytes, take_back
from tests.builders import add_session

NOTE = b"# Keys\n\nThe old password was long.\n"


def test_a_copy_of_removed_bytes_is_named(library, mentor):
    """A copy of a removed file in another folder of the home folder is reported.

    Another file with the same size is not reported.
    """
    library.forget_passages = list
    built = add_session(library, owner=mentor, kind=SourceKind.NOTE, content=NOTE)
    take_back.take_back(library, mentor.viewer, built.session_id)
    with library.reading() as db:
        removals = db.query(Removal).all()
    assert list(remaining_bytes.find(library, removals)) == []
    folder = library.settings.home / "copies"
    folder.mkdir()
    (folder / "other.md").write_bytes(NOTE[::-1])
    (folder / "copy.md").write_bytes(NOTE)

    found = list(remaining_bytes.find(library, removals))

    assert len(found) == 1
    assert found[0].endswith("copies/copy.md.")
    assert list(remaining_bytes.of_receipt(library, None)) == []
