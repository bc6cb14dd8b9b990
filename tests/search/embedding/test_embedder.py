"""Tests of the exported embedding model against sentence-transformers.

Covers: eight_bits, export_check, onnx_embedder, onnx_export, reference_embedder, text_vectors.
"""

import json
import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest

from library.settings import Settings
from library.weights import embedding_weights
from search.embedding.embedder import Embedder, open_embedder
from search.embedding.export_check import NEAR, PROBES
from search.embedding.onnx_embedder import OnnxEmbedder
from search.embedding.reference_embedder import ReferenceEmbedder

pytestmark = pytest.mark.models
TEXTS = (
    "How do I tell my manager that the plan is too big?",
    "Ada: Cut the last third.\nBen: And if they ask for it?\nAda: Then show them what it costs.",
    "salary",
    "",
)
LONG = "We talked about the bridge. " * 120


@pytest.fixture(scope="module")
def reference(real_settings: Settings) -> Embedder:
    return ReferenceEmbedder(embedding_weights(real_settings))


@pytest.fixture(scope="module")
def exact(real_embedder: Embedder, real_settings: Settings) -> Embedder:
    return open_embedder(replace(real_settings, embedding_eight_bits=False))


def test_the_exported_model_gives_the_vectors_of_the_reference(
    exact: Embedder, reference: Embedder
) -> None:
    """The exported 32-bit model gives the vectors of the original model."""
    cosines = (exact.embed_passages(TEXTS) * reference.embed_passages(TEXTS)).sum(axis=1)

    assert isinstance(exact, OnnxEmbedder)
    assert exact.bits == 32
    assert cosines.min() > 0.9999


def test_eight_bits_are_near_enough(real_embedder: Embedder, exact: Embedder) -> None:
    """The exported model that search uses gives nearly the same vectors as the 32-bit model."""
    cosines = (real_embedder.embed_passages(PROBES) * exact.embed_passages(PROBES)).sum(axis=1)

    # `NEAR` is relative to the original model, from which the 32-bit model differs slightly.
    assert cosines.min() > NEAR - 0.005
    assert real_embedder.model == exact.model


def test_the_probes_include_long_texts() -> None:
    """The probe texts include one as long as a passage and one nearly at the token limit."""
    lengths = [len(text.split()) for text in PROBES]

    assert any(60 <= length <= 120 for length in lengths)
    assert max(lengths) >= 200


@pytest.mark.parametrize("which", ["real_embedder", "exact"])
def test_a_vector_does_not_depend_on_its_batch(which: str, request: pytest.FixtureRequest) -> None:
    """A text has the same vector alone and in a batch with texts of other lengths."""
    embedder: Embedder = request.getfixturevalue(which)

    together = embedder.embed_passages([*TEXTS, LONG])

    alone = np.stack([embedder.embed_passages([text])[0] for text in (*TEXTS, LONG)])
    assert np.array_equal(together, alone)
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-5


@pytest.mark.parametrize("damage", ["other vectors", "slower"])
def test_eight_bits_are_used_only_where_they_agree(
    damage: str, real_embedder: Embedder, real_settings: Settings, tmp_path
) -> None:
    """A processor on which the 8-bit model is slower or inexact uses the 32-bit model."""
    (exported,) = (real_settings.home / "models").glob(f"{real_embedder.model}-*")
    moved = shutil.copytree(exported, tmp_path / "models" / exported.name)
    about = json.loads((moved / "about.json").read_text())
    if damage == "other vectors":
        about |= {"eight": True, "probes": (-np.array(about["probes"])).tolist()}
    else:
        about |= {"eight": False}
    (moved / "about.json").write_text(json.dumps(about))

    embedder = open_embedder(Settings(home=tmp_path))

    assert isinstance(embedder, OnnxEmbedder)
    assert embedder.bits == 32


@pytest.mark.parametrize("which", ["real_embedder", "reference"])
def test_the_end_of_a_long_text_counts(which: str, request: pytest.FixtureRequest) -> None:
    """The end of a text that is longer than the token limit still changes the vector."""
    embedder: Embedder = request.getfixturevalue(which)

    with_end, without = embedder.embed_passages([LONG + "Whales sing in the deep sea. " * 30, LONG])

    assert float(with_end @ without) < 0.99


def test_no_texts_give_no_rows(real_embedder: Embedder) -> None:
    """An empty list of texts gives an array without rows."""
    assert real_embedder.embed_passages([]).shape == (0, real_embedder.dimension)


def test_a_broken_export_is_replaced_by_the_reference(
    real_embedder: Embedder, real_settings: Settings, tmp_path, caplog
) -> None:
    """If the exported model cannot be loaded, the original model is used and the log says so."""
    (exported,) = (real_settings.home / "models").glob(f"{real_embedder.model}-*")
    broken = tmp_path / "models" / exported.name
    broken.mkdir(parents=True)
    (broken / "about.json").write_text((exported / "about.json").read_text())

    with caplog.at_level(logging.WARNING):
        embedder = open_embedder(Settings(home=tmp_path))

    assert isinstance(embedder, ReferenceEmbedder)
    assert "sentence-transformers embeds instead" in caplog.text
    assert (
        float(embedder.embed_passages(["salary"])[0] @ real_embedder.embed_passages(["salary"])[0])
        > NEAR
    )
