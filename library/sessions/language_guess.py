"""Language of a text, guessed by its script and its stop words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from library.sessions.stop_words import STOP_WORDS

READ = 20_000  # characters that are read of a long text
FEWEST = 2  # minimum stop words of the language in the text
SHARE = 0.1  # minimum share of stop words in the words of a text

_WORD = re.compile(r"[^\W\d_]+")
# Scripts of one language, and of several languages with the language assumed for them.
_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u3400-\u9fff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hy": re.compile("[\u0530-\u058f]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
_KANA = 0.1  # minimum share of kana in Japanese text; Chinese text has hardly any


def guess_language(text: str) -> str:
    """Return the language of a text (BCP 47 primary tag); empty if it is not clear."""
    text = unicodedata.normalize("NFC", text[:READ])
    letters = sum(map(str.isalpha, text))
    if not letters:
        return ""
    if not text.isascii():
        counts = {tag: len(script.findall(text)) for tag, script in _SCRIPTS.items()}
        tag = max(counts, key=counts.__getitem__)
        if 2 * sum(counts.values()) > letters:
            return _of_script(tag, counts, text)
    return _by_words(text, _LATIN)


def _of_script(tag: str, counts: Mapping[str, int], text: str) -> str:
    """Return the language of a text in the script of the language *tag*."""
    if tag in {"zh", "ja"}:
        return "ja" if counts["ja"] > _KANA * (counts["zh"] + counts["ja"]) else "zh"
    if tag == "ar":
        return _by_words(text, ("ar", "fa")) or ("fa" if re.search("[پچژگیک]", text) else "ar")
    if tag == "ru":
        return _by_words(text, ("ru", "uk")) or ("uk" if re.search("[іїєґ]", text) else "ru")
    return tag


def _by_words(text: str, languages: Sequence[str]) -> str:
    """Return the language with the most stop words in the text; empty if no one has the most."""
    words = [_plain(word) for word in _WORD.findall(text)]
    counts = Counter(tag for word in words for tag in _BY_WORD.get(word, ()) if tag in languages)
    best = counts.most_common(2)
    if not best or best[0][1] < max(FEWEST, SHARE * len(words)):
        return ""
    return "" if len(best) == 2 and best[1][1] == best[0][1] else best[0][0]


def _plain(word: str) -> str:
    """Return a word in lower case without accents, because many people do not type them."""
    word = word.casefold()
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(c for c in parts if not unicodedata.combining(c))


_OTHER_SCRIPTS = {"ar", "el", "fa", "he", "hi", "ja", "ru", "uk", "zh"}
_LATIN = tuple(tag for tag in STOP_WORDS if tag not in _OTHER_SCRIPTS)


def _languages_by_word() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for tag, words in STOP_WORDS.items():
        for word in {_plain(word) for word in words}:
            found.setdefault(word, []).append(tag)
    return found


_BY_WORD = _languages_by_word()
