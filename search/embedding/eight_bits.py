"""Exported text encoders in eight bits.

In most matrix products, all activations of a text have one scale, which depends on the largest
activation (dynamic quantization). In some models, the activations before the second matrix of a
feed-forward layer have few very large values, so that all others lose precision. Then these
products have one scale for each block of 32 values, which takes longer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from search.embedding.onnx_export import EXACT, quietly
from search.embedding.word_table import share_tables

EIGHT = "model-8.onnx"
BLOCK = 32  # values with one scale
ZERO = 128  # the 8-bit number that stands for 0
INT8_PRODUCTS = 4  # value of `accuracy_level`: activations get eight bits, too


def write_eight_bits(folder: Path, *, in_blocks: bool) -> None:
    """Write the graph in eight bits to *folder*, beside the graph in 32 bits.

    Args:
        folder: folder of the export.
        in_blocks: whether the second matrix of each feed-forward layer has a scale for each block.
    """
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    whole = onnx.load(folder / EXACT)
    narrowing = _narrowing(whole.graph) if in_blocks else []
    with quietly():
        quantize_dynamic(
            whole,
            str(folder / EIGHT),
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=narrowing,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    model = onnx.load(folder / EIGHT)
    _use_blocks(model, narrowing)
    share_tables(model, folder)
    onnx.save(model, folder / EIGHT)


def _narrowing(graph: Any) -> list[str]:
    """Return the names of matrix products whose weight has more inputs than outputs."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    weights = {node.name: shapes.get(node.input[1], ()) for node in graph.node if _is_product(node)}
    return [name for name, shape in weights.items() if len(shape) == 2 and shape[0] > shape[1]]


def _is_product(node: Any) -> bool:
    return bool(node.op_type == "MatMul")


def _use_blocks(model: Any, names: Sequence[str]) -> None:
    """Replace these matrix products of an `onnx.ModelProto` by `MatMulNBits` with 8-bit blocks."""
    from onnx import helper, numpy_helper

    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for place, node in enumerate(list(graph.node)):
        if node.name not in names:
            continue
        weight = numpy_helper.to_array(weights[node.input[1]]).T
        blocks = weight.reshape(len(weight), -1, BLOCK)
        scales = np.maximum(np.abs(blocks).max(axis=2, keepdims=True) / (ZERO - 1), 1e-12)
        numbers = (np.rint(blocks / scales) + ZERO).astype(np.uint8)
        held = {f"{node.name}_numbers": numbers, f"{node.name}_scales": scales.reshape(-1)}
        graph.initializer.remove(weights[node.input[1]])
        graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in held.items())
        product = helper.make_node(
            "MatMulNBits",
            [node.input[0], *held],
            list(node.output),
            domain="com.microsoft",
            K=weight.shape[1],
            N=weight.shape[0],
            bits=8,
            block_size=BLOCK,
            accuracy_level=INT8_PRODUCTS,
        )
        graph.node.remove(node)
        graph.node.insert(place, product)
