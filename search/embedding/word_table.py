"""Large word tables of ONNX graphs, kept in eight bits in a file of their own.

A row of a table is used as it is found, so only rows of words that occur are computed. ONNX Runtime
maps the file into memory: all processes share it, and only rows of words that occur are read.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 100_000_000  # bytes of a table that is kept in eight bits
BLOCK = 32  # values that share one scale
STEPS = 128
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
    blocks = table.reshape(len(table), -1, BLOCK)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (largest / -STEPS).astype(np.float16)
    divisors = np.where(scales == 0, 1, scales).astype(np.float32)
    numbers = np.clip(np.rint(blocks / divisors), -STEPS, STEPS - 1)
    return numbers.astype(np.int8), scales


def quantize_tables(path: Path) -> None:
    """Quantize each large table of an ONNX file from which a node gathers rows.

    The tables move to the file `FILE` in the same folder.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    graph = model.graph
    large = {t.name: t for t in graph.initializer if 4 * int(np.prod(t.dims)) > LARGE}
    users = Counter(name for node in graph.node for name in node.input)
    for place, node in reversed(list(enumerate(graph.node))):
        table = large.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or users[table.name] > 1 or len(table.dims) != 2 or table.dims[1] % BLOCK:
            continue
        numbers, scales = quantized(numpy_helper.to_array(table))
        graph.initializer.remove(table)
        held = {f"{table.name}{NUMBERS}": numbers, f"{table.name}{SCALES}": scales}
        graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in held.items())
        del graph.node[place]
        for step in reversed(_steps(node, list(held))):
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
    """Return the nodes that gather rows of numbers and scales, and multiply them."""
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
