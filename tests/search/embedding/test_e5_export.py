"""Tests of the export of multilingual-e5-small with its adapter, with the real weights.

Covers: export_check, eight_bits, word_table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from library.settings import Settings
from library.weights import Weights, embedding_weights
from tests.search.embedding.packed_file import write_adapter, write_packed

if TYPE_CHECKING:
    from search.embedding.reference_embedder import ReferenceEmbedder

pytestmark = pytest.mark.models
TEXTS = ("How do I ask for a raise?", "Ada: I asked in writing.\nBen: And then?", "Gehalt", "")
LONG = "Wir haben lange über die Brücke gesprochen. " * 90


@pytest.fixture(scope="module")
def reference(real_settings) -> ReferenceEmbedder:
    """Multilingual model with the adapter, run by sentence-transformers."""
    from search.embedding.reference_embedder import ReferenceEmbedder

    return ReferenceEmbedder(embedding_weights(real_settings))


@pytest.mark.parametrize("kind", ["embed_questions", "embed_passages"])
def test_the_export_gives_the_vectors_of_the_reference(
    real_settings, real_embedder, reference, kind
):
    """The exported 32-bit model gives the same vectors as the original multilingual model."""
    from search.embedding.onnx_embedder import OnnxEmbedder

    (folder,) = (real_settings.home / "models").glob(f"{real_embedder.model}-*")
    exact = OnnxEmbedder(real_embedder.model, folder)

    cosines = (getattr(exact, kind)(TEXTS) * getattr(reference, kind)(TEXTS)).sum(axis=1)

    assert cosines.min() > 0.99999
    assert (folder / "words.bin").stat().st_size < 103_000_000
    assert (folder / "model.onnx").stat().st_size < 90_000_000


def test_a_text_has_another_vector_as_a_question(real_embedder):
    """A text has different vectors as a question and as a passage, also if it is long.

    A question has the same vector alone and in a batch.
    """
    questions = real_embedder.embed_questions([*TEXTS, LONG])
    passages = real_embedder.embed_passages([*TEXTS, LONG])

    cosines = (questions * passages).sum(axis=1)
    assert cosines[:-1].max() < 0.99
    assert cosines[-1] < 0.999  # the prefix weighs less in a long text
    assert np.array_equal(questions[[1]], real_embedder.embed_questions([TEXTS[1]]))
    assert np.abs(np.linalg.norm(passages, axis=1) - 1).max() < 1e-5


def test_eight_bits_are_accurate_in_a_narrow_cone(real_embedder, reference):
    """The 8-bit model passes its check, although all its vectors have similar directions.

    The check compares vectors of probe texts with vectors of the original model.
    """
    from search.embedding.export_check import NEAR, PROBES, agreement
    from search.embedding.onnx_embedder import OnnxEmbedder

    probes = reference.embed_passages(PROBES)

    assert isinstance(real_embedder, OnnxEmbedder)
    assert agreement(real_embedder, probes) >= NEAR
    assert (probes @ probes.T).min() > 0.3


def test_a_smaller_model_for_english_can_be_chosen(tmp_path):
    """all-MiniLM-L6-v2 is exported from the installation, in 32 or 8 bits."""
    from search.embedding.embedder import open_embedder
    from search.embedding.onnx_embedder import OnnxEmbedder

    embedder = open_embedder(Settings(home=tmp_path, embedding_model="all-MiniLM-L6-v2"))

    raise_, other = embedder.embed_passages(["I asked for more money.", "The pond has frogs."])
    question = embedder.embed_questions(["How do I ask for a raise?"])[0]
    assert isinstance(embedder, OnnxEmbedder)
    assert question @ raise_ > question @ other + 0.2


def test_an_adapter_changes_the_export(tmp_path):
    """A model with an adapter is exported under its own name, with other vectors."""
    from search.embedding.embedder import _export_folder
    from search.embedding.reference_embedder import ReferenceEmbedder

    write_packed(tmp_path / "model.bin")
    write_adapter(tmp_path / "adapter", "encoder.layer.0.attention.self.query")
    plain = Weights(name="multilingual-e5-small", location=str(tmp_path / "model.bin"))
    adapted = Weights(
        name="mentoring-e5-small-1", location=plain.location, adapter=str(tmp_path / "adapter")
    )
    settings = Settings(home=tmp_path)

    one, other = (ReferenceEmbedder(weights) for weights in (plain, adapted))

    assert (one.embed_passages(["feedback"]) * other.embed_passages(["feedback"])).sum() < 0.9999
    assert other.model == "mentoring-e5-small-1"
    assert _export_folder(plain, settings) != _export_folder(adapted, settings)
