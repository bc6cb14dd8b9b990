"""Conversion of the product's Whisper weights to a checkpoint of openai-whisper.

The input is CTranslate2's model.bin (version 6): named arrays, then aliases. CTranslate2 stores
the projections of an attention layer in one array. openai-whisper stores each projection
separately. The conversion is a separate process (`python -m benchmarks.openai_whisper FOLDER
INTO`), so that no engine's peak memory includes it.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

DTYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
Arrays = dict[str, npt.NDArray[np.float32]]


def read_model(path: Path) -> Arrays:
    """Return the arrays of a CTranslate2 model.bin by name, as float32.

    Raises:
        ValueError: The format is older than version 4.
    """
    with path.open("rb") as file:
        version = _number(file, "I")
        if version < 4:
            raise ValueError(f"{path} has format version {version}. Use version 4 or later.")
        _text(file)
        _number(file, "I")
        arrays = dict(_array(file) for _ in range(_number(file, "I")))
        aliases = [(_text(file), _text(file)) for _ in range(_number(file, "I"))]
    return arrays | {alias: arrays[name] for alias, name in aliases if name in arrays}


def convert(folder: Path, into: Path) -> None:
    """Write the weights in *folder* to the openai-whisper checkpoint *into*."""
    import torch

    arrays = read_model(folder / "model.bin")
    vocabulary, width = arrays["decoder/embeddings/weight"].shape
    layers = sum(name.endswith("ffn/linear_0/bias") for name in arrays) // 2
    frames, mels = 1500, arrays["encoder/conv1/weight"].shape[1]
    state = {name: torch.from_numpy(value) for name, value in state_dict(arrays, layers)}
    state["encoder.positional_embedding"] = torch.from_numpy(_sinusoids(frames, width))
    sizes = {
        "n_mels": mels,
        "n_audio_ctx": frames,
        "n_audio_state": width,
        "n_audio_head": width // 64,
        "n_audio_layer": layers,
        "n_vocab": vocabulary,
        "n_text_ctx": arrays["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": width,
        "n_text_head": width // 64,
        "n_text_layer": layers,
    }
    torch.save({"dims": sizes, "model_state_dict": state}, into)


def state_dict(arrays: Arrays, layers: int) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield (name, array) for all arrays, with the names that openai-whisper uses.

    *layers* is the number of transformer blocks of the encoder, and also of the decoder.
    """
    for conv in ("conv1", "conv2"):
        for kind in ("weight", "bias"):
            yield f"encoder.{conv}.{kind}", arrays[f"encoder/{conv}/{kind}"]
    yield "decoder.token_embedding.weight", arrays["decoder/embeddings/weight"]
    yield "decoder.positional_embedding", arrays["decoder/position_encodings/encodings"]
    yield from _norm(arrays, "encoder/layer_norm", "encoder.ln_post")
    yield from _norm(arrays, "decoder/layer_norm", "decoder.ln")
    for side in ("encoder", "decoder"):
        for index in range(layers):
            yield from _layer(arrays, f"{side}/layer_{index}", f"{side}.blocks.{index}")


def _layer(arrays: Arrays, ours: str, theirs: str) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield (name, array) for one transformer block, with the names that openai-whisper uses.

    The parts are self-attention, cross-attention (decoder only) and feed-forward network.

    Args:
        arrays: all arrays of the model by their CTranslate2 name.
        ours: beginning of the names of this block in CTranslate2.
        theirs: beginning of the names of this block in openai-whisper.
    """
    own = f"{ours}/self_attention"
    yield from _norm(arrays, f"{own}/layer_norm", f"{theirs}.attn_ln")
    yield from _split(arrays, f"{own}/linear_0", f"{theirs}.attn", ("query", "key", "value"))
    yield from _split(arrays, f"{own}/linear_1", f"{theirs}.attn", ("out",))
    cross = f"{ours}/attention"
    if f"{cross}/linear_0/weight" in arrays:
        yield from _norm(arrays, f"{cross}/layer_norm", f"{theirs}.cross_attn_ln")
        yield from _split(arrays, f"{cross}/linear_0", f"{theirs}.cross_attn", ("query",))
        yield from _split(arrays, f"{cross}/linear_1", f"{theirs}.cross_attn", ("key", "value"))
        yield from _split(arrays, f"{cross}/linear_2", f"{theirs}.cross_attn", ("out",))
    yield from _norm(arrays, f"{ours}/ffn/layer_norm", f"{theirs}.mlp_ln")
    for linear, place in (("linear_0", "0"), ("linear_1", "2")):
        for kind in ("weight", "bias"):
            yield f"{theirs}.mlp.{place}.{kind}", arrays[f"{ours}/ffn/{linear}/{kind}"]


def _norm(arrays: Arrays, ours: str, theirs: str) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield (name, array) for the weight and the bias of a layer normalisation.

    Its names begin with *ours* in CTranslate2 and with *theirs* in openai-whisper.
    """
    yield f"{theirs}.weight", arrays[f"{ours}/gamma"]
    yield f"{theirs}.bias", arrays[f"{ours}/beta"]


def _split(
    arrays: Arrays, ours: str, theirs: str, names: tuple[str, ...]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield (name, array) for weight and bias of several projections that are stored in one array.

    Their names begin with *ours* in CTranslate2. In openai-whisper, they begin with *theirs* and
    one of *names*. The projection of the keys ("key") has no bias there.
    """
    weights = np.split(arrays[f"{ours}/weight"], len(names))
    biases = np.split(arrays[f"{ours}/bias"], len(names))
    for name, weight, bias in zip(names, weights, biases, strict=True):
        yield f"{theirs}.{name}.weight", weight
        if name != "key":
            yield f"{theirs}.{name}.bias", bias


def _sinusoids(frames: int, width: int) -> npt.NDArray[np.float32]:
    """Return the sinusoidal position embeddings of the encoder, `(frames, width) float32`.

    They are sines, then cosines, of falling frequency (Vaswani et al. 2017).
    """
    frequencies = np.exp(-np.log(10_000) * np.arange(width // 2) / (width // 2 - 1))
    angles = np.arange(frames)[:, None] * frequencies[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _number(file: BinaryIO, kind: str) -> int:
    """Read one little-endian integer of the `struct` format *kind*."""
    return int(struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0])


def _text(file: BinaryIO) -> str:
    """Read a string that is stored with its length before it and a zero byte after it."""
    return file.read(_number(file, "H")).rstrip(b"\0").decode()


def _array(file: BinaryIO) -> tuple[str, npt.NDArray[np.float32]]:
    """Read one array, and return its name and its values as float32."""
    name, rank = _text(file), _number(file, "B")
    shape = [_number(file, "I") for _ in range(rank)]
    dtype = DTYPES[_number(file, "B")]
    raw = file.read(_number(file, "I"))
    return name, np.frombuffer(raw, dtype).reshape(shape).astype(np.float32)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
