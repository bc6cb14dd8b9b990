"""Word error rate and CPU time of transcription, compared with openai-whisper.

`python -m benchmarks.transcribe AUDIO_DIR --out DIR` transcribes every clip in the manifests below
AUDIO_DIR by the product (decode, then transcribe) and by openai-whisper. Both use the same weights,
a beam of 5 and one thread, and process the clips in alternation. DIR/transcripts.jsonl has the
product's results, DIR/openai.jsonl those of openai-whisper. The table is printed.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from benchmarks.word_error import Scorer, percentile
from library.settings import read_settings
from library.weights import whisper_weights

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
Clip = dict[str, Any]


class Engine:
    """Speech recognition engine in a separate process (see `benchmarks.ears`)."""

    def __init__(self, kind: str, model: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ears", kind, model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ONE_THREAD},
        )
        self._read()

    def transcribe(self, clip: Clip, language: str, hints: str) -> dict[str, Any]:
        """Transcribe *clip*. Only the product uses *hints*, the words to expect."""
        spoken = clip.get("language") or language
        request = {"path": str(clip["path"]), "language": spoken, "hints": hints}
        if self._process.stdin is None:
            raise RuntimeError("The engine has no input.")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return {"file": clip["file"], **self._read()}

    def _read(self) -> dict[str, Any]:
        """Read the next answer. If the engine has ended, exit with its status."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            sys.exit(self._process.wait() or 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


def clips(folder: Path) -> list[Clip]:
    """Return the clips of each manifest.jsonl in or below *folder*, each file once."""
    found: dict[Path, Clip] = {}
    for manifest in sorted(folder.rglob("manifest.jsonl")):
        for line in manifest.read_text("utf-8").splitlines():
            clip = json.loads(line)
            path = _first(root / clip["file"] for root in (folder, *manifest.parents))
            if path is not None:
                found[path] = {**clip, "path": path}
    return list(found.values())


def drawn(all_clips: list[Clip], seconds: float | None) -> list[Clip]:
    """Return a sample of the clips that can be scored, about *seconds* long in total.

    Short and long clips are drawn evenly. If *seconds* is None, all clips are returned.
    """
    scored = [clip for clip in all_clips if scorable(clip)]
    total = sum(clip["duration"] for clip in scored)
    if seconds is None or seconds >= total:
        return scored
    sample, passed, sampled = [], 0.0, 0.0
    for clip in sorted(scored, key=lambda clip: (clip["duration"], clip["file"])):
        passed += clip["duration"]
        if sampled + clip["duration"] <= passed * seconds / total:
            sampled += clip["duration"]
            sample.append(clip)
    return sample


def scorable(clip: Clip) -> bool:
    """Return whether a clip has a reference text or is known to have no speech."""
    return bool(clip.get("reference")) or clip.get("kind") == "nonspeech"


def run(arguments: argparse.Namespace) -> None:
    """Transcribe the clips, write the results, score and print them."""
    wanted = [c for c in clips(arguments.audio) if arguments.kind in ("", c["kind"])]
    todo = wanted[: arguments.limit]
    if not todo:
        sys.exit(f"No manifest.jsonl with clips was found in or below {arguments.audio}.")
    known = _earlier_results(arguments.baseline, {clip["file"] for clip in todo})
    both = {clip["file"] for clip in drawn(todo, 0 if known else arguments.baseline_seconds)}
    folder = whisper_weights(read_settings()).location
    arguments.out.mkdir(parents=True, exist_ok=True)
    results: dict[str, list[dict[str, Any]]] = {"transcripts": [], "openai": []}
    with ExitStack() as stack:
        files = {
            name: stack.enter_context((arguments.out / f"{name}.jsonl").open("w", encoding="utf-8"))
            for name in results
        }
        engines = {"transcripts": stack.enter_context(Engine("product", folder))}
        if both:
            checkpoint = _converted(folder, Path(stack.enter_context(TemporaryDirectory())))
            engines["openai"] = stack.enter_context(Engine("openai", checkpoint))
        for clip in todo:
            for name, engine in engines.items():
                if name == "transcripts" or clip["file"] in both:
                    answer = engine.transcribe(clip, arguments.language, arguments.hints)
                    results[name].append(answer)
                    print(json.dumps(answer, ensure_ascii=False), file=files[name], flush=True)
    print(
        "\n".join(report(todo, results["transcripts"], results["openai"] or list(known.values())))
    )
    if arguments.hints:
        print(_hint_line(arguments.hints, results["transcripts"], todo))


def _earlier_results(path: Path | None, files: set[str]) -> dict[str, dict[str, Any]]:
    """Return results of openai-whisper for *files* from an earlier run, by file."""
    if path is None:
        return {}
    answers = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {answer["file"]: answer for answer in answers if answer["file"] in files}


def _converted(folder: str, into: Path) -> str:
    """Write the weights as an openai-whisper checkpoint to *into* and return its path."""
    checkpoint = str(into / "model.pt")
    command = [sys.executable, "-m", "benchmarks.openai_whisper", folder, checkpoint]
    subprocess.run(command, check=True)
    return checkpoint


def report(
    todo: list[Clip], ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> Iterator[str]:
    """Yield the lines of the table."""
    scorer, known = Scorer(), {clip["file"]: clip for clip in todo}
    both = {answer["file"] for answer in theirs}
    yield f"{len(ours)} clips by the product, {len(both)} of them also by openai-whisper."
    yield f"{'':34}{'clips':>6}{'words':>7}{'error %':>9}{'wrong':>7}{'dropped':>8}{'added':>7}"
    kinds = sorted({clip["kind"] for clip in todo if clip.get("reference")})
    for kind in [None, *kinds]:
        for name, answers, files in (
            ("the product", ours, both),
            ("openai-whisper", theirs, both),
            ("the product, every clip", ours, set(known)),
        ):
            chosen = [
                a for a in answers if a["file"] in files and known[a["file"]].get("reference")
            ]
            chosen = [a for a in chosen if kind in (None, known[a["file"]]["kind"])]
            if chosen:
                yield _error_line(scorer, f"{kind or 'all'}: {name}", chosen, known)
    for name, answers in (("the product", ours), ("openai-whisper", theirs)):
        if chosen := [answer for answer in answers if answer["file"] in both]:
            yield _cost_line(name, chosen, known)
    yield from _nonspeech_lines(scorer, ours, theirs, known)
    yield from _gap_lines(ours, known)
    yield _time_line(scorer, ours, known)


def _error_line(
    scorer: Scorer, name: str, answers: list[dict[str, Any]], known: dict[str, Clip]
) -> str:
    """Return the row with the word error rate of one engine on some clips."""
    one = scorer.error((known[a["file"]]["reference"], a["text"]) for a in answers)
    return (
        f"{name:40}{one.clips:>6}{one.words:>7}{one.rate:>9.2f}{one.substituted:>7}"
        f"{one.dropped:>8}{one.invented:>7}"
    )


def _cost_line(name: str, answers: list[dict[str, Any]], known: dict[str, Clip]) -> str:
    """Return a line with the cost of one engine for the clips that both engines transcribed."""
    cpu = sum(answer["seconds"] for answer in answers)
    sound = sum(known[answer["file"]]["duration"] for answer in answers)
    peak = max(answer["peak"] for answer in answers) / 2**20
    return (
        f"{name}: {cpu:.1f} CPU seconds for {sound:.0f} seconds of sound "
        f"({cpu / sound:.4f} a second), peak memory {peak:.0f} MiB"
    )


def _nonspeech_lines(
    scorer: Scorer,
    ours: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    known: dict[str, Clip],
) -> Iterator[str]:
    """Yield a line for each engine with its number of words in clips without speech."""
    for name, answers in (("the product", ours), ("openai-whisper", theirs)):
        silent = [one for one in answers if known[one["file"]].get("kind") == "nonspeech"]
        words = sum(len(scorer.words(one["text"])) for one in silent)
        if silent:
            yield f"{name}: {words} words in {len(silent)} clips without speech (must be 0)"


def _gap_lines(ours: list[dict[str, Any]], known: dict[str, Clip]) -> Iterator[str]:
    """Yield a line with the words that the product recognised in long gaps without speech."""
    with_gaps = [(a, gaps) for a in ours if (gaps := known[a["file"]].get("gaps"))]
    inside = [
        word["word"]
        for answer, gaps in with_gaps
        for word in answer["words"]
        if any(start <= word["start"] and word["end"] <= end for start, end, *_ in gaps)
    ]
    if with_gaps:
        count = sum(len(gaps) for _, gaps in with_gaps)
        yield (
            f"the product: {len(inside)} words inside {count} gaps of {len(with_gaps)} clips "
            f"with speech (must be 0) {' '.join(inside)}".rstrip()
        )


def _hint_line(hints: str, ours: list[dict[str, Any]], todo: list[Clip]) -> str:
    """Return a line with the number of expected words that were recognised."""
    scorer, known = Scorer(), {clip["file"]: clip for clip in todo}
    expected, spoken, recognised = set(scorer.words(hints)), 0, 0
    for answer in ours:
        there = Counter(scorer.words(known[answer["file"]].get("reference") or ""))
        found = Counter(scorer.words(answer["text"]))
        spoken += sum(there[word] for word in expected)
        recognised += sum(min(there[word], found[word]) for word in expected)
    return f"words of the hints: {recognised} of {spoken} recognised"


def _time_line(scorer: Scorer, ours: list[dict[str, Any]], known: dict[str, Clip]) -> str:
    """Return a line with the errors of word starts."""
    errors: list[float] = []
    for answer in ours:
        if words := true_words(known[answer["file"]]):
            errors += scorer.start_errors(words, answer["words"])
    if not errors:
        return "No clip has word times."
    away = [abs(error) for error in errors]
    return (
        f"starts of {len(errors)} words: off by {percentile(away, 50) * 1000:.0f} ms (median), "
        f"{percentile(away, 90) * 1000:.0f} ms (90 %), "
        f"bias {percentile(errors, 50) * 1000:+.0f} ms"
    )


def true_words(clip: Clip) -> list[list[Any]] | None:
    """Return the true words [start, end, word] of a clip; times in seconds.

    The manifest contains the words or names a file with them. None means unknown.
    """
    words = clip.get("words")
    if isinstance(words, str):
        path = _first(root / words for root in clip["path"].parents)
        words = json.loads(path.read_text("utf-8")) if path else None
    return words if isinstance(words, list) else None


def _first(paths: Iterable[Path]) -> Path | None:
    """Return the first path that is a file."""
    return next((path for path in paths if path.is_file()), None)


def main() -> None:
    """Read the command line and run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transcribe", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--limit", type=int, help="largest number of clips")
    parser.add_argument("--kind", default="", help="only clips of this kind")
    parser.add_argument("--hints", default="", help="names and words for the product to expect")
    parser.add_argument("--language", default="en", help="spoken language, for both engines")
    parser.add_argument(
        "--baseline-seconds",
        type=float,
        help="seconds of clips for openai-whisper, evenly drawn, because it is slow; 0: none",
    )
    parser.add_argument(
        "--baseline", type=Path, help="openai.jsonl of an earlier run, used instead of a new one"
    )
    run(parser.parse_args())


if __name__ == "__main__":
    main()
