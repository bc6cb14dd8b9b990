"""Browser of the tests: Chromium from the system or from Playwright."""

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

PATIENCE = 120_000  # milliseconds, enough on a busy machine
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"
BEGAN = "addEventListener('playing', (e) => { window.began ??= e.target.currentTime; }, true)"
"""Script that stores in `window.began` the position in seconds at which playback began."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHED_OFF = (
    # Features of the address bar, which no test uses.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # Features that Playwright disables. Chromium reads only the last list, so they are repeated.
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
    """Run a headless Chromium in a `with` block. If *audible* is set, its tabs play sound.

    Raises:
        AssertionError: No browser is installed. The message says how to install one.
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
                "This test needs a browser. Install one with `apt install chromium`, "
                "or with `.venv/bin/playwright install chromium`."
            ) from error
        browser.on("context", _be_patient)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


def too_wide(page: Page, *, once: Locator) -> int:
    """Wait until *once* is visible; return by how many pixels the page is wider than its window.

    The locator *once* must match only the new page, because a click on a link may return before
    the new page has loaded.
    """
    expect(once).to_be_visible()
    width: int = page.evaluate(TOO_WIDE)
    return width


def _be_patient(context: BrowserContext) -> None:
    context.set_default_timeout(PATIENCE)
