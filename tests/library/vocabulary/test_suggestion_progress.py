"""Tests of the progress of topic suggestions, which is saved as a checkpoint."""

from itertools import chain

from library.vocabulary import suggestion_progress as progress
from tests.builders import add_session


def batches(db, limit):
    """Process all sessions that wait for suggestions. Return their ids by batch."""
    done = []
    while progress.is_behind(db):
        at = progress.current(db)
        ids, after = progress.next_batch(db, at, limit=limit)
        progress.save(db, at, after)
        done.append(ids)
    return done


def test_each_session_is_processed_once(library):
    """After a change of the vocabulary, all sessions get suggestions once.

    Later only new sessions are processed.
    """
    first = [add_session(library, title=f"{n}").session_id for n in range(3)]
    with library.transaction() as db:
        assert not progress.is_behind(db)
        progress.changed(db)
        assert list(chain(*batches(db, 2))) == first
    new = add_session(library, title="new").session_id
    with library.transaction() as db:
        assert batches(db, 2) == [[new]]
        progress.changed(db)
        assert list(chain(*batches(db, 9))) == [*first, new]


def test_a_stale_checkpoint_is_not_saved(library):
    """A checkpoint from before a change of the vocabulary is not saved."""
    add_session(library)
    with library.transaction() as db:
        progress.changed(db)
        at = progress.current(db)
        _, after = progress.next_batch(db, at, limit=9)
        progress.changed(db)
        progress.save(db, at, after)

        assert progress.is_behind(db)


def test_passages_come_with_their_vectors(library, embedder):
    """Passages of a session are returned only if they have a vector of the given model."""
    built = add_session(library)
    with library.reading() as db:
        found = progress.embedded_passages(db, built.session_id, model=embedder.model, limit=9)
        other = progress.embedded_passages(db, built.session_id, model="other", limit=9)

    assert [one[0] for one in found] == list(built.passage_ids)
    assert {len(one[2]) for one in found} == {2 * embedder.dimension}
    assert other == []
