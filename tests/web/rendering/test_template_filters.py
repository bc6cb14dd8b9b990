"""Tests of contrast, page size, the content security policy, and template filters.

Covers: template_filters, times.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

import web
from web.rendering import template_filters

WEB = Path(web.__file__).parent
CSS = (WEB / "static" / "site.css").read_text("utf-8")
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((WEB / "static").rglob("*.js"))

TOKEN = re.compile(
    r"--([a-z0-9-]+): (?:light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|(#[0-9a-f]{6}));"
)
SPEAKERS = [f"speaker-{n}" for n in range(template_filters.HUES)]
TEXT = [
    *((colour, "paper") for colour in ("ink", "muted", "accent", "accent-strong", "alarm")),
    *((colour, "leaf") for colour in ("ink", "muted", "accent", "accent-strong")),
    *((colour, "alarm-leaf") for colour in ("ink", "alarm")),
    ("ink", "glow"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("paper", "alarm"),
    *(("paper", speaker) for speaker in SPEAKERS),
    *(("on-cloth", f"cloth-{n}") for n in range(template_filters.HUES)),
]
CONTROLS = [("edge", "paper"), ("edge", "leaf"), ("accent", "paper")]


def colours() -> dict[str, tuple[str, str]]:
    return {name: (light or only, dark or only) for name, light, dark, only in TOKEN.findall(CSS)}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light mode", "dark mode"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in CONTROLS],
)
def test_every_pair_of_colours_has_enough_contrast(front, back, least, mode) -> None:
    """Text has a contrast of 4.5:1 and controls of 3:1, in both modes (WCAG 2.2, 1.4.3, 1.4.11)."""
    tokens = colours()

    assert contrast(tokens[front][mode], tokens[back][mode]) >= least


def test_every_colour_of_the_style_sheet_is_a_token() -> None:
    """Rules of the style sheet use colour variables. Only black and white are literals."""
    rules = CSS[CSS.index("/* ---------- the page") :]

    strays = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) - {"#000", "#fff"}

    assert strays == set()


def test_a_page_is_small(browse) -> None:
    """A page with its style sheet and all scripts is smaller than 150 KB."""
    weight = sum(path.stat().st_size for path in (WEB / "static" / "js").iterdir())

    assert len(CSS) <= 42_000
    assert weight + len(CSS) + len(browse().get("/").data) < 150_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB)))
def test_templates_hold_nothing_that_the_policy_forbids(path: Path) -> None:
    """A template has no inline script, inline style, event attribute or foreign address."""
    html = path.read_text("utf-8")

    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"<style|\son[a-z]+\s*=|javascript:", html)
    scripts = re.findall(r"<script[^>]*>", html)
    data = ('type="application/ld+json"', 'type="application/json"')
    assert all("src=" in tag or any(kind in tag for kind in data) for tag in scripts)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: str(p.relative_to(WEB)))
def test_scripts_do_not_write_markup(path: Path) -> None:
    """Scripts insert values as text. They set HTML only from constant strings."""
    script = path.read_text("utf-8")

    assert not re.search(r"outerHTML|insertAdjacentHTML|\beval\(", script)
    assert not re.search(r"innerHTML\s*\+?=(?!\s*`[^`$]*`)", script)


@pytest.mark.parametrize(
    ("cookie", "written"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("", "")],
)
def test_the_stored_colour_theme_is_in_the_page(browse, cookie: str, written: str) -> None:
    """The page has the colour theme that the cookie names. An invalid cookie is ignored."""
    reader = browse()
    reader.client.set_cookie("theme", cookie or '"><script>')

    assert f'<html lang="en"{written}>' in reader.get("/").text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Patricia Okonkwo-Bell", "PO"),
        ("Bo", "B"),
        ("  ", "?"),
        ("李 明", "李明"),
    ],
)
def test_initials_of_a_name(name: str, letters: str) -> None:
    """The initials of a name in any script are at most two letters."""
    assert template_filters.initials(name) == letters


@pytest.mark.parametrize(("language", "written"), [("en", "3 March 2026"), ("fr", "3 mars 2026")])
def test_dates_are_in_the_language_of_the_page(app: Flask, language: str, written: str) -> None:
    """A date is written in the language of the page, without the time of day."""
    with app.test_request_context("/"), force_locale(language):
        assert template_filters.day(date(2026, 3, 3)) == written
        assert template_filters.day(datetime(2026, 3, 3, 23, 59, tzinfo=UTC)) == written
        assert template_filters.day(None) == ""
