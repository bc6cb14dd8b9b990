"""Tests of the IIIF manifests of sessions."""

import iiif_prezi3
import pytest

from library.models import SourceKind
from library.sessions import sessions
from tests.builders import add_part, add_session
from web.publishing.standards import manifests
from web.publishing.standards.manifests import ContentHit


@pytest.fixture
def session(app, library):
    """Session with a recording and a note, within the context of a request."""
    built = add_session(library, title="On trust")
    add_part(
        library, built.session_id, lines=[("", "A note.")], content=b"note", kind=SourceKind.NOTE
    )
    with app.test_request_context("/"), library.reading() as db:
        yield sessions.get(db, built.session_id)


def test_each_recording_is_a_canvas(session):
    """Each recording is a canvas, with captions if it has a transcript. A note is not a canvas."""
    (recording,) = manifests.playable(session)
    with_words = manifests.manifest(session, [("creator", "Ada")], [recording.id])
    without = manifests.manifest(session, [], [])

    read = iiif_prezi3.Manifest(**with_words)
    assert [canvas.duration for canvas in read.items] == [20.0]
    assert with_words["metadata"][0]["value"] == {"none": ["Ada"]}
    assert "annotations" in with_words["items"][0]
    assert "annotations" not in without["items"][0]
    alone = manifests.canvas(session, recording, transcribed=True)
    assert alone == {"@context": manifests.CONTEXT, **with_words["items"][0]}


def test_a_hit_is_an_annotation_at_its_seconds(session):
    """A search hit is an annotation on its recording's canvas, with start and end in seconds."""
    source = manifests.playable(session)[0].id
    hit = ContentHit(source_id=source, text="early", start=1.5, end=3.25)

    response = manifests.search_response("https://example.org/search", session, [hit])

    (item,) = iiif_prezi3.AnnotationPage(**response).items
    assert item.body.value == "early"
    assert item.target == f"{manifests.canvas_id(session.id, source)}#t=1.500,3.250"
