"""Folding: all spellings of a letter become one, and text is split into words.

Case, accents, width, ligatures, strokes and invisible characters do not distinguish words. Marks
that distinguish letters stay: vowel signs of Indic scripts, tones of Thai, voicing of kana.
"""

import re
import unicodedata

# Letters that Unicode does not decompose, and letters with two code points.
LETTERS = {
    "\u0111": "d",  # đ
    "\u00f0": "d",  # ð
    "\u0142": "l",  # ł
    "\u00f8": "o",  # ø
    "\u0153": "oe",  # œ
    "\u00e6": "ae",  # æ
    "\u00fe": "th",  # þ
    "\u0131": "i",  # dotless i
    "\u0127": "h",  # ħ
    "\u0167": "t",  # ŧ
    "\u0180": "b",  # ƀ
    "\u0649": "\u064a",  # Arabic alef maksura: yeh
    "\u06cc": "\u064a",  # Persian yeh: Arabic yeh
    "\u06a9": "\u0643",  # Persian kaf: Arabic kaf
    "\u0671": "\u0627",  # Arabic alef wasla: alef
    "\u0640": "",  # Arabic tatweel, which only lengthens a word
}
SHORT_I = "\u0439"  # Cyrillic й is a letter of its own; its mark is no accent
KANA_AND_INDIC = range(7, 10)  # combining classes of nukta, voicing and virama
OTHER_LETTER_MARKS = range(84, 133)  # combining classes of marks in Indic scripts, Thai, Lao …
GROUPED = re.compile(  # 1,250,000 or 1.250.000 or 1 250 000 with narrow spaces
    "\\d{1,3}(?:[,.'\u2019\u00a0\u2009\u202f]\\d{3})+(?!\\d)"
)
SEPARATOR = re.compile(r"\D")
FIRST_EMOJI = 0x2600  # older symbols, such as the sign for degrees, are no words


def _is_letter_mark(mark: str) -> bool:
    kind = unicodedata.combining(mark)
    if kind == 0:  # a vowel sign, unless it only selects or encloses
        return unicodedata.category(mark) != "Me" and "VARIATION" not in unicodedata.name(mark, "")
    return kind in KANA_AND_INDIC or kind in OTHER_LETTER_MARKS


def _folded(char: str) -> str:
    """Return the folded form of a character in lower case; empty for one without meaning."""
    if char == SHORT_I:
        return char
    if unicodedata.category(char) == "Cf":  # soft hyphens, joiners, marks of direction
        return ""
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    letters = [
        LETTERS.get(part, part)
        for part in unicodedata.normalize("NFKD", char)
        if not unicodedata.category(part).startswith("M") or _is_letter_mark(part)
    ]
    return unicodedata.normalize("NFC", "".join(letters))


class _Folded(dict[int, str]):
    """Translation table of `fold`."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _folded(chr(code))
        return found


class _Spaced(dict[int, str]):
    """Translation table that keeps the characters of words, and maps all else to spaces.

    It is faster than a regular expression for words. An emoji is a word of its own.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)
        if char.isalnum() or kind.startswith("M"):
            self[code] = char
        elif kind == "So" and code >= FIRST_EMOJI:
            self[code] = f" {char} "
        else:
            self[code] = " "
        return self[code]


_FOLDED = _Folded()
_SPACED = _Spaced()


def fold(text: str) -> str:
    """Return text in lower case without accents: Müller and MULLER are the same word."""
    text = text.casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)


def join_digits(text: str) -> str:
    """Return text with the digits of each number together: 1250000 for 1,250,000."""
    return GROUPED.sub(_joined, text)


def _joined(number: re.Match[str]) -> str:
    before = number.string[number.start() - 1 : number.start()]
    if before.isdigit() or before in {",", "."}:  # the end of another number
        return number.group()
    return SEPARATOR.sub("", number.group())


def fold_text(text: str) -> str:
    """Return the folded text with the digits of each number together."""
    return fold(join_digits(text))


def split_words(folded: str) -> list[str]:
    """Return the words of a folded text, as they are separated in it."""
    return folded.translate(_SPACED).split()


def compose(text: str) -> str:
    """Return text in which each letter with accents is one character (NFC)."""
    return unicodedata.normalize("NFC", text)
