"""Decoder of media files to raw 16 kHz mono samples, packet by packet, with PyAV.

Common decoders stop at the first damaged packet without an error. They decode only the first of
several tracks or concatenated files, and mix channels of opposite polarity to silence. This decoder
skips only the damaged packet, fills its time with silence, and reports each loss as a notice.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ingest.media import container_structure, pcm
from ingest.media.downmix import Mixdown
from ingest.media.media_info import SAMPLE_RATE, Decoded, Probe
from ingest.media.notices import ESTIMATED, notices
from ingest.media.track_decoder import Track
from library.errors import UnreadableMediaError
from library.translation import mark

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

    SoundPacket = av.Packet[av.AudioStream]

WAV_PACKET = "65536"  # bytes; with the default (0.06 s), reading takes more time than decoding
FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,"
    "3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,ogg,tta,w64,wav,wv"
)
"""Allowed FFmpeg demuxers. Playlists are excluded, because they refer to other files."""
PACKET_TIMES = {"matroska", "mov", "mpegts", "mpeg", "flv", "asf", "avi"}
"""Containers with a time stamp for each packet."""
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
    """Return the metadata of a media file without decoding it.

    Raises:
        UnreadableMediaError: The file has no audio track. The message names what it contains.
    """
    with (
        container_structure.Part(path, 0, path.stat().st_size) as file,
        _open(path, file) as container,
    ):
        sound = container.streams.audio
        video = [one for one in container.streams.video if not _is_cover(one)]
        if not sound:
            raise UnreadableMediaError(
                mark("This video has no sound, so it cannot be transcribed. Upload one with sound.")
                if video
                else mark("This file has no sound. Upload a recording with sound.")
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
    """Decode *path* to raw 16 kHz mono samples, 16 bits, little-endian, in constant memory.

    Args:
        path: Media file.
        into: File that receives the samples.
        progress: Callback with the progress, 0 to 1.
        channel: Number of the only channel to write, if the file has two. The output is silent
            while the speaker of the other channel speaks. None: all channels, mixed.

    Raises:
        UnreadableMediaError: No audio could be decoded.
        StorageFullError: The disk is full.
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
        one_speaker_each=known.tracks == 1 and tracks[0].mixer.one_speaker_each,
    )


def may_pause(known: Probe) -> bool:
    """Return whether short gaps between packets can be intended silence (DTX), not lost sound."""
    return known.container in PACKET_TIMES


def read(path: Path, tracks: list[Track], progress: Progress) -> bool:
    """Decode the first audio tracks of *path* into *tracks*. Return whether the file is damaged.

    Raises:
        UnreadableMediaError: No audio could be decoded.
        StorageFullError: The disk is full.
    """
    run = _Run(path, tracks, progress)
    for index, (start, end) in enumerate(container_structure.parts(path)):
        run.part(start, end, first=index == 0)
    for track in tracks:
        track.flush()
    if not any(track.samples for track in tracks):
        raise UnreadableMediaError(
            "This file has the header of a recording but no sound in it. "
            "Copy it again from the device that recorded it."
        )
    return run.damaged


@dataclass
class _Run:
    """State of one decoding run over the packets of a file."""

    path: Path
    tracks: list[Track]
    progress: Progress
    damaged: bool = False
    _reported: float = 0.0
    _lost: set[int] = field(default_factory=set)

    def part(self, start: int, end: int, *, first: bool) -> None:
        """Decode one of the concatenated files: the bytes *start* to *end*.

        Raises:
            UnreadableMediaError: The first file is not a recording. Other files that cannot be read
                only count as damage.
        """
        with container_structure.Part(self.path, start, end) as file:
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
                    self._report(start, packet)

    def _packets(self, container: "InputContainer") -> Iterator["SoundPacket"]:
        """Yield the audio packets. Demuxer errors are skipped, up to a limit in a row."""
        import av

        streams = list(container.streams.audio)[: len(self.tracks)]
        for stream in streams:
            if stream.codec_context.name == "flac":
                # By default, the decoder logs a wrong checksum and returns the damaged samples.
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
        """Decode one packet. A damaged packet is skipped."""
        import av

        index = list(packet.stream.container.streams.audio).index(packet.stream)
        track = self.tracks[index]
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            if track.end and container_structure.is_mp3_header(bytes(packet)):
                track.joins.append(track.end)
            elif packet.size:
                self.damaged = True
                self._lost.add(index)
            return
        for frame in frames:
            track.add(frame, after_loss=index in self._lost)
            self._lost.discard(index)

    def _report(self, start: int, packet: "SoundPacket") -> None:
        """Report the progress, at most once for each percent."""
        if packet.pos is None:
            return
        done = (start + packet.pos) / self.path.stat().st_size
        if done - self._reported >= 0.01:
            self._reported = done
            self.progress(min(done, 1.0))


def _open(path: Path, file: container_structure.Part) -> "InputContainer":
    """Open *file* as one of `FORMATS`. FFmpeg cannot open other files or URLs from it.

    Raises:
        UnreadableMediaError: The file is not a recording.
    """
    import av

    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none", "max_size": WAV_PACKET}
    try:
        return av.open(file, "r", metadata_errors="ignore", container_options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise UnreadableMediaError(container_structure.why_unreadable(path)) from error


def _is_cover(stream: "av.VideoStream") -> bool:
    """Return whether a video stream is only an attached cover picture."""
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _media_type(name: str, path: Path, *, has_video: bool) -> str:
    """Return the media type (RFC 6838) of the container as browsers use it."""
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
    """Return whether a player can seek by time without reading the whole file."""
    if name == "mp3":
        return container_structure.mp3_seek_table(path)
    return duration is not None and name not in ESTIMATED


def _merge(beside: list[Path], into: Path) -> int:
    """Mix the PCM files of all tracks into *into* and return the number of samples."""
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
