"""A call in another tab is recorded together with the microphone, as one stream."""

from pathlib import Path

import numpy as np

from ingest.decode import decode
from ingest.media import SAMPLE_RATE
from library.capture import captures
from tests.speaking import chromium_on_a_call, recorded_until
from tests.web.signing_in import sign_in

TONE = 1000  # hertz: what the other side of the call sounds like here
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
    """Mean power of a band of frequencies, in hertz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(power[(hertz >= lowest) & (hertz < highest)].mean())


def test_both_sides_of_a_call_are_in_the_recording(address, admin, library, tmp_path):
    """The other side sounds one tone; it is there, and so is the voice at the microphone."""
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

    samples = heard_in(library, admin, tmp_path)
    around = loudness(samples, TONE - 5, TONE + 5)
    assert around > 20 * loudness(samples, TONE + 50, TONE + 150)
    assert loudness(samples, 150, 600) > 20 * loudness(samples, 7000, 7900)


def heard_in(library, admin, tmp_path: Path):
    """The samples of the one recording that is not a session yet."""
    with library.reading() as db:
        (upload,) = captures.unfinished(db, admin.viewer)
    into = tmp_path / "recorded.pcm"
    decode(library.files.path(upload.sha256), into=into, progress=lambda _: None)
    return np.fromfile(into, dtype=np.int16).astype(np.float64)
