"""How alike are prints of the same voice, and of different ones?

`python -m benchmarks.voice_prints AUDIO` makes a print of every clip with a known speaker in the
manifests below AUDIO, and of every speaker of the made-up conversations, compares each pair from
different clips, and prints what share of either kind a threshold would get wrong.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from benchmarks.transcribe import Clip, clips
from benchmarks.word_error import percentile
from ingest import pcm
from ingest.decode import decode
from ingest.prints import ALIKE, VoicePrinted, printed
from library.settings import read_settings
from search.voiceprint import VoiceModels, open_voice_models

EDGE = 0.2  # seconds of a clip that are left out at both ends
THRESHOLDS = (0.5, 0.55, 0.6, ALIKE, 0.7, 0.75)


def prints_of(clip: Clip, models: VoiceModels) -> Iterator[tuple[str, VoicePrinted]]:
    """Each known speaker of a clip with their print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples"
        decode(clip["path"], into=path, progress=lambda _: None)
        samples = pcm.read(path)
        turns: dict[str, list[tuple[float, float]]] = {}
        if clip.get("turns"):
            for turn in clip["turns"]:
                who = str(turn["speaker"]).removeprefix("spk")
                turns.setdefault(who, []).append((turn["start"], turn["end"]))
        elif clip.get("speaker"):
            turns[str(clip["speaker"])] = [(EDGE, clip["duration"] - EDGE)]
        for who, stretches in turns.items():
            yield who, printed(samples, stretches, models)


def run(audio: Path) -> None:
    """Print, compare, count."""
    if (models := open_voice_models(read_settings())) is None:
        raise SystemExit("The voices' weights are missing: see requirements-voices.lock.")
    known = [
        (clip["file"], who, one.vector)
        for clip in clips(audio)
        for who, one in prints_of(clip, models)
        if one.seconds
    ]
    same: list[float] = []
    different: list[float] = []
    for (file, who, mine), (other_file, other, theirs) in combinations(known, 2):
        if file != other_file:
            (same if who == other else different).append(float(mine @ theirs))
    print(f"{len(known)} prints of {len({who for _, who, _ in known})} speakers")
    for name, found in (("the same speaker", same), ("different speakers", different)):
        print(
            f"{len(found)} pairs of {name}: cosine {min(found):.2f} to {max(found):.2f}, "
            f"median {percentile(found, 50):.2f}"
        )
    for least in THRESHOLDS:
        missed = sum(one < least for one in same)
        taken = sum(one >= least for one in different)
        print(f"from {least:.2f} on: {missed} missed, {taken} taken for somebody else")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice_prints", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    run(parser.parse_args().audio)


if __name__ == "__main__":
    main()
