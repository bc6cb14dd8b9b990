"""Tests of token ids: stored tokenizers of two kinds, and texts over the token limit."""

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from search.embedding.tokenization import TOKENS, TextTokenizer, whole_words, write_tokenizer

TEXTS = (
    "ask for feedback",
    "  Ask\tfor   feed back, feedfeed",
    "ask §§ for §a",
    "▁ask ba bac back backa",
    "",
    " ",
)


def unigram() -> Tokenizer:
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁ask", "▁for", "▁feed", "back", "a", "b", "c"]
    tokens += ["k", "fe", "e", "ed", "d", "ac", "▁f", "ba", "s", "sk"]
    scored = [
        (token, -float(place % 7) - 2 * (len(token) < 3)) for place, token in enumerate(tokens)
    ]
    tokenizer = Tokenizer(models.Unigram(scored, 3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def word_piece() -> Tokenizer:
    tokens = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "ask", "for", "feed", "##back", "a"]
    tokenizer = Tokenizer(
        models.WordPiece({token: place for place, token in enumerate(tokens)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.enable_padding(length=16)  # as in the file of MiniLM
    return tokenizer


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("make", [unigram, word_piece])
def test_a_written_tokenizer_finds_the_same_tokens(tmp_path, make, text):
    """A tokenizer that was stored and opened again gives the token ids of the original."""
    original = make()
    special = write_tokenizer(original, tmp_path)
    original.no_padding()

    found = TextTokenizer(tmp_path, special, limit=64).pieces(text)

    assert found == [original.encode(text).ids]
    assert (tmp_path / TOKENS).exists() == (make is unigram)


@pytest.mark.parametrize("make", [unigram, word_piece])
def test_each_piece_of_a_long_text_has_the_prefix(tmp_path, make):
    """A text over the token limit is split into pieces within the limit.

    Each piece has the prefix and the special tokens.
    """
    tokenizer = TextTokenizer(tmp_path, write_tokenizer(make(), tmp_path), limit=8)
    (first, *_), (prefix, *_) = tokenizer.pieces("feedback"), tokenizer.pieces("ask for")

    pieces = tokenizer.pieces("feedback" + " feedback" * 4, "ask for ")

    assert len(pieces) == 3
    assert all(piece[:3] == prefix[:3] and piece[-1] == first[-1] for piece in pieces)
    assert max(map(len, pieces)) == 8
    assert [token for piece in pieces for token in piece[3:-1]] == first[1:3] * 5


def test_whole_words_have_no_marker_of_the_tokenizer(tmp_path):
    """The words of a tokenizer are its tokens at the start of a word, without the marker."""
    special = write_tokenizer(unigram(), tmp_path)

    assert whole_words(unigram()) == {"ask", "for", "feed", "f"}
    assert TextTokenizer(tmp_path, special, 8).words() == {"ask", "for", "feed", "f"}
    assert whole_words(word_piece()) == {"ask", "for", "feed", "a"}
