"""Tests of the developer command that shows the stages of the pipeline for one file."""

import os
import subprocess
import sys
from pathlib import Path

from ingest.show_stages import Models, show
from library.models import SourceKind
from tests.fakes import BagOfWordsEmbedder
from tests.microphone import as_wav
from tests.paths import DATA


def test_each_stage_of_a_recording_is_shown(prepared, tmp_path: Path):
    """The command prints the stages in their order, with real models, and stores nothing."""
    home = prepared.parent
    recording = as_wav(DATA / "handover.ogg", tmp_path, seconds=14)
    before = sorted(home.iterdir())

    output = subprocess.run(
        [sys.executable, "-m", "ingest.show_stages", str(recording)],
        env=os.environ | {"LIVING_HISTORY_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    stages = [line.partition(":")[0] for line in output.splitlines() if not line.startswith(" ")]
    assert stages == ["PROBED", "DECODED", "TRANSCRIBED", "DIARIZED", "INDEXED"]
    assert "Speaker 2: " in output
    assert "the keys of the kiln room" in output
    assert sorted(home.iterdir()) == before


def test_a_note_is_shown_without_speech_recognition(tmp_path: Path):
    """The stages of a note are reading and indexing; no recognition model is opened."""
    note = tmp_path / "note.md"
    note.write_text("Delegate early.\n\nAsk for the keys.", encoding="utf-8")
    models = Models(transcriber=_fail, speakers=_fail, embedder=BagOfWordsEmbedder)

    output = list(show(note, models, kind=SourceKind.NOTE))

    assert output[0].startswith("READ: 2 segments")
    assert output[-1].endswith("Delegate early. Ask for the keys.")


def _fail():
    raise AssertionError("a note needs no such model")
