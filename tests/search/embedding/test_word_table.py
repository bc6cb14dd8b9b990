"""Tests of word tables in eight bits."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from search.embedding import word_table
from search.embedding.word_table import FILE, quantize_tables, quantized


def test_a_table_of_four_bits_is_kept_exactly():
    """Values that were read from 4-bit blocks are the same in eight bits."""
    chance = np.random.default_rng(1)
    numbers = chance.integers(-8, 8, (50, 2, 32))
    numbers[:, :, 5] = -8  # the largest value of each block defines its scale
    scales = chance.uniform(0.002, 0.02, (50, 2, 1)).astype(np.float16).astype(np.float32)
    table = (numbers * scales).reshape(50, 64).astype(np.float32)

    found, found_scales = quantized(table)

    assert np.array_equal((found * found_scales.astype(np.float32)).reshape(50, 64), table)


def test_any_table_is_kept_within_the_step_of_its_block():
    """A value differs by half a step at most; the opposite of the largest one by a whole step."""
    table = np.random.default_rng(2).normal(0, 0.1, (50, 64)).astype(np.float32)
    table[0] = 0
    table[1, :2] = 1, -1

    found, scales = quantized(table)

    wrong = np.abs(found * scales.astype(np.float32) - table.reshape(found.shape))
    steps = np.abs(scales.astype(np.float32))
    assert (wrong[2:] <= 0.51 * steps[2:]).all()
    assert (wrong <= 1.01 * steps).all()


def test_a_graph_gathers_rows_of_eight_bits(tmp_path, monkeypatch):
    """A graph gives the rows of its table, which is in a file of its own."""
    monkeypatch.setattr(word_table, "LARGE", 1000)
    table = np.random.default_rng(3).normal(size=(70, 64)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["rows"])],
        "words",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", "length", 64])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")

    quantize_tables(tmp_path / "model.onnx")

    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    (rows,) = session.run(None, {"ids": np.array([[3, 69, 0]])})
    assert rows.shape == (1, 3, 64)
    assert np.abs(rows[0] - table[[3, 69, 0]]).max() < np.abs(table).max() / 100
    assert (tmp_path / FILE).stat().st_size > table.size
    assert (tmp_path / "model.onnx").stat().st_size < table.size
