"""Detection of personal details in a transcript that people may want to redact.

Detected are e-mail addresses, also spoken ("ada at example dot org"); valid telephone numbers
(libphonenumber's rules); payment cards (ISO/IEC 7812: length, first digit, check digit) and
accounts (IBAN, ISO 13616); and seven or more digits in a row spoken as English words.
Names, streets and dates are not detected.
"""

import enum
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import phonenumbers
from stdnum import iban, luhn

from library.models import MentoringSession
from library.removal.redaction import Chosen, TimeRange, Wording
from library.sessions.segments import SegmentDraft, spoken_words
from library.store import Transaction
from library.transcripts import versions
from library.translation import mark

REGIONS = {"en": ("GB", "US"), "de": ("DE", "CH", "AT"), "fr": ("FR", "CH"), "es": ("ES", "MX")}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SPOKEN_EMAIL = re.compile(
    r"\b[\w+-]+(?:(?:\.| dot )[\w+-]+)* at [\w-]+(?: dot [\w-]+)* dot [a-z]{2,10}\b", re.IGNORECASE
)
CARD = re.compile(r"(?<![\w-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
TOKEN = re.compile(r"[^\W_]+")
BETWEEN = re.compile(r"[\s,.;-]*")
DIGITS = {"oh": "0", "nought": "0", "zero": "0", "one": "1", "two": "2", "three": "3"} | {
    word: str(digit)
    for digit, word in enumerate(("four", "five", "six", "seven", "eight", "nine"), start=4)
}
TIMES = {"double": 2, "triple": 3}
FEWEST_DIGITS = 7  # minimum number of digits that are spoken in a row


class Kind(enum.StrEnum):
    """Kind of personal detail."""

    EMAIL = mark("e-mail address")
    PHONE = mark("telephone number")
    CARD = mark("payment card")
    ACCOUNT = mark("account number")


@dataclass(frozen=True)
class Hint:
    """Personal detail in a text, from the character `start` to the character before `end`."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class DetailLocation:
    """Personal detail in a source, with the range or wording to redact."""

    kind: Kind
    text: str
    chosen: Chosen


def hints(text: str, language: str = "") -> list[Hint]:
    """Return the personal details in *text*, in order and without overlaps.

    Args:
        text: a transcript or a part of it.
        language: language of the text (BCP 47). It selects the countries of telephone numbers.
    """
    found = [*_patterns(text), *_said_in_digits(text), *_phones(text, language)]
    chosen: list[Hint] = []
    for hint in found:  # kinds that are detected with more certainty come first
        if all(hint.end <= other.start or hint.start >= other.end for other in chosen):
            chosen.append(hint)
    return sorted(chosen, key=lambda hint: hint.start)


def counted(db: Transaction, session: MentoringSession) -> dict[int, Counter[Kind]]:
    """Return the number of personal details by source id and kind, for sources that have any."""
    found = {}
    for source in session.sources:
        version = versions.current_version(db, source.id)
        segments = versions.drafts_of(db, version.id) if version else []
        kinds = Counter(place.kind for place in places(source.id, segments, session.language))
        if kinds:
            found[source.id] = kinds
    return found


def places(
    source_id: int, segments: Sequence[SegmentDraft], language: str = ""
) -> list[DetailLocation]:
    """Return the personal details in a transcript. In a recording, one can span two segments."""
    if any(segment.start is None for segment in segments):
        return [
            DetailLocation(
                kind=hint.kind,
                text=segment.text[hint.start : hint.end],
                chosen=Wording(source_id, number, segment.text[hint.start : hint.end]),
            )
            for number, segment in enumerate(segments)
            for hint in hints(segment.text, language)
        ]
    words = [w for s in segments for w in spoken_words(s.text, s.start, s.end, s.words)]
    text = " ".join(word.text for word in words)
    begins = list(accumulate((len(word.text) + 1 for word in words), initial=0))
    found = []
    for hint in hints(text, language):
        inside = [
            word
            for word, at in zip(words, begins, strict=False)
            if at < hint.end and at + len(word.text) > hint.start
        ]
        start, end = inside[0].start or 0.0, max(word.end or 0.0 for word in inside)
        found.append(
            DetailLocation(
                kind=hint.kind,
                text=text[hint.start : hint.end],
                chosen=TimeRange(source_id, start, end),
            )
        )
    return found


def _patterns(text: str) -> Iterator[Hint]:
    for kind, pattern in ((Kind.EMAIL, EMAIL), (Kind.EMAIL, SPOKEN_EMAIL)):
        yield from (Hint(kind, *match.span()) for match in pattern.finditer(text))
    for match in ACCOUNT.finditer(text):
        for end in range(match.end(), match.start() + 14, -1):  # words in capitals may follow
            if text[end - 1] != " " and iban.is_valid(text[match.start() : end]):
                yield Hint(Kind.ACCOUNT, match.start(), end)
                break
    for match in CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match[0])):
            yield Hint(Kind.CARD, *match.span())


def _said_in_digits(text: str) -> Iterator[Hint]:
    """Yield a hint for each long run of digits that are spoken as words or one by one."""
    run: list[tuple[re.Match[str], str]] = []
    times = 1
    for token in [*TOKEN.finditer(text), None]:
        word = token[0].lower() if token else ""
        joined = bool(token and run and BETWEEN.fullmatch(text, run[-1][0].end(), token.start()))
        digits = DIGITS.get(word, word if word.isdigit() and word.isascii() else "")
        if not digits and word in TIMES and token and (joined or not run):
            times = TIMES[word]
            run.append((token, ""))
            continue
        if run and not (joined and digits):
            yield from _run_hint(run)
            run = []
        if token and digits:
            run.append((token, digits * times))
        times = 1


def _run_hint(run: Sequence[tuple[re.Match[str], str]]) -> Iterator[Hint]:
    number = "".join(digits for _, digits in run)
    words = sum(not match[0].isdigit() for match, _ in run)
    single = sum(len(digits) == 1 for _, digits in run)
    if len(number) < FEWEST_DIGITS or not (words or single >= FEWEST_DIGITS - 1):
        return
    card = 13 <= len(number) <= 19 and number[0] in "23456" and luhn.is_valid(number)
    yield Hint(Kind.CARD if card else Kind.PHONE, run[0][0].start(), run[-1][0].end())


def _phones(text: str, language: str) -> Iterator[Hint]:
    base, _, region = language.partition("-")
    regions = (region.upper(),) if len(region) == 2 else REGIONS.get(base or "en", (base.upper(),))
    for one in regions:
        for match in phonenumbers.PhoneNumberMatcher(text, one):
            yield Hint(Kind.PHONE, match.start, match.end)
