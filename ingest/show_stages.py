"""Stages of the pipeline, shown for one file: `python -m ingest.show_stages FILE`.

For developers: nothing is stored and no library is opened. The models of the settings are used.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.asr.result import AsrBlock
from ingest.asr.transcriber import Transcriber, open_transcriber
from ingest.diarization import stage
from ingest.media import decode
from ingest.media.media_info import clock
from ingest.readers import read
from library import home_folder
from library.errors import LibraryError
from library.models import SourceKind
from library.sessions.segments import SegmentDraft
from library.settings import Settings, read_settings
from search.embedding.embedder import Embedder, open_embedder
from search.embedding.speaker_models import SpeakerModels, open_speaker_models
from search.indexing.chunking import chunk


@dataclass(frozen=True, kw_only=True)
class Models:
    """Functions that open the models. A note needs only the embedder."""

    transcriber: Callable[[], Transcriber]
    speakers: Callable[[], SpeakerModels | None]
    embedder: Callable[[], Embedder]


def show(path: Path, models: Models, *, kind: SourceKind = SourceKind.RECORDING) -> Iterator[str]:
    """Yield the results of the stages, line by line.

    Raises:
        InvalidInputError: The file cannot be read.
    """
    if kind is SourceKind.RECORDING:
        segments = yield from _recording(path, models)
    else:
        written = read.read(path, path.name, note=kind is SourceKind.NOTE, alive=_ignore)
        language = written.language or "not stated"
        yield f"READ: {len(written.segments)} segments, language: {language}"
        segments = list(written.segments)
    for segment in segments:
        suspect = f" [not indexed: {segment.suspect}]" if segment.suspect else ""
        yield f"  {_time(segment.start)} {segment.speaker or 'no speaker'}: {segment.text}{suspect}"
    yield from _passages(segments, models.embedder())


def _recording(path: Path, models: Models) -> Generator[str, None, list[SegmentDraft]]:
    """Yield the result of each stage of a recording, line by line; return the segments."""
    probe = decode.probe(path)
    yield (
        f"PROBED: {probe.container}, {probe.codec}, {probe.channels} channels, "
        f"{probe.sample_rate} Hz, {_time(probe.duration)}"
    )
    with tempfile.TemporaryDirectory() as folder:
        pcm = Path(folder) / "sound.pcm"
        decoded = decode.decode(path, into=pcm, progress=_ignore)
        yield f"DECODED: {decoded.samples} samples, {_time(decoded.duration)}"
        yield from (f"  notice: {notice.message}" for notice in decoded.notices)
        blocks = list(models.transcriber().transcribe(pcm, language=None, progress=_ignore))
        yield from _blocks(blocks)
        segments, notice = stage.diarize(
            pcm, blocks, models.speakers, people=None, progress=_ignore
        )
    speakers = {segment.speaker for segment in segments} - {""}
    yield f"DIARIZED: {len(speakers)} speakers in {len(segments)} segments"
    if notice is not None:
        yield f"  notice: {notice.message}"
    return segments


def _blocks(blocks: Sequence[AsrBlock]) -> Iterator[str]:
    yield f"TRANSCRIBED: {len(blocks)} blocks"
    for block in blocks:
        words = [word for segment in block.segments for word in segment.words]
        sure = np.mean([word.probability for word in words]) if words else 0.0
        yield (
            f"  block {block.number} from {_time(block.start)}: language {block.language}, "
            f"{block.voiced:.1f} s of speech, {len(words)} words of mean probability {sure:.2f}"
        )


def _passages(segments: Sequence[SegmentDraft], embedder: Embedder) -> Iterator[str]:
    passages = chunk(segments)
    yield f"INDEXED: {len(passages)} passages, {embedder.model}, {embedder.dimension} dimensions"
    if not passages:
        return
    vectors = embedder.embed_passages([passage.text for passage in passages])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1.0)
    for number, passage in enumerate(passages):
        nearest = int(np.argmax(likeness[number]))
        text = passage.text.replace("\n", " / ")
        near = (
            f", nearest: {nearest} ({likeness[number, nearest]:.2f})" if len(passages) > 1 else ""
        )
        yield f"  passage {number} at {_time(passage.start)}{near}: {text}"


def _time(seconds: float | None) -> str:
    return "-:--" if seconds is None else clock(seconds)


def _ignore(*_progress: float) -> None:
    """Ignore a progress report."""


def _models(settings: Settings) -> Models:
    return Models(
        transcriber=lambda: open_transcriber(settings),
        speakers=lambda: open_speaker_models(settings),
        embedder=lambda: open_embedder(settings),
    )


def main() -> None:
    """Print the stages of the file on the command line."""
    home_folder.write_privately()
    parser = argparse.ArgumentParser(prog="python -m ingest.show_stages", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--kind", type=SourceKind, choices=tuple(SourceKind), default=SourceKind.RECORDING
    )
    arguments = parser.parse_args()
    settings = read_settings()
    home_folder.prepare(settings.home)
    try:
        for line in show(arguments.file, _models(settings), kind=arguments.kind):
            sys.stdout.write(f"{line}\n")
    except (LibraryError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
