"""Tests of the conventions of text encoders."""

from types import SimpleNamespace

import pytest

from search.embedding.encoders import CONVENTIONS, Convention, convention_of, question_language


class Encoder(list):
    """Layers of a SentenceTransformer, with its prompts and limit."""

    def __init__(self, prompts=None):
        super().__init__([SimpleNamespace(), SimpleNamespace(pooling_mode="cls")])
        self.prompts = prompts
        self.max_seq_length = 128


@pytest.mark.parametrize(
    "name",
    [
        "multilingual-e5-small",
        "intfloat/multilingual-e5-small",
        "intfloat/multilingual-e5-small@0123abc",
    ],
)
def test_a_known_model_has_its_convention_by_name(name):
    """Prefixes of a known model are found by its name, with or without publisher and revision."""
    found = convention_of(name, Encoder())

    assert found == CONVENTIONS["mentoring-e5-small-1"]
    assert (found.question, found.passage, found.limit) == ("query: ", "passage: ", 512)


@pytest.mark.parametrize(
    ("prompts", "question", "passage"),
    [
        ({"query": "q: ", "passage": "p: "}, "q: ", "p: "),
        ({"query": "q: ", "document": "d: "}, "q: ", "d: "),
        ({"query": "q: ", "document": "d: ", "passage": ""}, "q: ", "d: "),
        ({"clustering": "c: "}, "", ""),
        (None, "", ""),
    ],
)
def test_another_model_names_its_prefixes_itself(prompts, question, passage):
    """Prefixes, pooling and limit of an unknown model come from its own configuration."""
    found = convention_of("my-model", Encoder(prompts))

    expected = Convention(question=question, passage=passage, pooling="cls", limit=128)
    assert found == expected


@pytest.mark.parametrize(
    ("model", "language"),
    [
        ("intfloat/multilingual-e5-small", "mul"),
        ("all-MiniLM-L6-v2", "en"),
        ("a-model-of-ours", ""),
        ("", ""),
    ],
)
def test_a_known_model_says_the_language_of_its_questions(model, language):
    """A known model compares questions in one language, or in about a hundred ("mul")."""
    assert question_language(model) == language
