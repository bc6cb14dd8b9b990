"""A transcript as a conversation: turns of lines, with marked, doubtful and suspect words."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from library.editing import heard
from library.holdings.reading import Line
from search import findings
from search.answers import Answer, Hit, Repeat
from web.times import clock, in_address

UNSURE = 0.35  # below this probability a word is shown as doubtful
LONGEST_TURN = 40  # lines; browsers skip whole turns that are out of sight
WORD = re.compile(r"\w+(?:['\u2019]\w+)*")

Said = Hit | Repeat | findings.Quote | findings.Given | heard.Quote
"""Words that were said or written, with the place where they were."""

Span = tuple[int, int]  # characters, the end exclusive


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Lines that one speaker said in a row; a `continued` one needs no name."""

    speaker: str
    person_id: int | None
    lines: Sequence[Line]
    continued: bool


def turns(lines: Sequence[Line]) -> Iterator[Turn]:
    """The lines of a transcript, gathered by who speaks."""
    first = 0
    for i in range(1, len(lines) + 1):
        before = lines[first]
        same = i < len(lines) and lines[i].speaker == before.speaker
        if same and i - first < LONGEST_TURN:
            continue
        yield Turn(
            speaker=before.speaker,
            person_id=before.person_id,
            lines=lines[first:i],
            continued=first > 0 and lines[first - 1].speaker == before.speaker,
        )
        first = i


def marked_words(answer: Answer) -> set[str]:
    """The words that made the moments of *answer* hits, as they were said, in lower case."""
    marked = (f.text for hit in answer.hits for f in hit.snippet if f.marked)
    return {word.casefold() for text in marked for word in WORD.findall(text)}


def said(line: Line, marks: Collection[str] = ()) -> Markup:
    """A line's words as HTML: matches in `<mark>`, doubtful words underlined with dots."""
    text = line.text
    matches = [m.span() for m in WORD.finditer(text) if m[0].casefold() in marks] if marks else []
    doubts = list(_doubtful(line))
    if not matches and not doubts:
        return escape(text)
    cuts = sorted({0, len(text), *(i for span in matches + doubts for i in span)})
    pieces = (
        _piece(text[a:b], marked=_inside(a, matches), unsure=_inside(a, doubts))
        for a, b in pairwise(cuts)
    )
    return Markup("").join(pieces)


def line_html(line: Line, marks: Collection[str], carried: str) -> Markup:
    """A line of a transcript: its time as a link, its words, and why it is suspect.

    Written here and not in a template, where a session of 10,000 lines took three times as long.

    Args:
        line: what was said.
        marks: words to mark, in lower case.
        carried: what else its address holds, encoded, such as `source=3&q=delegating`.
    """
    words = f'<span class="said">{said(line, marks)}</span>'
    kind = "line suspect" if line.suspect else "line"
    opening = f'<p class="{kind}" id="s{line.ordinal}"'
    if line.start is not None:
        address = escape(f"?t={in_address(line.start)}&{carried}#s{line.ordinal}")
        time = f'<a class="at" href="{address}">{clock(line.start)}</a>'
        opened = f'{opening} data-t="{line.start:.2f}">{time}'
    else:
        opened = f"{opening}>"
    why = f' <span class="why">Not searched: {escape(line.suspect)}</span>' if line.suspect else ""
    return Markup(f"{opened}{words}{why}</p>\n")  # noqa: S704 - its parts are escaped above


def _doubtful(line: Line) -> Iterator[Span]:
    """Where the words stand that Whisper heard with little certainty."""
    if all(word[3] >= UNSURE for word in line.words):
        return
    at = 0
    for noted, _start, _end, probability in line.words:
        word = str(noted).strip()
        found = line.text.find(word, at)
        if found < 0 or not word:
            continue
        at = found + len(word)
        if probability < UNSURE:
            yield found, at


def _inside(at: int, spans: Sequence[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


def _piece(text: str, *, marked: bool, unsure: bool) -> Markup:
    html = escape(text)
    if unsure:
        html = Markup('<span class="unsure" title="Heard with little certainty">{}</span>').format(
            html
        )
    return Markup("<mark>{}</mark>").format(html) if marked else html


def anchor(hit: Said) -> str:
    """The place of a hit in its session's page: a line of speech or a paragraph of a note."""
    return f"{'p' if hit.start is None else 's'}{hit.segment}"
