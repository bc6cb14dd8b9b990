"""Notices about content that was lost or repaired during decoding."""

from collections.abc import Iterable
from pathlib import Path

from ingest.media import container_structure
from ingest.media.media_info import Notice, Probe, clock
from ingest.media.track_decoder import Track
from library.translation import gettext, mark, ngettext

ESTIMATED = {"aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "mpegts", "mpeg", "flv"}
"""Containers with a duration that is estimated from the bit rate."""
SHORTFALL = 0.5
"""Seconds by which a recording may be shorter than its container claims, without a notice."""


def notices(
    path: Path, known: Probe, tracks: list[Track], duration: float, *, damaged: bool
) -> tuple[Notice, ...]:
    """Return all notices about a decoded file.

    Args:
        path: Media file.
        known: Metadata from before the decoding.
        tracks: Decoded tracks.
        duration: Seconds that were decoded.
        damaged: True if any packet or part could not be read.
    """
    found = missing(stretch for track in tracks for stretch in track.lost)
    found += [
        Notice(
            "joined",
            gettext(
                "Another recording begins at %(at)s: this file consists of several recordings. "
                "They are played one after the other.",
                at=clock(at),
            ),
            at,
            duration,
        )
        for at in sorted({at for track in tracks for at in track.joins})
    ]
    found += _cut_off(path, known, duration)
    if damaged and not found:
        message = mark("Parts of this file are damaged. All other parts were kept.")
        found.append(Notice("damaged", message))
    if len(tracks) > 1:
        found.append(
            Notice(
                "tracks",
                gettext(
                    "This file has %(count)s sound tracks. They were mixed into one.",
                    count=len(tracks),
                ),
            )
        )
    for track in tracks:
        found += _about_channels(track)
    return tuple(found)


def _cut_off(path: Path, known: Probe, duration: float) -> list[Notice]:
    """Return a notice if a recording ends before the duration or size that its file claims."""
    claimed, size = known.duration or 0.0, path.stat().st_size
    if stated_size := container_structure.claimed_size(path):
        claimed = max(claimed, duration * stated_size / size)
    if known.container in ESTIMATED or (known.container == "mp3" and not known.seekable):
        claimed = 0.0
    if claimed - duration > max(SHORTFALL, claimed * 0.005):
        message = gettext(
            "The file was cut off: its stated length is %(length)s, but its sound ends at "
            "%(end)s. Everything up to that time was kept.",
            length=clock(claimed),
            end=clock(duration),
        )
        return [Notice("truncated", message, duration, claimed)]
    if container_structure.ends_in_the_middle(path):
        message = gettext(
            "The file ends at %(end)s without an end mark. The last part may be missing.",
            end=clock(duration),
        )
        return [Notice("truncated", message, duration, None)]
    return []


def _about_channels(track: Track) -> list[Notice]:
    """Return notices about silent, inverted or clipped channels and invalid samples."""
    notices, mixer = [], track.mixer
    if mixer.dead_channels:
        message = mark(
            "One channel of this recording is silent. The other is used at its full level."
        )
        notices.append(Notice("one-channel", message))
    if mixer.flipped_seconds > max(1.0, mixer.heard_seconds / 100):
        message = ngettext(
            "The two channels cancel each other for %(num)s second (opposite polarity). One "
            "was inverted, so that no sound is lost.",
            "The two channels cancel each other for %(num)s seconds (opposite polarity). One "
            "was inverted, so that no sound is lost.",
            round(mixer.flipped_seconds),
        )
        notices.append(Notice("antiphase", message))
    if mixer.too_loud_seconds:
        message = gettext(
            "%(seconds)s seconds were recorded too loud. Their volume was reduced.",
            seconds=f"{mixer.too_loud_seconds:.1f}",
        )
        notices.append(Notice("loud", message))
    if track.cleaned:
        notices.append(
            Notice("damaged", mark("Some of the audio was not valid. It was replaced by silence."))
        )
    return notices


def missing(ranges: Iterable[tuple[float, float]], *, at_most: int = 20) -> list[Notice]:
    """Return notices for ranges (start, end in seconds) that could not be read.

    Ranges less than one second apart share a notice. After *at_most* notices, one notice covers
    all other ranges.
    """
    merged: list[tuple[float, float, float]] = []
    for start, end in sorted(ranges):
        if merged and start - merged[-1][1] < 1.0:
            first, last, lost = merged[-1]
            merged[-1] = (first, max(last, end), lost + end - start)
        else:
            merged.append((start, end, end - start))
    notices = [Notice("missing", _missing(*one), one[0], one[1]) for one in merged[:at_most]]
    if rest := merged[at_most:]:
        lost = sum(one[2] for one in rest)
        message = ngettext(
            "%(num)s more part could not be read: %(seconds)s seconds in total. "
            "It was replaced by silence.",
            "%(num)s more parts could not be read: %(seconds)s seconds in total. "
            "They were replaced by silence.",
            len(rest),
            seconds=f"{lost:.1f}",
        )
        notices.append(Notice("missing", message, rest[0][0], rest[-1][1]))
    return notices


def _missing(start: float, end: float, lost: float) -> str:
    """Return the text for one range of which *lost* seconds could not be read."""
    seconds = f"{lost:.2f}"
    if end - start < 1:
        return gettext(
            "%(seconds)s seconds at %(at)s could not be read. They were replaced by silence.",
            seconds=seconds,
            at=clock(start),
        )
    return gettext(
        "%(seconds)s seconds between %(start)s and %(end)s could not be read. They were replaced "
        "by silence.",
        seconds=seconds,
        start=clock(start),
        end=clock(end),
    )
