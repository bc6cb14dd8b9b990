"""Export of a model for ONNX Runtime, if its vectors agree with those of the reference."""

import json
import logging
import os
import shutil
import time
from pathlib import Path

import numpy as np

from library.files import convert_disk_errors
from library.weights import Weights
from search.embedding.eight_bits import EIGHT, write_eight_bits
from search.embedding.onnx_embedder import OnnxEmbedder
from search.embedding.onnx_export import ABOUT, UnusableExportError, write_graph
from search.embedding.reference_embedder import open_reference
from search.embedding.text_vectors import Vectors, unit

logger = logging.getLogger(__name__)

AGREEMENT = 0.9999  # minimum agreement of the 32-bit export and the reference
NEAR = 0.98  # minimum agreement of the 8-bit graph and the reference; far lower after overflow
FASTER = 0.8  # maximum time of the 8-bit graph, relative to the 32-bit graph
PROBES = (
    "What would you tell somebody who leads a team for the first time?",
    "Maya: I waited too long.\nTom: And then you said it in front of everybody.",
    "feedback",
    "Ines: So the first year I said yes to everything, every committee, every talk, and I paid.",
    "Paul: How did you find the money?\nInes: We asked three times. It was one page, 12,500.",
    "Who decided that the old harbour bridge had to be closed in winter?",
    "Right. Yeah. No, no, go on.",
    "¿Qué harías si nadie te escucha? Ich würde zuerst fragen, warum.",
    # One text as long as a passage, and one nearly at the token limit of the model. On processors
    # without VNNI, 8-bit sums overflow in long texts first. Longer texts are cut into pieces.
    (
        "Ines: I kept a notebook in that year, one page a week, with what I had promised, and to "
        "whom. In March I counted. Of forty promises I had kept nineteen, and nobody complained "
        "about the others, because nobody had expected me to keep them. That hurt more than a "
        "complaint. Paul: So what did you change? Ines: I stopped answering in the room. I said, "
        "you will hear from me on Thursday, and on Thursday they did."
    ),
    "We opened the bridge again. " * 40,
)


def export(weights: Weights, folder: Path, threads: int) -> None:
    """Export the model to *folder* for ONNX Runtime, if the vectors agree with the reference.

    Concurrent processes write to separate folders. The first one to rename its folder wins.

    Raises:
        UnusableExportError: the vectors differ from the reference.
    """
    encoder, convention = open_reference(weights, threads)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with convert_disk_errors():
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        write_graph(encoder, convention, unfinished)
        exact = OnnxEmbedder(weights.name, unfinished, threads=threads)
        theirs = encoder.encode(list(PROBES), prompt=convention.passage, show_progress_bar=False)
        probes = unit(np.asarray(theirs))
        if (found := agreement(exact, probes)) < AGREEMENT:
            raise UnusableExportError(f"vectors agree only to {found:.5f}")
        _choose(exact, probes, unfinished, threads)
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def agreement(embedder: OnnxEmbedder, probes: Vectors) -> float:
    """Return the lowest agreement of the embedder's vectors of `PROBES` with the reference's.

    The agreement is 1 for equal vectors, and 0 if they differ as much as vectors of two different
    texts on average. The cosine alone says less: with e5, even different texts have cosines over
    0.7.

    Args:
        embedder: the exported model.
        probes: the reference vectors, `(len(PROBES), dimension) float32`.
    """
    cosines = probes @ probes.T
    usual = 1 - float(cosines[~np.eye(len(probes), dtype=bool)].mean())
    found = float((embedder.embed_passages(PROBES) * probes).sum(axis=1).min())
    return 1 - (1 - found) / usual


def _choose(exact: OnnxEmbedder, probes: Vectors, folder: Path, threads: int) -> None:
    """Decide whether the export in *folder* uses its 8-bit graph, and store this in its metadata.

    The 8-bit graph is compared with *exact*, the embedder with the 32-bit graph. The vectors of the
    reference for the test texts `PROBES` are *probes*, `(len(PROBES), dimension) float32`. They are
    stored too.
    """
    path = folder / ABOUT
    about = json.loads(path.read_text(encoding="utf-8"))
    about |= {"eight": False, "probes": probes.tolist()}
    # After any failure of the quantizer, the 32-bit graph still works.
    try:
        about["eight"] = any(
            _is_better(exact, probes, folder, threads, in_blocks=in_blocks)
            for in_blocks in (False, True)
        )
    except Exception as error:  # noqa: BLE001
        logger.warning("The embedding model cannot be quantized and stays in 32 bits: %s", error)
    with convert_disk_errors():
        path.write_text(json.dumps(about), encoding="utf-8")


def _is_better(
    exact: OnnxEmbedder, probes: Vectors, folder: Path, threads: int, *, in_blocks: bool
) -> bool:
    """Write the 8-bit graph. Return whether it is accurate, and faster than the 32-bit graph.

    The reference vectors *probes* have the shape `(len(PROBES), dimension) float32`.
    """
    write_eight_bits(folder, in_blocks=in_blocks)
    eight = OnnxEmbedder(exact.model, folder, EIGHT, threads=threads)
    found = agreement(eight, probes)
    share = min(_seconds(eight) / _seconds(exact) for _ in range(3))
    logger.info("8-bit embedding: agreement %.4f, %.2f of the time in 32 bits.", found, share)
    return found >= NEAR and share <= FASTER


def _seconds(embedder: OnnxEmbedder) -> float:
    """Return the processor time, in seconds, that the embedder needs for the texts `PROBES`."""
    begun = time.process_time()
    embedder.embed_passages(PROBES)
    return time.process_time() - begun
