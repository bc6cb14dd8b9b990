"""A transcript as WebVTT (W3C), for the player's captions."""

from collections.abc import Iterable

from library.models import Segment
from library.reading import Line


def webvtt(lines: Iterable[Line | Segment]) -> str:
    """Cues with voice tags; what has no time or is suspect is left out."""
    cues = ["WEBVTT"]
    for line in lines:
        if line.start is None or line.end is None or line.suspect:
            continue
        times = f"{_stamp(line.start)} --> {_stamp(max(line.end, line.start + 0.1))}"
        voice = f"<v {_escape(line.speaker)}>" if line.speaker else ""
        cues.append(f"{times}\n{voice}{_escape(' '.join(line.text.split()))}")
    return "\n\n".join(cues) + "\n"


def _stamp(seconds: float) -> str:
    whole = round(max(0.0, seconds) * 1000)
    return (
        f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}"
        f":{whole // 1000 % 60:02}.{whole % 1000:03}"
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
