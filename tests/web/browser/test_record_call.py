"""Tests of recording a call in another tab together with the microphone."""

from pathlib import Path

import numpy as np

from ingest.media.decode import decode
from ingest.media.media_info import SAMPLE_RATE
from library.capture import browser_recordings
from tests.microphone import chromium_on_a_call, recorded_until
from tests.web.browser.sign_in import sign_in

TONE = 1000  # hertz: sound of the other person in the call
CALL = "The call"
SOUND = """hertz => {
    document.title = "The call";
    const context = new AudioContext(), tone = context.createOscillator();
    const quieter = new GainNode(context, { gain: 0.3 });
    tone.frequency.value = hertz;
    tone.connect(quieter).connect(context.destination);
    tone.start();
}"""


def loudness(samples, lowest, highest):
    """Return the mean power of samples between two frequencies, in hertz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(power[(hertz >= lowest) & (hertz < highest)].mean())


def test_both_sides_of_a_call_are_in_the_recording(address, admin, library, tmp_path):
    """A recording contains the sound of the call's tab and the speech from the microphone."""
    with chromium_on_a_call(tmp_path, CALL) as browser:
        context = browser.new_context(base_url=address, permissions=["microphone"])
        call, page = context.new_page(), context.new_page()
        call.goto("/sign-in")
        call.get_by_label("E-mail").click()
        call.evaluate(SOUND, TONE)
        page.goto("/sign-in?next=/record")
        sign_in(page, admin)

        page.get_by_label("The microphone and a shared tab").check()
        page.get_by_role("button", name="Start recording").click()
        recorded_until(page, 6)
        page.get_by_role("button", name="Finish").click()
        page.wait_for_url("**/add?upload=*")

    samples = recorded_samples(library, admin, tmp_path)
    around = loudness(samples, TONE - 5, TONE + 5)
    assert around > 20 * loudness(samples, TONE + 50, TONE + 150)
    assert loudness(samples, 150, 600) > 20 * loudness(samples, 7000, 7900)


def recorded_samples(library, admin, tmp_path: Path):
    """Return the sound samples of the only unfinished browser recording."""
    with library.reading() as db:
        (upload,) = browser_recordings.unfinished(db, admin.viewer)
    into = tmp_path / "recorded.pcm"
    decode(library.files.path(upload.sha256), into=into, progress=lambda _: None)
    return np.fromfile(into, dtype=np.int16).astype(np.float64)
