"""Operators of the question box: `"a phrase"`, `-word`, `speaker:`, `topic:`, `after:`, `before:`.

An operator stands at the beginning of the question or after a space, with no space inside it except
between quotation marks. Everything else is plain text: "Re: budget", "C++ - why", "10:30", a word
with a hyphen, a number with a minus, a quotation mark that is never closed.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_MARKS = (
    '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}'
    "\N{DOUBLE LOW-9 QUOTATION MARK}\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}"
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
)
_QUOTED = rf"[{_MARKS}][^{_MARKS}]*[{_MARKS}](?!\w)"
_OPERATOR = re.compile(
    rf"(?<![^\s(])(?:"
    rf"[-\N{{MINUS SIGN}}](?P<without>{_QUOTED}|[^\W\d_][^\s:{_MARKS}]*(?!\S))"
    rf"|(?P<name>speaker|topic|after|before):(?P<value>{_QUOTED}|[^\s{_MARKS}]+(?!\S))"
    rf"|(?P<phrase>{_QUOTED})"
    rf")",
    re.IGNORECASE,
)
_ENDS = ".,;!?)"  # of a sentence; not part of a value
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


class OperatorKind(enum.StrEnum):
    """Requirement of an operator for a result."""

    PHRASE = "phrase"  # these words, in this order
    WITHOUT = "without"  # none of this word or phrase
    SPEAKER = "speaker"
    TOPIC = "topic"
    AFTER = "after"  # on the first day of this year, month or day, or later
    BEFORE = "before"  # before that day


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator, with its position in the question as typed."""

    kind: OperatorKind
    value: str  # without quotation marks and the punctuation after it
    start: int  # characters of the question
    end: int

    @property
    def first_day(self) -> date | None:
        """First day of the year, month or day that the value names; None if it names none."""
        parts = _DAY.fullmatch(self.value)
        if parts is None:
            return None
        try:
            return date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
        except ValueError:
            return None

    @property
    def since(self) -> date | None:
        """First day that `after:` allows; None for another operator and without a date."""
        return self.first_day if self.kind is OperatorKind.AFTER else None

    @property
    def until(self) -> date | None:
        """Last day that `before:` allows; None for another operator and without a date."""
        first = self.first_day if self.kind is OperatorKind.BEFORE else None
        return first - timedelta(days=1) if first is not None and first > date.min else None


def find_operators(question: str) -> list[Operator]:
    """Return what is written as an operator in a question, in order."""
    return [_operator(found) for found in _OPERATOR.finditer(question)]


def _operator(found: re.Match[str]) -> Operator:
    kind = OperatorKind((found["name"] or found.lastgroup or "").lower())
    written = found["without"] or found["value"] or found["phrase"]
    start, end = found.span()
    value = written.strip(_MARKS).strip().rstrip(_ENDS)
    return Operator(kind=kind, value=value, start=start, end=end)


def plain_text(question: str, operators: Iterable[Operator]) -> str:
    """Return a question without its operators. The words of a phrase remain."""
    return _without(question, operators)


def taken_back(question: str, operator: Operator) -> str:
    """Return a question with one operator less. The words of a phrase remain."""
    return _without(question, [operator])


def _without(question: str, operators: Iterable[Operator]) -> str:
    text, done = "", 0
    for operator in operators:
        kept = operator.value if operator.kind is OperatorKind.PHRASE else ""
        text += question[done : operator.start] + kept
        done = operator.end
    return " ".join((text + question[done:]).split())
