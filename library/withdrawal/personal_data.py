"""Addresses and numbers in a transcript that people may want to keep to themselves.

Found are: e-mail addresses, also spoken ("ada at example dot org"); telephone numbers that exist
(libphonenumber's rules); payment cards (ISO/IEC 7812: length, first digit, check digit) and
accounts (IBAN, ISO 13616); and seven or more digits said one after the other in English words.
Names, streets and dates are not looked for.
"""

import enum
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import phonenumbers
from stdnum import iban, luhn

from library.editing import transcripts
from library.editing.segments import SegmentDraft
from library.editing.spoken import spoken_words
from library.models import MentoringSession
from library.store import Transaction
from library.withdrawal.off_record import Chosen, Stretch, Wording

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
FEWEST_DIGITS = 7  # that are said in a row


class Kind(enum.StrEnum):
    """What was found."""

    EMAIL = "e-mail address"
    PHONE = "telephone number"
    CARD = "payment card"
    ACCOUNT = "account number"


@dataclass(frozen=True)
class Hint:
    """A personal detail: its characters in a text, the end exclusive."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A personal detail in a source, ready to be taken off the record."""

    kind: Kind
    text: str
    chosen: Chosen


def hints(text: str, language: str = "") -> list[Hint]:
    """The personal details in *text*, in their order; none overlaps another.

    Args:
        text: what was said or written.
        language: its BCP 47 code; it tells which countries' telephone numbers are usual.
    """
    found = [*_patterns(text), *_said_in_digits(text), *_phones(text, language)]
    kept: list[Hint] = []
    for hint in found:  # the surer kinds come first
        if all(hint.end <= other.start or hint.start >= other.end for other in kept):
            kept.append(hint)
    return sorted(kept, key=lambda hint: hint.start)


def counted(db: Transaction, session: MentoringSession) -> dict[int, Counter[Kind]]:
    """How many personal details of each kind each source of a session has; others are left out."""
    found = {}
    for source in session.sources:
        version = transcripts.current_version(db, source.id)
        segments = transcripts.drafts_of(db, version.id) if version else []
        kinds = Counter(place.kind for place in places(source.id, segments, session.language))
        if kinds:
            found[source.id] = kinds
    return found


def places(source_id: int, segments: Sequence[SegmentDraft], language: str = "") -> list[Place]:
    """The personal details in a transcript; one that runs on into the next line is one."""
    if any(segment.start is None for segment in segments):
        return [
            Place(
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
            Place(
                kind=hint.kind,
                text=text[hint.start : hint.end],
                chosen=Stretch(source_id, start, end),
            )
        )
    return found


def _patterns(text: str) -> Iterator[Hint]:
    for kind, pattern in ((Kind.EMAIL, EMAIL), (Kind.EMAIL, SPOKEN_EMAIL)):
        yield from (Hint(kind, *match.span()) for match in pattern.finditer(text))
    for match in ACCOUNT.finditer(text):
        for end in range(match.end(), match.start() + 14, -1):  # words may follow it in capitals
            if text[end - 1] != " " and iban.is_valid(text[match.start() : end]):
                yield Hint(Kind.ACCOUNT, match.start(), end)
                break
    for match in CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match[0])):
            yield Hint(Kind.CARD, *match.span())


def _said_in_digits(text: str) -> Iterator[Hint]:
    """Runs of digits of which at least one is said as a word, or that are said one by one."""
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
