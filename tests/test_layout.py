"""Tests of the layout: the folders of the tests mirror the packages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

SHORT = 60  # lines; a shorter module needs no test file
UNCOUNTED = {"__init__.py", "__main__.py"}
CROSSING = {"journeys", "web/access", "web/browser"}  # names with packages: `web.media.clips`
API = "web/api"  # names with the section: `media.moments_api`
RESOURCE = re.compile(r"\w+\.\w+_(api|schemas)")
COVERS = re.compile(r"Covers:\s+([\w.,\s]+)\.")

MODULES = sorted(
    path
    for package in ("library", "search", "ingest", "web")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
    and path.name not in UNCOUNTED
    and len(path.read_text("utf-8").splitlines()) > SHORT
)


def covers_line(path: Path) -> str:
    """Return the last paragraph of a file's docstring if it has a `Covers:` line, else ""."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.split("\n\n")[-1] if "Covers:" in text else ""


COVERS_LINES = {
    path: text
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if (text := covers_line(path))
}


def folder_of(path: Path) -> str:
    """Return the folder of a test file, relative to `tests/`."""
    return path.parent.relative_to(ROOT / "tests").as_posix()


def covered_names(path: Path) -> Iterator[tuple[str, Path | None]]:
    """Yield each name of a `Covers:` line with its module's path, or None for a wrong name."""
    line = COVERS.fullmatch(COVERS_LINES[path])
    folder = folder_of(path)
    for name in re.split(r",\s*", line[1]) if line else ():
        module = Path(*name.split(".")).with_suffix(".py")
        if folder in CROSSING:
            yield name, ROOT / module if name.startswith("web.") else None
        elif RESOURCE.fullmatch(name):
            own = folder in {API, f"web/{module.parent}"}
            yield name, ROOT / "web" / module if own else None
        else:
            yield name, ROOT / folder / module if "." not in name else None


COVERED = {module for path in COVERS_LINES for _, module in covered_names(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_has_a_test_in_its_folder(path: Path) -> None:
    """Each module of more than 60 lines has a test file, or a `Covers:` line names the module."""
    module = path.relative_to(ROOT)
    folder = Path("tests") / module.parent
    name = f"{module.parent.name}.{path.stem}"
    listed, listing = (name, f"tests/{API}") if RESOURCE.fullmatch(name) else (path.stem, folder)
    assert (ROOT / folder / f"test_{path.name}").exists() or path in COVERED, (
        f"No test covers {module}. Write {folder}/test_{path.name}, or add {listed} to the "
        f"`Covers:` line of a test file in {listing}/."
    )


@pytest.mark.parametrize("path", COVERS_LINES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_covers_line_names_modules(path: Path) -> None:
    """A `Covers:` line is the last paragraph, ends with a full stop, and names real modules."""
    assert COVERS.fullmatch(COVERS_LINES[path]), (
        f"The `Covers:` line of {path.relative_to(ROOT)} must be the last paragraph of the "
        "docstring: `Covers: scoring, candidates.`"
    )
    unknown = [
        name for name, module in covered_names(path) if module is None or not module.is_file()
    ]
    assert unknown == [], (
        f"{path.relative_to(ROOT)} covers {', '.join(unknown)}, which is not a module of "
        f"{folder_of(path)}/."
    )
