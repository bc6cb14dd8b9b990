"""Every page of the URL map in a real browser, by keyboard alone.

What can be pressed or filled in is reached by Tab, shows that it is (WCAG 2.4.7), is not hidden
behind what stays on the screen (2.4.11), and lets go again (2.1.2).
"""

import json

from playwright.sync_api import Page

from tests.web.whole_site import go, reading, unfold

SIZE = {"width": 1280, "height": 800}
PRESSES = 8  # at most, for each thing: a date has three fields, a player more buttons
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
  document.querySelector('main').focus();
  return left.size;
}"""
MISSED = "() => [...left].map((e) => `is not reached: ${e.outerHTML.slice(0, 150)}`)"


def test_every_page_is_used_by_keyboard_alone(whole, browser):
    """Tab reaches every link, button and field, shows where it is, and comes out again."""
    wrong = []

    with reading(browser, whole, viewport=SIZE) as pages:
        for look in whole.looks():
            page = pages[look.who]
            go(page, look)
            unfold(page)
            wrong += [f"{look.name} {found}" for found in _walked(page)]

    assert wrong == [], json.dumps(wrong, indent=1)


def _walked(page: Page) -> list[str]:
    """What is wrong with the way from the beginning of a page's content to its end."""
    there = page.evaluate(WATCH)
    for _ in range(PRESSES):  # all of them, and then where we are: asking each time takes longer
        for _ in range(there + 1):
            page.keyboard.press("Tab")
        *said, last = page.evaluate("said")
        if last == "outside":
            return [found for found in said if found] + page.evaluate(MISSED)
    return ["does not let go of the keyboard"]
