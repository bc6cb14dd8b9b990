"""The library's home folder: made, and closed to other users of the machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077  # permission bits of the group and of everybody else


def write_privately() -> None:
    """Close every new file of this process and of its children to other users.

    Each program calls it first, so that SQLite's and other packages' files are covered, too.
    """
    os.umask(OTHERS)


def prepare(home: Path) -> None:
    """Make the home folder if it is not there; only its owner can look into it."""
    home.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def tighten(home: Path) -> str:
    """Close an existing home and all its files to other users; gives a sentence where it fails.

    Links are left alone: what they lead to is not the library's.
    """
    home = home.resolve()
    for path in open_to_others(home):
        try:
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        except FileNotFoundError:
            continue  # a temporary file that is gone by now
        except OSError:
            break  # said below
    left = next(open_to_others(home), None)
    if left is None:
        return ""
    return (
        f"Other users of this machine may be able to read {left}: it belongs to another account, "
        "or its disk keeps no permissions. Give the folder to the account that runs the library, "
        f"or move it to another disk; {home} should have the mode 0700, its files 0600."
    )


def open_to_others(home: Path) -> Iterator[Path]:
    """Yield the home folder, folders and files that other accounts may use in any way."""
    home = home.resolve()
    if _is_open(home):
        yield home
    for folder, folders, files in os.walk(home, onerror=None):
        yield from filter(_is_open, (Path(folder, name) for name in (*folders, *files)))


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
