"""Takes the pictures of the README: `make screenshots`.

Serves a new library with the samples in a folder of its own, looks at it with Chromium, and
writes what it sees beside this file, for a wide screen and for a phone.
"""

# ruff: noqa: INP001 - a script that runs alone, not a package

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))  # the tests know how to serve and to browse

from library.capture import sample_library  # noqa: E402
from library.holdings import sources  # noqa: E402
from library.settings import Settings  # noqa: E402
from library.store import Library, open_library  # noqa: E402
from tests.chromium import chromium  # noqa: E402
from tests.serving import Served, serving, wait_for  # noqa: E402

QUESTION = "After I hand over, how do I stop the contractor from phoning me?"
SIZES = {1280: 800, 390: 844}  # CSS pixels: width and height


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Settings(home=Path(folder)))
        sample_library.load(library)
        with serving(library.settings.home) as served, chromium("--hide-scrollbars") as browser:
            wait_for(_idle(library), seconds=600, what="the sample library")
            _become_administrator(browser.new_page(), served)
            for width, height in SIZES.items():
                _take(browser, served, width, height)
        library.close()


def _idle(library: Library) -> Iterator[bool]:
    while True:
        with library.reading() as db:
            yield not sources.unsettled(db)


def _become_administrator(page: Page, served: Served) -> None:
    page.goto(served.setup_link)
    page.get_by_label("Your name").fill("Ines Okafor")
    page.get_by_label("E-mail").fill("ines@example.org")
    for name in ("Password", "The same password again"):
        page.get_by_label(name, exact=True).fill("reading room at dusk")
    page.get_by_role("button", name="Open the library").click()
    page.close()


def _take(browser: Browser, served: Served, width: int, height: int) -> None:
    """The front page, an answer, and the session that it leads to, as a guest sees them."""
    page = browser.new_page(
        base_url=served.address, viewport={"width": width, "height": height}, color_scheme="light"
    )
    page.goto("/")
    _save(page, f"home-{width}")
    page.goto(f"/?q={quote(QUESTION)}")
    _save(page, f"answers-{width}")
    page.locator("blockquote a").first.click()
    page.wait_for_url("**/sessions/**")
    _save(page, f"session-{width}")
    page.close()


def _save(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
