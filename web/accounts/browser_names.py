"""Browser and system names for the list of sign-ins, from the `User-Agent` header."""

PROGRAMS = (  # The first match is used, because most user agents name other browsers as well.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def described(user_agent: str) -> str:
    """Return the names of a browser and its system, such as "Firefox on Windows"."""
    program = _first(user_agent, PROGRAMS) or "Unknown program"
    system = _first(user_agent, SYSTEMS)
    return f"{program} on {system}" if system else program


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
