"""Tests of the choice of the model that serves queries."""

from search.index.active_model import ModelSwitch
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder


class NewModel(BagOfWordsEmbedder):
    """Model that has embedded nothing yet."""

    model = "new-model"


def test_a_complete_model_serves_at_once(library, embedder):
    """A model with all vectors is active and complete. A second call returns the same object."""
    add_session(library)
    switch = ModelSwitch(library, embedder)
    with library.reading() as db:
        serving = switch.current(db)

        assert (serving.embedder, serving.complete) == (embedder, True)
        assert switch.current(db) is serving


def test_without_an_embedder_the_index_is_lexical(library):
    """Without an embedder the index is complete and has no model."""
    add_session(library)
    with library.reading() as db:
        serving = ModelSwitch(library, None).current(db)

    assert (serving.embedder, serving.complete) == (None, True)


def test_a_model_without_vectors_is_not_complete(library):
    """A model without vectors is active but not complete if no other model is available."""
    add_session(library)
    new = NewModel()
    with library.reading() as db:
        serving = ModelSwitch(library, new).current(db)

    assert (serving.embedder, serving.complete) == (new, False)
