"""Tests of word tables: the vectors of tokens, stored with eight bits for each value."""

from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from search.embedding import word_table
from search.embedding.word_table import FILE, STAND_IN, insert_table, quantized, stand_in


def test_a_table_of_four_bits_is_kept_exactly():
    """A word table that was read from 4-bit blocks is stored with eight bits without error."""
    chance = np.random.default_rng(1)
    numbers = chance.integers(-8, 8, (50, 2, 32))
    numbers[:, :, 5] = -8  # the largest value of each block defines its scale
    scales = chance.uniform(0.002, 0.02, (50, 2, 1)).astype(np.float16).astype(np.float32)
    table = (numbers * scales).reshape(50, 64).astype(np.float32)

    found, found_scales = quantized(table)

    assert np.array_equal((found * found_scales.astype(np.float32)).reshape(50, 64), table)


def test_any_table_is_kept_within_the_step_of_its_block():
    """The 8-bit value of a word table differs from the original by at most one step.

    For random values it differs by at most half a step. A step is the scale of the block.
    """
    table = np.random.default_rng(2).normal(0, 0.1, (50, 64)).astype(np.float32)
    table[0] = 0
    table[1, :2] = 1, -1

    found, scales = quantized(table)

    wrong = np.abs(found * scales.astype(np.float32) - table.reshape(found.shape))
    steps = np.abs(scales.astype(np.float32))
    assert (wrong[2:] <= 0.51 * steps[2:]).all()
    assert (wrong <= 1.01 * steps).all()


def test_a_graph_gathers_rows_of_eight_bits(tmp_path):
    """A model file to which an 8-bit table was added looks up rows in a separate table file."""
    chance = np.random.default_rng(3)
    small, table = (chance.normal(size=(n, 64)).astype(np.float32) for n in (STAND_IN, 2000))
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["rows"])],
        "words",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", "length", 64])],
        [numpy_helper.from_array(small, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")

    insert_table(tmp_path / "model.onnx", table)

    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    (rows,) = session.run(None, {"ids": np.array([[3, 1999, 0]])})
    assert rows.shape == (1, 3, 64)
    assert np.abs(rows[0] - table[[3, 1999, 0]]).max() < np.abs(table).max() / 100
    assert (tmp_path / FILE).stat().st_size > table.size
    assert (tmp_path / "model.onnx").stat().st_size < table.size


def test_a_large_table_is_put_aside_during_the_export(monkeypatch):
    """In the `with` block, a small table replaces the word table of a model if it is large.

    Afterwards the model has its own table again.
    """
    monkeypatch.setattr(word_table, "LARGE", 4 * 2000 * 32)
    for size in (2000, 2001):
        words = torch.nn.Embedding(size, 32)
        model = SimpleNamespace(get_input_embeddings=lambda words=words: words)

        with stand_in(model) as table:
            rows = len(words.weight)

        assert rows == (2000 if size == 2000 else STAND_IN)
        assert (table is None) == (size == 2000)
        assert len(words.weight) == size
