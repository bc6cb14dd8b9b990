"""A microphone for the tests: Chromium hears a recording of the sample library."""

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from ingest import decode
from ingest.media import SAMPLE_RATE
from tests.chromium import chromium

CLOCK = """() => {
  const shown = document.querySelector('[role=timer]')?.textContent ?? '';
  const [minutes, seconds] = shown.split(':').map(Number);
  return 60 * minutes + seconds;
}"""
SAMPLES = Path(__file__).parent.parent / "library" / "samples"


@contextmanager
def listening_chromium(
    folder: Path, clip: str = "three-minutes-before-the-board"
) -> Iterator[Browser]:
    """A Chromium whose microphone hears a sample recording over and over, and may be used."""
    heard = as_wav(SAMPLES / f"{clip}.ogg", folder)
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
    ) as browser:
        yield browser


@contextmanager
def chromium_on_a_call(folder: Path, title: str) -> Iterator[Browser]:
    """A Chromium that hears the same, whose user shares the tab with *title* when asked for one."""
    heard = as_wav(SAMPLES / "three-minutes-before-the-board.ogg", folder)
    with chromium(
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
        f"--auto-select-tab-capture-source-by-title={title}",
        audible=True,
    ) as browser:
        yield browser


def recorded_until(page: Page, second: int) -> int:
    """Come back when the clock of a recording has come so far; gives the second it shows then."""
    page.wait_for_function(f"(second) => ({CLOCK})() >= second", arg=second, polling=100)
    shown: int = page.evaluate(CLOCK)
    return shown


def as_wav(recording: Path, folder: Path) -> Path:
    """The sound of a recording as a WAV file in *folder*."""
    samples, path = folder / f"{recording.stem}.pcm", folder / f"{recording.stem}.wav"
    decode.decode(recording, into=samples, progress=lambda _: None)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.read_bytes())
    return path
