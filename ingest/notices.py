"""What was lost in decoding, or is doubtful, in sentences."""

from collections.abc import Iterable
from pathlib import Path

from ingest import containers
from ingest.media import Notice, Probe, clock
from ingest.track import Track

ESTIMATED = {"aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "mpegts", "mpeg", "flv"}
"""Containers whose duration is a guess from the bit rate."""
SHORTFALL = 0.5
"""Seconds by which a recording may end before the time that its container says."""


def notices(
    path: Path, known: Probe, tracks: list[Track], duration: float, *, damaged: bool
) -> tuple[Notice, ...]:
    """Everything that was lost or is doubtful, in sentences."""
    found = missing(stretch for track in tracks for stretch in track.lost)
    found += [
        Notice(
            "joined",
            f"Another recording begins at {clock(at)}: files were glued together. "
            "They follow one another here.",
            at,
            duration,
        )
        for at in sorted({at for track in tracks for at in track.joins})
    ]
    found += _cut_off(path, known, duration)
    if damaged and not found:
        message = "Parts of this file are damaged; what could be read was kept."
        found.append(Notice("damaged", message))
    if len(tracks) > 1:
        found.append(
            Notice("tracks", f"This file has {len(tracks)} sound tracks; they were mixed into one.")
        )
    for track in tracks:
        found += _about_channels(track)
    return tuple(found)


def _cut_off(path: Path, known: Probe, duration: float) -> list[Notice]:
    """What is said when a recording ends before its time."""
    claimed, size = known.duration or 0.0, path.stat().st_size
    if said := containers.claimed_size(path):
        claimed = max(claimed, duration * said / size)
    if known.container in ESTIMATED or (known.container == "mp3" and not known.seekable):
        claimed = 0.0
    if claimed - duration > max(SHORTFALL, claimed * 0.005):
        message = (
            f"The file was cut off: it says that it lasts {clock(claimed)}, "
            f"and its sound ends at {clock(duration)}. All that is there was kept."
        )
        return [Notice("truncated", message, duration, claimed)]
    if containers.ends_in_the_middle(path):
        message = (
            f"The file ends at {clock(duration)} without an end mark: the last part may be missing."
        )
        return [Notice("truncated", message, duration, None)]
    return []


def _about_channels(track: Track) -> list[Notice]:
    """What was done about channels that would have cost the recording its voice."""
    notices, mixer = [], track.mixer
    if mixer.dead_channels:
        message = "One channel of this recording is silent; the other was used at its full level."
        notices.append(Notice("one-channel", message))
    if mixer.flipped_seconds > max(1.0, mixer.heard_seconds / 100):
        message = (
            f"The two channels cancel each other for {mixer.flipped_seconds:.0f} seconds "
            "(one is upside down); one was turned over, so that nothing fell silent."
        )
        notices.append(Notice("antiphase", message))
    if mixer.too_loud_seconds:
        message = (
            f"{mixer.too_loud_seconds:.1f} seconds were recorded far too loud and were turned down."
        )
        notices.append(Notice("loud", message))
    if track.cleaned:
        notices.append(
            Notice("damaged", "Some samples held no number; they were replaced by silence.")
        )
    return notices


def missing(ranges: Iterable[tuple[float, float]], *, at_most: int = 20) -> list[Notice]:
    """Sentences for the stretches (seconds) that could not be read, neighbours said as one."""
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
        message = f"{len(rest)} more places could not be read, {lost:.1f} seconds altogether."
        notices.append(Notice("missing", message, rest[0][0], rest[-1][1]))
    return notices


def _missing(start: float, end: float, lost: float) -> str:
    """One stretch that could not be read, as a sentence."""
    where = f"at {clock(start)}" if end - start < 1 else f"between {clock(start)} and {clock(end)}"
    return f"{lost:.2f} seconds {where} could not be read; there is silence in their place."
