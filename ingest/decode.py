"""Any recording to raw 16 kHz mono samples, packet by packet, saying what was lost. Home of PyAV.

The usual decoders stop at the first damaged packet without a sign, hear only the first of several
tracks or glued files, and mix upside-down channels to silence. Here a damaged packet costs itself
alone, silence keeps its place, and everything that happened is said.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ingest import containers, pcm
from ingest.media import SAMPLE_RATE, Decoded, Probe
from ingest.mixdown import Mixdown
from ingest.notices import ESTIMATED, notices
from ingest.track import Track
from library.errors import UnreadableMediaError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

    SoundPacket = av.Packet[av.AudioStream]

WAV_PACKET = "65536"  # bytes; FFmpeg gives 0.06 s at a time, which cost more than their sound
FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,"
    "3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,ogg,tta,w64,wav,wv"
)
"""Formats that hold their own sound; playlists and the like, which name other files, are out."""
PACKET_TIMES = {"matroska", "mov", "mpegts", "mpeg", "flv", "asf", "avi"}
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "ac3": "audio/ac3",
    "asf": "audio/x-ms-wma",
    "caf": "audio/x-caf",
}
MOST_ERRORS_IN_A_ROW = 100

Progress = Callable[[float], None]


def probe(path: Path) -> Probe:
    """What the recording at *path* says about itself, without decoding it.

    Raises:
        UnreadableMediaError: there is no recording in it; the message says what is.
    """
    with containers.Part(path, 0, path.stat().st_size) as file, _open(path, file) as container:
        sound = container.streams.audio
        video = [one for one in container.streams.video if not _is_cover(one)]
        if not sound:
            raise UnreadableMediaError(
                "This video has no sound, so there is nothing to write down."
                if video
                else "There is no sound in this file."
            )
        context, name = sound[0].codec_context, container.format.name.split(",")[0]
        duration = container.duration / 1e6 if container.duration else None
        return Probe(
            duration=duration,
            container=name,
            codec=context.name,
            tracks=len(sound),
            channels=context.channels,
            sample_rate=context.sample_rate,
            has_video=bool(video),
            video_codec=video[0].codec_context.name if video else None,
            media_type=_media_type(name, path, has_video=bool(video)),
            seekable=_seekable(name, path, duration),
        )


def decode(path: Path, *, into: Path, progress: Progress, channel: int | None = None) -> Decoded:
    """Write the sound in *path* to *into* as raw 16 kHz mono samples, 16 bits, little-endian.

    One pass in constant memory. *progress* is called with 0..1. With *channel*, of a file with
    two, that one alone is written, silent where the voice is on the other.

    Raises:
        UnreadableMediaError: no sound could be read.
        StorageFullError: the disk is full.
    """
    known = probe(path)
    beside = [into, *(into.with_name(f"{into.name}.track{i}") for i in range(1, known.tracks))]
    try:
        with ExitStack() as stack:
            sinks = [stack.enter_context(pcm.PcmWriter(one)) for one in beside]
            tracks = [Track(sink, may_pause=may_pause(known), only=channel) for sink in sinks]
            damaged = read(path, tracks, progress)
        samples = tracks[0].samples if known.tracks == 1 else _merge(beside, into)
    finally:
        for one in beside[1:]:
            one.unlink(missing_ok=True)
    progress(1.0)
    found = notices(path, known, tracks, samples / SAMPLE_RATE, damaged=damaged)
    return Decoded(
        samples=samples,
        retimed=any(one.retimed for one in tracks),
        notices=found,
        one_voice_each=known.tracks == 1 and tracks[0].mixer.one_voice_each,
    )


def may_pause(known: Probe) -> bool:
    """Whether short gaps between packets are the encoder's choice, not a loss."""
    return known.container in PACKET_TIMES


def read(path: Path, tracks: list[Track], progress: Progress) -> bool:
    """Walk through *path* and give its first sound tracks to *tracks*; whether it is damaged.

    Raises:
        UnreadableMediaError: no sound could be read.
        StorageFullError: the disk is full.
    """
    run = _Run(path, tracks, progress)
    for index, (start, end) in enumerate(containers.parts(path)):
        run.part(start, end, first=index == 0)
    for track in tracks:
        track.flush()
    if not any(track.samples for track in tracks):
        raise UnreadableMediaError(
            "This file has the beginning of a recording but no sound in it. "
            "Copy it again from the device that recorded it."
        )
    return run.damaged


@dataclass
class _Run:
    """The walk over a file's packets."""

    path: Path
    tracks: list[Track]
    progress: Progress
    damaged: bool = False
    _said: float = 0.0
    _lost: set[int] = field(default_factory=set)

    def part(self, start: int, end: int, *, first: bool) -> None:
        """Decode one of the files that are glued together in this one."""
        with containers.Part(self.path, start, end) as file:
            try:
                container = _open(self.path, file)
            except UnreadableMediaError:
                if first:
                    raise
                self.damaged = True
                return
            with container:
                origin = (container.start_time or 0) / 1e6
                for track in self.tracks:
                    track.begin(origin) if first else track.join()
                for packet in self._packets(container):
                    self._take(packet)
                    self._tell(start, packet)

    def _packets(self, container: "InputContainer") -> Iterator["SoundPacket"]:
        """Every packet of sound; errors of the container are stepped over."""
        import av

        streams = list(container.streams.audio)[: len(self.tracks)]
        for stream in streams:
            if stream.codec_context.name == "flac":
                # Left alone, the decoder logs a wrong checksum and hands on the noise.
                stream.codec_context.options = {"err_detect": "crccheck+explode"}
        errors, walk = 0, container.demux(streams)
        while errors < MOST_ERRORS_IN_A_ROW:
            try:
                packet = cast("SoundPacket", next(walk))
            except StopIteration:
                return
            except av.error.FFmpegError:
                self.damaged = True
                errors, walk = errors + 1, container.demux(streams)
                continue
            errors = 0
            yield packet

    def _take(self, packet: "SoundPacket") -> None:
        """Decode one packet; if it is damaged, only it is lost."""
        import av

        index = list(packet.stream.container.streams.audio).index(packet.stream)
        track = self.tracks[index]
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            if track.end and containers.is_mp3_header(bytes(packet)):
                track.joins.append(track.end)
            elif packet.size:
                self.damaged = True
                self._lost.add(index)
            return
        for frame in frames:
            track.add(frame, after_loss=index in self._lost)
            self._lost.discard(index)

    def _tell(self, start: int, packet: "SoundPacket") -> None:
        """Say how far we are, once a percent."""
        if packet.pos is None:
            return
        done = (start + packet.pos) / self.path.stat().st_size
        if done - self._said >= 0.01:
            self._said = done
            self.progress(min(done, 1.0))


def _open(path: Path, file: containers.Part) -> "InputContainer":
    """*file* as a container of one of our formats; no other file is ever opened from it."""
    import av

    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none", "max_size": WAV_PACKET}
    try:
        return av.open(file, "r", metadata_errors="ignore", container_options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise UnreadableMediaError(containers.why_unreadable(path)) from error


def _is_cover(stream: "av.VideoStream") -> bool:
    """Whether a video stream is only the picture on the cover."""
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _media_type(name: str, path: Path, *, has_video: bool) -> str:
    """The container's media type (RFC 6838), as browsers know it."""
    kind = "video" if has_video else "audio"
    with path.open("rb") as file:
        head = file.read(64)
    if name == "mov":
        return "video/quicktime" if has_video and head[8:12] == b"qt  " else f"{kind}/mp4"
    if name == "matroska":
        return f"{kind}/webm" if b"webm" in head else f"{kind}/x-matroska"
    if has_video:
        return "video/ogg" if name == "ogg" else "application/octet-stream"
    return MEDIA_TYPES.get(name, "application/octet-stream")


def _seekable(name: str, path: Path, duration: float | None) -> bool:
    """Whether a player can find a second in it without reading all of it."""
    if name == "mp3":
        return containers.mp3_seek_table(path)
    return duration is not None and name not in ESTIMATED


def _merge(beside: list[Path], into: Path) -> int:
    """Mix the tracks' samples into one file; the number of samples."""
    sources = [pcm.read(one) for one in beside]
    mixer, longest = Mixdown(), max(len(source) for source in sources)
    mixed = into.with_name(f"{into.name}.mixed")
    try:
        with pcm.PcmWriter(mixed) as writer:
            for start in range(0, longest, pcm.BLOCK):
                block = np.zeros((len(sources), min(pcm.BLOCK, longest - start)), np.float32)
                for row, source in zip(block, sources, strict=True):
                    piece = source[start : start + pcm.BLOCK]
                    row[: len(piece)] = piece / np.float32(32768)
                writer.write(mixer.add(block))
            writer.write(mixer.flush())
        mixed.replace(into)
    finally:
        mixed.unlink(missing_ok=True)
    return longest
