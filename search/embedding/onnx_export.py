"""Export of sentence-transformers models for ONNX Runtime, in 32 bits.

The export uses torch's exporter and the graph tools of ONNX Runtime.
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from library.files import convert_disk_errors
from search.embedding.encoders import Convention
from search.embedding.tokenization import write_tokenizer
from search.embedding.word_table import insert_table, stand_in

EXACT = "model.onnx"
ABOUT = "about.json"
TRACED = (
    "What would you tell somebody who leads a team for the first time?",
    "feedback",
)


MASKED = 5  # number of inputs of an attention node with a mask: query, key, value, bias, mask


class UnusableExportError(Exception):
    """The exported model cannot replace the reference. The message gives the reason."""


def write_graph(encoder: Any, convention: Convention, folder: Path) -> None:
    """Write a SentenceTransformer to *folder*: graph, tokenizer and metadata.

    The graph takes one text at a time. Dynamic quantization scales activations by their largest
    value. In a batch, a vector would depend on the other texts and on the padding.

    Raises:
        UnusableExportError: the model does not consist of transformer, pooling and normalisation.
    """
    pooling = encoder[1].pooling_mode if len(encoder) > 1 else None
    if pooling not in {"mean", "cls"} or len(encoder) > 3:
        raise UnusableExportError("the layers are not transformer, pooling and normalisation")
    if (convention.question or convention.passage) and not encoder[1].include_prompt:
        raise UnusableExportError("the pooling leaves out the prefix")
    special = write_tokenizer(encoder.tokenizer.backend_tokenizer, folder)
    with quietly(), stand_in(encoder[0].auto_model) as table:
        trace(encoder, folder / EXACT)
        _fuse(encoder[0].auto_model.config, folder / EXACT)
        if table is not None:
            insert_table(folder / EXACT, table)
    about = {
        "question": convention.question,
        "passage": convention.passage,
        "special": special,
        "limit": int(encoder.max_seq_length),
        "pooling": pooling,
        "dimension": int(encoder.get_embedding_dimension()),
    }
    with convert_disk_errors():
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


def trace(encoder: Any, path: Path) -> None:
    """Export the transformer of a SentenceTransformer to an ONNX file.

    The graph computes a vector for each token id.
    """
    import torch

    # The exporter supports only this implementation of attention.
    encoder[0].auto_model.set_attn_implementation("eager")
    names = [n for n in encoder.tokenizer.model_input_names if n != "special_tokens_mask"]
    tokens = encoder.tokenizer(list(TRACED), padding=True, return_tensors="pt")
    tokens["input_ids"] %= encoder[0].auto_model.get_input_embeddings().weight.shape[0]

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
    """Fuse each attention of a graph into one node without a padding mask.

    The mask is not needed, because a single text has no padding.
    """
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.use_multi_head_attention = True  # separate attention matrices for quantization
    options.enable_embed_layer_norm = False
    options.enable_skip_layer_norm = False
    options.enable_bias_skip_layer_norm = False
    options.enable_bias_gelu = False  # keeps the bias in the matrix product before it
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


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress log messages and warnings of the graph tools."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
