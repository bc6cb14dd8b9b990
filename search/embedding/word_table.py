"""Large word tables of ONNX graphs, kept in eight bits in a file of their own.

A word table has one row for each token. ONNX Runtime maps the file into memory: all processes share
it, and only the rows of tokens that occur in a text are read and converted to 32 bits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 100_000_000  # bytes of a table that is kept in eight bits
BLOCK = 32  # values that share one scale
STEPS = 128
ROWS = 10_000  # rows that are quantized at a time, so that the intermediate arrays stay small
STAND_IN = 997  # rows of the small table in a torch model; no other tensor has as many
PAGE = 4096  # a mapped tensor begins at the start of a page
FILE = "words.bin"
NUMBERS, SCALES = "_table8", "_table8_scales"  # ends of the names of tensors


def quantized(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return a table `(n, d) float32` in eight bits.

    The largest value of a block becomes -128. Values of 4-bit blocks with the largest value -8 are
    kept exactly, if the scale is not too small for 16 bits.

    Returns:
        Numbers, shape `(n, d / 32, 32)`, and scales, shape `(n, d / 32, 1)`. The value is number x
        scale.
    """
    parts = [_quantized(table[at : at + ROWS]) for at in range(0, len(table), ROWS)]
    numbers, scales = zip(*parts, strict=True)
    return np.concatenate(numbers), np.concatenate(scales)


def _quantized(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return numbers and scales of some rows of a table, in the form of `quantized`."""
    blocks = table.reshape(len(table), -1, BLOCK)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (largest / -STEPS).astype(np.float16)
    divisors = np.where(scales == 0, 1, scales).astype(np.float32)
    numbers = np.clip(np.rint(blocks / divisors), -STEPS, STEPS - 1)
    return numbers.astype(np.int8), scales


@contextmanager
def stand_in(transformer: Any) -> Iterator[NDArray[np.float32] | None]:
    """Replace a large word table of a torch model by a small one during a `with` block.

    The exporter copies the weights several times, which takes gigabytes with a large table.

    Yields:
        The large table `(n, d) float32`, or None if the table stays in 32 bits and in the model.
    """
    import torch

    words = transformer.get_input_embeddings()
    whole = words.weight
    if 4 * whole.numel() <= LARGE or whole.shape[1] % BLOCK:
        yield None
        return
    words.weight = torch.nn.Parameter(whole[:STAND_IN].detach().clone())
    try:
        yield whole.detach().numpy()
    finally:
        words.weight = whole


def insert_table(path: Path, table: NDArray[np.float32]) -> None:
    """Replace the small table in an ONNX file by a table `(n, d) float32` in eight bits.

    The table is in the file `FILE` in the same folder.

    Raises:
        LookupError: the graph does not gather rows of the small table, or uses it elsewhere too.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    graph = model.graph
    shape = [STAND_IN, table.shape[1]]
    (small,) = (tensor for tensor in graph.initializer if list(tensor.dims) == shape)
    users = [(n, node) for n, node in enumerate(graph.node) if small.name in node.input]
    if len(users) != 1 or users[0][1].op_type != "Gather":
        raise LookupError("the word table is not only gathered from")
    held = dict(
        zip((f"{small.name}{NUMBERS}", f"{small.name}{SCALES}"), quantized(table), strict=True)
    )
    graph.initializer.remove(small)
    graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in held.items())
    place, gather = users[0]
    graph.node.remove(gather)
    for step in reversed(_steps(gather, list(held))):
        graph.node.insert(place, step)
    share_tables(model, path.parent)
    onnx.save(model, path)


def share_tables(model: Any, folder: Path) -> None:
    """Move the tables of an `onnx.ModelProto` to the file `FILE` in *folder*.

    If another graph of the same model wrote the file, the tables are used from there.
    """
    from onnx import TensorProto

    tables = [t for t in model.graph.initializer if t.name.endswith((NUMBERS, SCALES))]
    tables.sort(key=lambda tensor: str(tensor.name))
    content = bytearray()
    for tensor in tables:
        content += bytes(-len(content) % PAGE)
        place = {"location": FILE, "offset": len(content), "length": len(tensor.raw_data)}
        content += tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
    if tables and not (folder / FILE).exists():
        (folder / FILE).write_bytes(content)


def _steps(gather: Any, held: list[str]) -> list[Any]:
    """Return the graph nodes that replace *gather*: they return rows of the table in 32 bits.

    *held* has the names of the two tensors with the 8-bit numbers and with the scales.
    """
    from onnx import TensorProto, helper, numpy_helper

    numbers, scales = held
    ids, rows = gather.input[1], gather.output[0]
    shape = numpy_helper.from_array(np.array([0, 0, -1], dtype=np.int64))
    return [
        helper.make_node("Gather", [numbers, ids], [f"{numbers}_rows"]),
        helper.make_node("Gather", [scales, ids], [f"{scales}_rows"]),
        helper.make_node("Cast", [f"{numbers}_rows"], [f"{numbers}_float"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [f"{scales}_rows"], [f"{scales}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{numbers}_float", f"{scales}_float"], [f"{rows}_blocks"]),
        helper.make_node("Constant", [], [f"{rows}_shape"], value=shape),
        helper.make_node("Reshape", [f"{rows}_blocks", f"{rows}_shape"], [rows]),
    ]
