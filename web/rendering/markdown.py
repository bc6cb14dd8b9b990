"""Markdown as safe HTML: rendered by markdown-it, sanitised by nh3."""

import re
from collections.abc import Collection
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from web.rendering.transcript_html import WORD

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip

NOT_WORDS = re.compile(r"(<[^>]*>|&#?\w+;)")


@cache
def _renderer() -> MarkdownIt:
    # No raw HTML and no images: pages must not load anything from other hosts.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def html_of(text: str) -> Markup:
    """Render Markdown (CommonMark 0.31) as HTML without scripts, styles or external resources."""
    renderer = _renderer()
    tokens = renderer.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"  # the title of the page is the only h1
    clean = nh3.clean(
        renderer.renderer.render(tokens, renderer.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - sanitised by nh3 above


def marked(html: Markup, marks: Collection[str]) -> Markup:
    """Wrap the words of sanitised HTML that are in *marks* (lower case) in `<mark>`."""
    if not marks:
        return html

    def mark(match: re.Match[str]) -> str:
        word = match.group()
        return f"<mark>{word}</mark>" if word.casefold() in marks else word

    pieces = NOT_WORDS.split(html)
    pieces[::2] = [WORD.sub(mark, piece) for piece in pieces[::2]]
    return Markup("".join(pieces))  # noqa: S704 - only adds `<mark>` to sanitised HTML
