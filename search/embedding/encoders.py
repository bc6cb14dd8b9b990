"""Conventions of text encoders: prefixes, pooling and length.

Some encoders are trained on questions and passages with a prefix each. A folder often does not
name them, so known models are listed here by name.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Convention:
    """Form in which a model expects its texts."""

    question: str = ""  # before each question
    passage: str = ""  # before each passage
    pooling: str = "mean"  # "mean" of the token vectors, or "cls": the first one
    limit: int = 512  # longest text in tokens, with the prefix
    language: str = ""  # of the questions: BCP 47; `MANY`: about a hundred; "": not known


MANY = "mul"  # "multiple languages" of BCP 47

_E5 = Convention(question="query: ", passage="passage: ", language=MANY)
_BGE = Convention(
    question="Represent this sentence for searching relevant passages: ",
    pooling="cls",
    language="en",
)

CONVENTIONS = {
    "all-MiniLM-L6-v2": Convention(limit=256, language="en"),
    "all-mpnet-base-v2": Convention(limit=384, language="en"),
    "mentoring-e5-small-1": _E5,
    "multilingual-e5-small": _E5,
    "multilingual-e5-base": _E5,
    "multilingual-e5-large": _E5,
    "bge-small-en-v1.5": _BGE,
    "bge-base-en-v1.5": _BGE,
    "bge-large-en-v1.5": _BGE,
}
"""Conventions of known models, by name without the publisher."""

TRAINED_ON_MENTORING = frozenset(["mentoring-e5-small-1"])
"""Models that were trained on questions and advice in other words (docs/encoder.md)."""


def convention_of(model: str, encoder: Any) -> Convention:
    """Return the convention of a model, by its name or else from its own configuration.

    Args:
        model: name of the model, with or without its publisher and its revision.
        encoder: the model as a `SentenceTransformer`.
    """
    if known := _known(model):
        return known
    prompts = {name: text or "" for name, text in (encoder.prompts or {}).items()}
    pooling = encoder[1].pooling_mode if len(encoder) > 1 else ""
    return Convention(
        question=prompts.get("query", ""),
        passage=prompts.get("passage", "") or prompts.get("document", ""),
        pooling=pooling if isinstance(pooling, str) else "",
        limit=int(encoder.max_seq_length),
    )


def question_language(model: str) -> str:
    """Return the language in which questions are compared by meaning; empty if it is not known.

    Args:
        model: name of the model, with or without its publisher; empty if search has no model.
    """
    known = _known(model)
    return known.language if known else ""


def _known(model: str) -> Convention | None:
    return CONVENTIONS.get(model.partition("@")[0].rpartition("/")[2])
