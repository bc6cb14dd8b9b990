"""Chromium with a simulated microphone that plays a recording of the sample library."""

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from ingest.media import decode
from ingest.media.media_info import SAMPLE_RATE
from tests.chromium import chromium
from tests.paths import SAMPLES

CLOCK = """() => {
  const shown = document.querySelector('[role=timer]')?.textContent ?? '';
  const [minutes, seconds] = shown.split(':').map(Number);
  return 60 * minutes + seconds;
}"""


@contextmanager
def listening_chromium(
    folder: Path, clip: str = "three-minutes-before-the-board"
) -> Iterator[Browser]:
    """Run Chromium with a simulated microphone that repeats a sample recording.

    Pages may use the microphone without asking.
    """
    wav = as_wav(SAMPLES / f"{clip}.ogg", folder)
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}",
    ) as browser:
        yield browser


@contextmanager
def chromium_on_a_call(folder: Path, title: str) -> Iterator[Browser]:
    """Run Chromium with a simulated microphone.

    If a page asks to record a tab, Chromium chooses the tab with *title*.
    """
    wav = as_wav(SAMPLES / "three-minutes-before-the-board.ogg", folder)
    with chromium(
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}",
        f"--auto-select-tab-capture-source-by-title={title}",
        audible=True,
    ) as browser:
        yield browser


def recorded_until(page: Page, second: int) -> int:
    """Wait until the clock of a recording shows at least *second*. Return the seconds it shows."""
    page.wait_for_function(f"(second) => ({CLOCK})() >= second", arg=second, polling=100)
    clock: int = page.evaluate(CLOCK)
    return clock


def as_wav(recording: Path, folder: Path, *, seconds: int | None = None) -> Path:
    """Write the sound of a recording, or its first *seconds*, as a WAV file to *folder*.

    Returns:
        The path of the WAV file: 16-bit samples of one channel.
    """
    samples, path = folder / f"{recording.stem}.pcm", folder / f"{recording.stem}.wav"
    decode.decode(recording, into=samples, progress=lambda _: None)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.read_bytes()[: seconds and 2 * SAMPLE_RATE * seconds])
    return path
