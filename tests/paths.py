"""Folders that tests read from."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
SAMPLES = ROOT / "library" / "samples"
