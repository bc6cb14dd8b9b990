"""Writes a sentence-transformers model for ONNX Runtime, in 32 bits and in 8.

A home of torch's exporter, and of ONNX Runtime's tools for graphs.
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from library.files import storage_errors

logger = logging.getLogger(__name__)

EXACT, EIGHT = "model.onnx", "model-8.onnx"
ABOUT, TOKENIZER = "about.json", "tokenizer.json"
TRACED = (
    "What would you tell somebody who leads a team for the first time?",
    "feedback",
)


MASKED = 5  # inputs of an attention whose last one is the mask: query, key, value, bias, mask


class UnusableExportError(Exception):
    """The exported model cannot stand in for the reference; says why."""


def write_graphs(encoder: Any, folder: Path) -> None:
    """Write a SentenceTransformer into *folder*: graphs, tokenizer and what is to know of them.

    The graphs take one text at a time. Numbers of the text are turned into eight bits by the
    largest of them, so that a vector would depend on its neighbours in a batch and on what fills
    up the shorter ones; with one text there is nothing that it could depend on.

    Raises:
        UnusableExportError: the model is not made of the usual layers.
    """
    pooling = encoder[1].pooling_mode if len(encoder) > 1 else None
    if pooling not in {"mean", "cls"} or len(encoder) > 3:
        raise UnusableExportError("its layers are not a transformer, a pooling and a normalisation")
    encoder.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    with _quietly():
        trace(encoder, folder / EXACT)
        _fuse(encoder[0].auto_model.config, folder / EXACT)
    # Whatever the quantiser stumbles over: there is the graph in 32 bits.
    try:
        with _quietly():
            _quantise(folder / EXACT, folder / EIGHT)
    except Exception as error:  # noqa: BLE001
        (folder / EIGHT).unlink(missing_ok=True)
        logger.warning("The embedding model stays in 32 bits: %s", error)
    about = {
        "limit": int(encoder.max_seq_length),
        "pooling": pooling,
        "dimension": int(encoder.get_embedding_dimension()),
    }
    with storage_errors():
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


def trace(encoder: Any, path: Path) -> None:
    """Write a SentenceTransformer's transformer as torch exports it: tokens in, tokens out."""
    import torch

    encoder[0].auto_model.set_attn_implementation("eager")  # the one that the exporter can write
    names = [n for n in encoder.tokenizer.model_input_names if n != "special_tokens_mask"]
    tokens = encoder.tokenizer(list(TRACED), padding=True, return_tensors="pt")

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = encoder[0].auto_model.eval()

        def forward(self, *given: Any) -> Any:
            return self.transformer(**dict(zip(names, given, strict=True))).last_hidden_state

    with torch.no_grad():
        torch.onnx.export(
            Tokens(),
            tuple(tokens[name] for name in names),
            str(path),
            input_names=names,
            output_names=["tokens"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in (*names, "tokens")},
            opset_version=17,
            dynamo=False,
        )


def _fuse(config: Any, path: Path) -> None:
    """Make one step of each attention, and let it look at all tokens: one text has no padding."""
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.use_multi_head_attention = True  # its matrices stay apart, to be turned into 8 bits
    options.enable_embed_layer_norm = False
    options.enable_skip_layer_norm = False
    options.enable_bias_skip_layer_norm = False
    options.enable_bias_gelu = False  # the bias goes with the product before it
    fused = optimize_model(
        str(path),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        optimization_options=options,
    )
    for node in fused.model.graph.node:
        if node.op_type == "MultiHeadAttention" and len(node.input) == MASKED:
            node.input.pop()
    fused.prune_graph()
    fused.save_model_to_file(str(path))


def _quantise(exact: Path, eight: Path) -> None:
    """Write the products in eight bits: a scale for each column of a matrix, one for the text."""
    from onnx import TensorProto
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(
        str(exact),
        str(eight),
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to themselves what the tools for graphs tell of their own work, at length."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
