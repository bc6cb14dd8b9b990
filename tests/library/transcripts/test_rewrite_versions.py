"""Tests of rewriting: words are removed from all versions of a transcript."""

from dataclasses import replace

from sqlalchemy import select

from library.models import Segment, TranscriptVersion
from library.sessions import sources
from library.transcripts import rewrite_versions, versions
from tests.builders import add_session

LINES = [("Ada", "We spoke of Kowalski."), ("Ada", "And of the bridge.")]


def without_name(segment):
    """Return a list with the segment, from which the name Kowalski is deleted."""
    return [replace(segment, text=segment.text.replace(" of Kowalski", ""))]


def test_words_are_removed_from_every_version(library, mentor):
    """Rewriting a transcript removes words from all its versions.

    Only passages that lose words are deleted.
    """
    built = add_session(library, lines=LINES, owner=mentor)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        before = versions.current_version(db, source.id)
        assert not rewrite_versions.redacted_since(db, source.id, before.id)

        deleted = rewrite_versions.rewrite(db, source, without_name, author_id=mentor.id)

        now = versions.current_version(db, source.id)
        assert deleted == 1
        assert now.number == before.number + 1
        assert now.origin == rewrite_versions.ORIGIN
        assert rewrite_versions.redacted_since(db, source.id, before.id)
        assert not [text for text in db.scalars(select(Segment.text)) if "Kowalski" in text]
        texts = [segment.text for segment in versions.segments_of(db, now.id)]
        assert texts == ["We spoke.", "And of the bridge."]


def test_earlier_versions_can_be_dropped(library, mentor):
    """After the earlier versions are deleted, only the current version is left."""
    built = add_session(library, lines=LINES, owner=mentor)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        rewrite_versions.rewrite(db, source, without_name, author_id=None)
        rewrite_versions.drop_earlier(db, source.id)

        found = db.scalars(select(TranscriptVersion)).all()
        assert [version.current for version in found] == [True]
