"""Every page of the URL map in a real browser: no violation of WCAG 2.2 AA, on any screen.

A page whose address nobody knows fails here: give `whole_library` what it shows.
"""

import json

from axe_playwright_python.base import AXE_SCRIPT

from tests.web.whole_site import go, reading, unfold

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": TAGS, "rules": {"target-size": {"enabled": True}}}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKED_AT = [(DESK, "light"), (PHONE, "dark")]  # what is wrong depends on one of the two
ASK = """async (options) => {
  const found = await axe.run(document, { ...options, resultTypes: ['violations'] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.html}`));
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


def test_every_page_can_be_read_by_everybody(whole, browser):
    """Nothing is in anybody's way, by day and at night, at a desk and on a telephone."""
    wrong = []

    with reading(browser, whole) as pages:
        for look in whole.looks():
            page = pages[look.who]
            go(page, look)
            unfold(page)
            page.evaluate(AXE_SCRIPT)
            for size, scheme in LOOKED_AT:
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme)
                at = f"{look.name} at {size['width']}, {scheme}"
                wrong += [f"{at}: {found}" for found in page.evaluate(ASK, RULES)]
                if page.evaluate(TOO_WIDE) > 0:
                    wrong.append(f"{at} is wider than the screen")

    assert wrong == [], json.dumps(wrong, indent=1)
