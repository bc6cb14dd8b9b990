"""Tests of the builders, and of the embedder that replaces the model in tests."""

import numpy as np

from library.models import SourceKind
from library.sessions import passage_queries, passages
from tests.builders import LINE, add_session


def test_texts_that_share_words_are_near(embedder):
    """The stand-in embedder gives texts with the same words equal vectors.

    Order, upper and lower case do not matter. Vectors of texts without shared words have a small
    cosine.
    """
    one, same, other = embedder.embed_passages(["Ask for feedback", "feedback, ask for", "apples"])

    assert np.isclose(one @ same, 1)
    assert one @ other < 0.5


def test_a_built_session_is_as_the_pipeline_leaves_it(library, embedder, admin):
    """Each line of an added session is a passage with times, speaker and a unit vector."""
    built = add_session(library, lines=[("Ada", "Wait."), ("Ben", "Why should I?")])

    with library.reading() as db:
        rows = passages.rows_after(db, 0, model=embedder.model)
        found = passage_queries.by_ids(db, admin.viewer, built.passage_ids)

    assert [row.text for row in rows] == ["Ada: Wait.", "Ben: Why should I?"]
    assert [(p.start, p.end) for p in found.values()] == [(0, LINE), (LINE, 2 * LINE)]
    assert all(
        np.isclose(np.linalg.norm(np.frombuffer(r.vector or b"", "<f2")), 1, atol=1e-3)
        for r in rows
    )


def test_a_built_note_has_no_times(library, admin):
    """The passage of an added note has no times and no speaker."""
    built = add_session(library, kind=SourceKind.NOTE, lines=[("", "Write it down.")])

    with library.reading() as db:
        (found,) = passage_queries.by_ids(db, admin.viewer, built.passage_ids).values()

    assert (found.start, found.end, found.speakers) == (None, None, [(None, "", 3)])
