"""A real browser for the tests: Debian's Chromium, or the one that playwright brought."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

PATIENCE = 120_000  # milliseconds; what comes late on a busy machine still comes
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"
BEGAN = "addEventListener('playing', (e) => { window.began ??= e.target.currentTime; }, true)"
"""A page with this script knows as `began` at which second its sound began to play."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHED_OFF = (
    # Two pages drawn behind the address bar of each window, which nobody sees here.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # What Playwright switches off: Chromium heeds the last list only.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning"),
    *("LensOverlay", "MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled", "PreconnectToSearch"),
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
)


@contextmanager
def chromium(*options: str, audible: bool = False) -> Iterator[Browser]:
    """A headless Chromium; *audible* if the sound of its tabs is to be heard by others.

    Raises:
        AssertionError: there is none; says how to get one.
    """
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path,
                args=[*QUIET, *options],
                ignore_default_args=["--mute-audio"] if audible else None,
            )
        except Error as error:
            raise AssertionError(
                "There is no browser for this test. Install one with `apt install chromium`, "
                "or with `.venv/bin/playwright install chromium`."
            ) from error
        browser.on("context", _be_patient)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


def too_wide(page: Page, *, once: Locator) -> int:
    """By how many pixels a page is wider than the window, *once* it shows what only it has.

    A press on a link returns while the page before is still there, or none.
    """
    expect(once).to_be_visible()
    width: int = page.evaluate(TOO_WIDE)
    return width


def _be_patient(context: BrowserContext) -> None:
    context.set_default_timeout(PATIENCE)
