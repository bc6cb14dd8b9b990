"""Tests of every page in a browser: WCAG 2.2 AA on two screens, and use by keyboard only.

Each page is opened once for both tests. A test fails if the address of a page cannot be built.
Add the missing data to `tests/web/sample_world.py`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.chromium import TOO_WIDE
from tests.web.running_site import Site, go, reading, unfold

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": TAGS, "rules": {"target-size": {"enabled": True}}}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # 1280 pixels at 400 % (WCAG 2.2, 1.4.10)
SCREENS = [(PHONE, "dark"), (DESK, "light")]  # no WCAG rule depends on both size and colours
ASK = """async (options) => {
  const found = await axe.run(document, { ...options, resultTypes: ['violations'] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.html}`));
}"""

PRESSES = 8  # limit of Tab presses per control: a date has three fields, a player several buttons
MORE = 6  # Tab presses between two checks
WATCH = """() => {
  const kinds = 'a[href], button, input, select, textarea, summary, audio, video, [tabindex="0"]';
  const open = { visibilityProperty: true };
  const there = (e) => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0
    && e.getClientRects().length && e.checkVisibility(open);
  window.left = new Set([...document.querySelectorAll(kinds)]
    .filter((e) => e.closest('main') && there(e)));
  const parts = 'audio, video, [type="date"]';  // the browser shows which of their parts it is
  const drawn = (e) => e && e !== document.body && (e.matches(parts)
    || getComputedStyle(e).outlineStyle !== 'none' || drawn(e.parentElement));
  const seen = (e) => [...e.getClientRects()].some((r) =>
    [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].some(([x, y]) => {
      const top = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
      return top && (e.contains(top) || top.contains(e));
    }));
  window.said = [];
  const step = () => {
    const now = document.activeElement;
    if (!now.closest('main') || now.id === 'main') return 'outside';
    for (const e of [...left]) {
      if (e === now || (now.type === 'radio' && e.name === now.name)) left.delete(e);
    }
    if (!drawn(now)) return `does not show that it is chosen: ${now.outerHTML.slice(0, 150)}`;
    const there = [now, ...(now.labels ?? [])].some(seen);
    return there ? '' : `is hidden when chosen: ${now.outerHTML.slice(0, 150)}`;
  };
  addEventListener('keyup', () => said.at(-1) === 'outside' || said.push(step()));
  scrollTo(0, 0);
  document.querySelector('main').focus();
  return new Set([...left].map((e) => e.type === 'radio' ? e.name : e)).size;
}"""
MISSED = "() => [...left].map((e) => `is not reached: ${e.outerHTML.slice(0, 150)}`)"


@dataclass
class Wrong:
    """Accessibility violations of all pages: visible ones, and those of keyboard use."""

    seen: list[str] = field(default_factory=list)
    by_keyboard: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def wrong(whole: Site, browser: Browser) -> Wrong:
    """Accessibility violations of every page, collected once for both tests."""
    violations = Wrong()
    with reading(browser, whole, viewport=DESK) as pages:
        for look in whole.looks():
            page = pages[look.who]
            go(page, look)
            unfold(page)
            violations.seen += [f"{look.name} {one}" for one in _visible_violations(page)]
            violations.by_keyboard += [f"{look.name} {one}" for one in _keyboard_errors(page)]
    return violations


def test_every_page_meets_wcag(wrong: Wrong) -> None:
    """No page violates WCAG 2.2 AA, on a phone in dark mode and on a desktop in light mode."""
    assert wrong.seen == [], json.dumps(wrong.seen, indent=1)


def test_every_page_is_used_by_keyboard_alone(wrong: Wrong) -> None:
    """On every page, Tab reaches every control, shows the focus, and can leave the content.

    WCAG 2.4.7 requires a visible focus. Other content must not hide the focus (2.4.11), and no
    element may trap it (2.1.2).
    """
    assert wrong.by_keyboard == [], json.dumps(wrong.by_keyboard, indent=1)


def _visible_violations(page: Page) -> Iterator[str]:
    """Yield the violations that axe finds, and a page that is wider than the screen.

    At the end, the page is on a desktop in light mode.
    """
    page.evaluate(AXE_SCRIPT)
    page.set_viewport_size(NARROW)
    if page.evaluate(TOO_WIDE) > 0:
        yield "at 320 is wider than the screen"
    for size, scheme in SCREENS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        at = f"at {size['width']}, {scheme}"
        yield from (f"{at}: {violation}" for violation in page.evaluate(ASK, RULES))
        if page.evaluate(TOO_WIDE) > 0:
            yield f"{at} is wider than the screen"


def _keyboard_errors(page: Page) -> list[str]:
    """Move through a page's content with Tab. Return the errors of keyboard use."""
    stops = page.evaluate(WATCH)
    pressed, presses = 0, stops + 1  # checks after groups of presses are faster
    while pressed < PRESSES * (stops + 1):
        for _ in range(presses):
            page.keyboard.press("Tab")
        pressed, presses = pressed + presses, MORE
        *said, last = page.evaluate("said")
        if last == "outside":
            return [found for found in said if found] + page.evaluate(MISSED)
    return ["traps the keyboard focus"]
