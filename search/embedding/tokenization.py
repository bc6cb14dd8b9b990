"""Token ids of texts for exported models.

The Unigram model of the package tokenizers needs 280 MB for the 250,000 tokens of multilingual-e5.
`UnigramModel` needs 30 MB and finds the same tokens. The rest of a tokenizer is used as it is.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from library.files import convert_disk_errors

TOKENIZER, TOKENS, SCORES = "tokenizer.json", "tokens.txt", "scores.npy"
WORD_START = "▁"  # the Metaspace character, which stands for a space
UNKNOWN_PENALTY = 10.0  # an unknown character scores so much less than the rarest token
REMEMBERED = 20_000  # cached words; 5 MB


class TextTokenizer:
    """Tokenizer that cuts long texts into pieces which a model can take."""

    def __init__(self, folder: Path, special: Mapping[str, Any], limit: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        known = (folder / TOKENS).exists()
        self._unigram = UnigramModel(folder, special["unknown"]) if known else None
        self._before, self._after = special["before"], special["after"]
        self._room = limit - len(self._before) - len(self._after)

    def pieces(self, text: str, prefix: str = "") -> list[list[int]]:
        """Return the token ids of a text in pieces, each with the prefix and the special tokens."""
        ids = self._ids(prefix + text)
        prefix_ids = self._ids(prefix.rstrip()) if prefix and len(ids) > self._room else []
        step = self._room - len(prefix_ids)
        rest = range(self._room, len(ids), step)
        contents = [ids[: self._room], *(prefix_ids + ids[at : at + step] for at in rest)]
        return [[*self._before, *content, *self._after] for content in contents]

    def words(self) -> frozenset[str]:
        """Return the tokens that are whole words. Tokens inside of words are left out."""
        if self._unigram:
            return self._unigram.words()
        return whole_words(self._tokenizer)

    def _ids(self, text: str) -> list[int]:
        if self._unigram is None:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
            return ids
        normalizer = self._tokenizer.normalizer
        plain = normalizer.normalize_str(text) if normalizer else text
        words = self._tokenizer.pre_tokenizer.pre_tokenize_str(plain) if plain else []
        return [token for word, _ in words for token in self._unigram.tokens(word)]


class UnigramModel:
    """Unigram model (Kudo 2018): the most probable segmentation of a word into tokens."""

    def __init__(self, folder: Path, unknown: int) -> None:
        tokens = (folder / TOKENS).read_text("utf-8").split("\0")
        self._numbers = {token: number for number, token in enumerate(tokens)}
        self._scores = np.load(folder / SCORES)
        self._longest = max(map(len, tokens))
        self._unknown = unknown
        self._unknown_score = float(self._scores.min()) - UNKNOWN_PENALTY
        self.tokens = lru_cache(REMEMBERED)(self._tokens)

    def words(self) -> frozenset[str]:
        """Return the tokens that begin a word and consist of letters."""
        starts = (t.removeprefix(WORD_START) for t in self._numbers if t.startswith(WORD_START))
        return frozenset(word for word in starts if word.isalpha())

    def _tokens(self, word: str) -> Sequence[int]:
        """Return the token ids of a word (Viterbi 1967).

        Adjacent unknown characters become one unknown token.
        """
        size = len(word)
        best = [0.0] + [-np.inf] * size  # score of the best segmentation that ends at a character
        start, token = [0] * (size + 1), [self._unknown] * (size + 1)
        for begin in range(size):
            score, alone = best[begin], False
            for end in range(begin + 1, min(begin + self._longest, size) + 1):
                number = self._numbers.get(word[begin:end])
                if number is None:
                    continue
                alone |= end == begin + 1
                if score + self._scores[number] > best[end]:
                    best[end], start[end] = score + self._scores[number], begin
                    token[end] = number
            if not alone and score + self._unknown_score > best[begin + 1]:
                best[begin + 1], start[begin + 1] = score + self._unknown_score, begin
                token[begin + 1] = self._unknown
        found: list[int] = []
        end = size
        while end:
            if not (found and found[-1] == token[end] == self._unknown):
                found.append(token[end])
            end = start[end]
        return tuple(reversed(found))


def whole_words(tokenizer: Any) -> frozenset[str]:
    """Return the vocabulary entries of a tokenizer that are whole words.

    WordPiece marks tokens inside of words. Metaspace marks the first token of a word.
    """
    vocabulary = tokenizer.get_vocab()
    starts = [token.removeprefix(WORD_START) for token in vocabulary if token[:1] == WORD_START]
    return frozenset(token for token in starts or vocabulary if token.isalpha())


def write_tokenizer(tokenizer: Any, folder: Path) -> dict[str, Any]:
    """Write a `tokenizers.Tokenizer` to *folder*, for `TextTokenizer`.

    Returns:
        Ids of the special tokens before and after each text, and of the unknown token.
    """
    tokenizer = type(tokenizer).from_str(tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    example = tokenizer.encode("a")
    inside = [place for place, mask in enumerate(example.special_tokens_mask) if not mask]
    special = {"before": example.ids[: inside[0]], "after": example.ids[inside[-1] + 1 :]}
    content = json.loads(tokenizer.to_str())
    model = content["model"]
    with convert_disk_errors():
        if model["type"] == "Unigram" and not model.get("byte_fallback"):
            tokens, scores = zip(*model["vocab"], strict=True)
            (folder / TOKENS).write_text("\0".join(tokens), encoding="utf-8")
            np.save(folder / SCORES, np.array(scores, dtype=np.float64))
            special["unknown"] = model["unk_id"]
            content |= {"added_tokens": [], "post_processor": None}
            content["model"] = model | {"unk_id": 0, "vocab": [[tokens[model["unk_id"]], 0.0]]}
        (folder / TOKENIZER).write_text(json.dumps(content), encoding="utf-8")
    return special
