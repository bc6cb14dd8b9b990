"""Every page of the URL map in a real browser: WCAG 2.2 AA on any screen, and by keyboard alone.

Each page is opened once and looked at in both ways; each way is a test of its own. A page whose
address nobody knows fails here: give `whole_library` what it shows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.chromium import TOO_WIDE
from tests.web.whole_site import Site, go, reading, unfold

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": TAGS, "rules": {"target-size": {"enabled": True}}}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKED_AT = [(PHONE, "dark"), (DESK, "light")]  # what is wrong depends on one of the two
ASK = """async (options) => {
  const found = await axe.run(document, { ...options, resultTypes: ['violations'] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.html}`));
}"""

PRESSES = 8  # at most, for each thing: a date has three fields, a player more buttons
MORE = 6  # presses at a time when there are more stops than things
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
    """What was found wrong, page by page."""

    seen: list[str] = field(default_factory=list)
    by_keyboard: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def wrong(whole: Site, browser: Browser) -> Wrong:
    """Every page looked at in both ways."""
    found = Wrong()
    with reading(browser, whole, viewport=DESK) as pages:
        for look in whole.looks():
            page = pages[look.who]
            go(page, look)
            unfold(page)
            found.seen += [f"{look.name} {one}" for one in _looked_at(page)]
            found.by_keyboard += [f"{look.name} {one}" for one in _walked(page)]
    return found


def test_every_page_can_be_read_by_everybody(wrong: Wrong) -> None:
    """Nothing is in anybody's way, by day and at night, at a desk and on a telephone."""
    assert wrong.seen == [], json.dumps(wrong.seen, indent=1)


def test_every_page_is_used_by_keyboard_alone(wrong: Wrong) -> None:
    """Tab reaches all that can be pressed or filled in, shows where it is, and comes out again.

    That is WCAG 2.4.7; what is chosen is not behind what stays on the screen (2.4.11), and the
    keyboard is let go (2.1.2).
    """
    assert wrong.by_keyboard == [], json.dumps(wrong.by_keyboard, indent=1)


def _looked_at(page: Page) -> Iterator[str]:
    """What axe and the width of the screen say about a page; leaves it at a desk by day."""
    page.evaluate(AXE_SCRIPT)
    for size, scheme in LOOKED_AT:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        at = f"at {size['width']}, {scheme}"
        yield from (f"{at}: {found}" for found in page.evaluate(ASK, RULES))
        if page.evaluate(TOO_WIDE) > 0:
            yield f"{at} is wider than the screen"


def _walked(page: Page) -> list[str]:
    """What is wrong with the way from the beginning of a page's content to its end."""
    stops = page.evaluate(WATCH)
    pressed, presses = 0, stops + 1  # all of them, then where we are: asking each time takes longer
    while pressed < PRESSES * (stops + 1):
        for _ in range(presses):
            page.keyboard.press("Tab")
        pressed, presses = pressed + presses, MORE
        *said, last = page.evaluate("said")
        if last == "outside":
            return [found for found in said if found] + page.evaluate(MISSED)
    return ["does not let go of the keyboard"]
