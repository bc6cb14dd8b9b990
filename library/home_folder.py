"""Home folder of the library, closed to other users of the machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from library.translation import gettext

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077  # permission bits of the group and of other users


def write_privately() -> None:
    """Set the umask so that new files of this process and its children are private.

    Each program calls this function first. So files that SQLite and other packages create are
    private, too.
    """
    os.umask(OTHERS)


def prepare(home: Path) -> None:
    """Create the home folder if it is missing, with access for its owner only."""
    home.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def tighten(home: Path) -> str:
    """Remove the permissions of other users from a home folder.

    Symbolic links are not changed: their targets do not belong to the library.

    Returns:
        A warning that names a file that other users may still be able to read, else "".
    """
    home = home.resolve()
    for path in open_to_others(home):
        try:
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        except FileNotFoundError:
            continue  # a temporary file that was deleted
        except OSError:
            break  # reported below
    left = next(open_to_others(home), None)
    if left is None:
        return ""
    return gettext(
        "Other users of this machine may be able to read %(file)s. The file belongs to another "
        "account, or its disk stores no permissions. Make the account that runs the library the "
        "owner of the folder, or move the folder to another disk. %(home)s should have the mode "
        "0700, and its files the mode 0600.",
        file=left,
        home=home,
    )


def open_to_others(home: Path) -> Iterator[Path]:
    """Yield the paths in a home folder, itself included, that other accounts may access."""
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
