"""Take the pictures of the README: `make screenshots`.

The script serves a new library with the sample sessions in a temporary folder and opens its pages
with Chromium. It writes the pictures next to this file, for a wide screen and for a phone.

`take.py --every-page FOLDER` takes pictures of all pages instead, in light and dark theme. It uses
the library of the tests that open every page. With `--only WORD`, only pages with the word in their
name are taken.
"""

# ruff: noqa: INP001 - a script that runs alone, not a package

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from library.sessions import jobs

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))  # the tests know how to serve and to browse

from library.capture import sample_library  # noqa: E402
from library.settings import Settings  # noqa: E402
from library.store import Library, open_library  # noqa: E402
from tests.chromium import chromium  # noqa: E402
from tests.served import Served, serving, wait_for  # noqa: E402
from tests.web.running_site import go, reading, whole_site  # noqa: E402

QUESTION = "After I hand over, how do I stop the contractor from phoning me?"
SIZES = {1280: 800, 390: 844}  # CSS pixels: width and height
DRAW_ALL = """document.querySelectorAll('.turn, .editor-line').forEach((line) => {
  line.style.contentVisibility = 'visible';  // else what is far down is left out
});"""


def main() -> None:
    """Take the pictures that the command line selects."""
    options = argparse.ArgumentParser(description="Takes pictures of the site.")
    options.add_argument("--every-page", type=Path, metavar="FOLDER", dest="folder")
    options.add_argument("--only", default="", metavar="WORD")
    chosen = options.parse_args()
    if chosen.folder:
        every_page(chosen.folder, chosen.only)
    else:
        pictures_of_the_readme()


def every_page(into: Path, only: str = "") -> None:
    """Take each page whose name contains *only*, wide and narrow, in light and dark theme."""
    into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        whole_site(Path(folder)) as site,
        chromium("--hide-scrollbars") as browser,
        reading(browser, site) as pages,
    ):
        for look in site.looks():
            if only in look.name:
                go(pages[look.who], look)
                _take_all_over(pages[look.who], into, look.name)


def _take_all_over(page: Page, into: Path, name: str) -> None:
    page.evaluate(DRAW_ALL)
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(
                path=into / f"{name}-{width}-{scheme}.png", full_page=True, animations="disabled"
            )


def pictures_of_the_readme() -> None:
    """Take the README's pictures of a site with the sample library, as a guest sees it."""
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
            yield not jobs.unfinished_sources(db)


def _become_administrator(page: Page, served: Served) -> None:
    page.goto(served.setup_link)
    page.get_by_label("Your name").fill("Ines Okafor")
    page.get_by_label("E-mail").fill("ines@example.org")
    for name in ("Password", "The same password again"):
        page.get_by_label(name, exact=True).fill("reading room at dusk")
    page.get_by_role("button", name="Create the account").click()
    page.close()


def _take(browser: Browser, served: Served, width: int, height: int) -> None:
    """Take the home page, the answers to a question, and the session of the first answer."""
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
