"""Times and words as the formats can hold them."""

import re

NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def stamp(seconds: float, mark: str = ".") -> str:
    """00:12:34.567, with *mark* before the milliseconds."""
    whole = round(max(0.0, seconds) * 1000)
    return f"{short(whole // 1000)}{mark}{whole % 1000:03}"


def short(seconds: float) -> str:
    """00:12:34."""
    whole = int(max(0.0, seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def on_one_line(text: str) -> str:
    """The same words, with single spaces between them."""
    return " ".join(text.split())


def xml_text(text: str) -> str:
    """The same without characters that XML 1.0 cannot hold."""
    return NOT_XML.sub("", text)
