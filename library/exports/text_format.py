"""Times and words in the form that export formats need."""

import re

NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def stamp(seconds: float, mark: str = ".") -> str:
    """Return a time as 00:12:34.567, with *mark* before the milliseconds."""
    whole = round(max(0.0, seconds) * 1000)
    return f"{short(whole // 1000)}{mark}{whole % 1000:03}"


def short(seconds: float) -> str:
    """Return a time as 00:12:34."""
    whole = int(max(0.0, seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def on_one_line(text: str) -> str:
    """Return the text with white space replaced by single spaces."""
    return " ".join(text.split())


def xml_text(text: str) -> str:
    """Return the text without characters that XML 1.0 does not allow."""
    return NOT_XML.sub("", text)
