"""Formatting of times and text for export formats."""

import re

NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def stamp(seconds: float, mark: str = ".") -> str:
    """Return a time as 00:12:34.567, with *mark* before the milliseconds."""
    milliseconds = round(max(0.0, seconds) * 1000)
    return f"{short(milliseconds // 1000)}{mark}{milliseconds % 1000:03}"


def short(seconds: float) -> str:
    """Return a time as 00:12:34."""
    total = int(max(0.0, seconds))
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"


def on_one_line(text: str) -> str:
    """Return the text on one line: each run of white space becomes one space."""
    return " ".join(text.split())


def xml_text(text: str) -> str:
    """Return the text without characters that XML 1.0 does not allow."""
    return NOT_XML.sub("", text)
