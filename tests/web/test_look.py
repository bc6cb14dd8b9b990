"""The look, as far as it can be measured: contrast, weight, and what the policy forbids."""

import re
from pathlib import Path

import pytest

import web
from web import look

WEB = Path(web.__file__).parent
CSS = (WEB / "static" / "site.css").read_text("utf-8")
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((WEB / "static").rglob("*.js"))

TOKEN = re.compile(
    r"--([a-z0-9-]+): (?:light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|(#[0-9a-f]{6}));"
)
VOICES = [f"voice-{n}" for n in range(look.VOICES)]
TEXT = [
    *((colour, "paper") for colour in ("ink", "muted", "accent", "accent-strong", "alarm")),
    *((colour, "leaf") for colour in ("ink", "muted", "accent", "accent-strong")),
    *((colour, "alarm-leaf") for colour in ("ink", "alarm")),
    ("ink", "glow"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("paper", "alarm"),
    *(("paper", voice) for voice in VOICES),
    *(("on-cloth", f"cloth-{n}") for n in range(look.VOICES)),
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


@pytest.mark.parametrize("mode", [0, 1], ids=["by day", "at night"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in CONTROLS],
)
def test_every_pair_of_colours_can_be_told_apart(front, back, least, mode) -> None:
    """Text reaches 4.5:1 and controls 3:1, by day and at night (WCAG 2.2, 1.4.3 and 1.4.11)."""
    tokens = colours()

    assert contrast(tokens[front][mode], tokens[back][mode]) >= least


def test_every_colour_of_the_style_sheet_is_a_token() -> None:
    """No colour stands outside the tokens, where nobody would measure it."""
    rules = CSS[CSS.index("/* ---------- the page") :]

    strays = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) - {"#000", "#fff"}

    assert strays == set()


def test_a_page_is_light_before_the_sound(browse) -> None:
    """Page, style and scripts of a session stay far below 150 KB."""
    weight = sum(path.stat().st_size for path in (WEB / "static" / "js").iterdir())

    assert len(CSS) <= 40_000
    assert weight + len(CSS) + len(browse().get("/").data) < 150_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(WEB)))
def test_templates_hold_nothing_that_the_policy_forbids(path: Path) -> None:
    """No inline script, no inline style, no event attributes, nothing from other hosts."""
    html = path.read_text("utf-8")

    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"<style|\son[a-z]+\s*=|javascript:", html)
    scripts = re.findall(r"<script[^>]*>", html)
    assert all("src=" in tag or 'type="application/ld+json"' in tag for tag in scripts)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: str(p.relative_to(WEB)))
def test_scripts_do_not_write_markup(path: Path) -> None:
    """Scripts set text; where one writes HTML, it is a constant."""
    script = path.read_text("utf-8")

    assert not re.search(r"outerHTML|insertAdjacentHTML|\beval\(", script)
    assert not re.search(r"innerHTML\s*\+?=(?!\s*`[^`$]*`)", script)


@pytest.mark.parametrize(
    ("cookie", "written"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("", "")],
)
def test_the_stored_choice_of_light_is_in_the_page(browse, cookie: str, written: str) -> None:
    """The server writes the choice, so that nothing flashes; nonsense follows the system."""
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
def test_a_disc_bears_initials(name: str, letters: str) -> None:
    """Up to two letters, whatever the name."""
    assert look.initials(name) == letters
