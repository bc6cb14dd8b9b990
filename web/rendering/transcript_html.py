"""HTML of a transcript: turns and segments, with marked matches, uncertain and suspect words."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from library.discovery import highlights
from library.discovery.marked_moments import Place
from library.sessions.read_models import TranscriptLine
from library.translation import gettext
from search.results import result_types as findings
from search.results.result_types import Answer, Hit, Repeat
from web.rendering.times import clock, in_address

UNSURE = 0.35  # words below this probability are shown as uncertain
LONGEST_TURN = 40  # segments; browsers skip rendering of turns outside the viewport
WORD = re.compile(r"\w+(?:['\u2019]\w+)*")

Quotable = Hit | Repeat | findings.Quote | findings.SourcePassage | highlights.Quote | Place
"""Search result, quote or marked moment with a position in a source."""

Span = tuple[int, int]  # character offsets, end exclusive


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Consecutive segments of one speaker. `continued`: the turn before has the same speaker."""

    speaker: str
    person_id: int | None
    lines: Sequence[TranscriptLine]
    continued: bool


def turns(lines: Sequence[TranscriptLine]) -> Iterator[Turn]:
    """Yield the segments of a transcript in turns of at most `LONGEST_TURN` segments."""
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
    """Return the matched words in the snippets of *answer*, in lower case."""
    marked = (f.text for hit in answer.hits for f in hit.snippet if f.marked)
    return {word.casefold() for text in marked for word in WORD.findall(text)}


def segment_html(line: TranscriptLine, marks: Collection[str] = ()) -> Markup:
    """Return the text of a segment as HTML: matches in `<mark>`, uncertain words in a span."""
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


def line_html(line: TranscriptLine, marks: Collection[str], carried: str) -> Markup:
    """Return a segment as HTML: time link, text, and the reason why it is suspect.

    A Jinja template took three times as long for a session of 10,000 segments.

    Args:
        line: The segment.
        marks: Words to mark, in lower case.
        carried: Other URL parameters of the link, encoded, such as `source=3&q=delegating`.
    """
    words = f'<span class="said">{segment_html(line, marks)}</span>'
    kind = "line suspect" if line.suspect else "line"
    opening = f'<p class="{kind}" id="s{line.ordinal}"'
    if line.start is not None:
        address = escape(f"?t={in_address(line.start)}&{carried}#s{line.ordinal}")
        time = f'<a class="at" href="{address}">{clock(line.start)}</a>'
        opened = f'{opening} data-t="{line.start:.2f}">{time}'
    else:
        opened = f"{opening}>"
    why = ""
    if line.suspect:
        reason = escape(gettext("Not searched: %(reason)s", reason=gettext(line.suspect)))
        why = f' <span class="why">{reason}</span>'
    return Markup(f"{opened}{words}{why}</p>\n")  # noqa: S704 - all parts are escaped above


def _doubtful(line: TranscriptLine) -> Iterator[Span]:
    """Yield (start, end) of each word with a probability below `UNSURE`, as character offsets."""
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
        title = gettext("Uncertain word")
        html = Markup('<span class="unsure" title="{}">{}</span>').format(title, html)
    return Markup("<mark>{}</mark>").format(html) if marked else html


def anchor(hit: Quotable) -> str:
    """Return the URL fragment of a hit: the anchor of its segment or paragraph."""
    return f"{'p' if hit.start is None else 's'}{hit.segment}"
