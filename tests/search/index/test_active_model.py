"""Tests of the choice of the model that serves queries."""

from search.index.active_model import ModelSwitch
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder


class NewModel(BagOfWordsEmbedder):
    """Embedding model that has not embedded any passage yet."""

    model = "new-model"


def test_a_complete_model_serves_at_once(library, embedder):
    """An embedding model that has vectors of all passages is used at once."""
    add_session(library)
    switch = ModelSwitch(library, embedder)
    with library.reading() as db:
        serving = switch.current(db)

        assert (serving.embedder, serving.complete) == (embedder, True)
        assert switch.current(db) is serving


def test_without_an_embedder_the_index_is_lexical(library):
    """Without an embedding model, search uses words only and waits for no vectors."""
    add_session(library)
    with library.reading() as db:
        serving = ModelSwitch(library, None).current(db)

    assert (serving.embedder, serving.complete) == (None, True)


def test_a_model_without_vectors_is_not_complete(library):
    """A model without vectors is used, but marked incomplete, if there is no other model."""
    add_session(library)
    new = NewModel()
    with library.reading() as db:
        serving = ModelSwitch(library, new).current(db)

    assert (serving.embedder, serving.complete) == (new, False)
