"""Tests of the language rules of CONTRIBUTING.md."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("library", "search", "ingest", "web", "benchmarks")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OPENINGS = re.compile(r"(What|Who|Whoever|Whose|Those|The same|Let|How|Whether|Where|That)\b")
FORBIDDEN = re.compile(
    r"\b(whoever|whomever|anew|nobody else|somebody|everybody|there is no such|of this number"
    r"|is no [a-z]+ of|at night|by day|shelf|shelves)\b",
    re.IGNORECASE,
)
EXEMPT = {
    # Consent statements and texts of receipts are never changed.
    "library/consent/release.py",
    "library/removal/account_deletion_sessions.py",
    # Questions as they were typed.
    "docs/judged-answers.md",
    # Test sentences for a model, and a list of stop words.
    "search/embedding/cosine_scale.py",
    "search/embedding/export_check.py",
    "search/embedding/onnx_export.py",
    "search/overview/labels.py",
}
ARRAY = re.compile(r"\b(NDArray|Floats|Vectors|Slots|Counts|SlotArray|Mask)\b")
SHAPE = re.compile(r"`?\(.*,.*\) (float|int|uint|bool)|\bshape\b|`\([\w, .*+]+,?\)")

every_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))


def documented(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Yield modules, classes and functions of a file with their docstrings."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield node, text


def prose(path: Path) -> Iterator[str]:
    """Yield comments, docstrings, and strings of more than one word."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT or (
                token.type == tokenize.STRING and " " in token.string
            ):
                yield token.string


@every_module
def test_docstrings_open_with_a_verb_or_a_noun(path: Path) -> None:
    """No docstring begins with a question word, "Those", "The same" or "Let"."""
    assert [text.split("\n")[0] for _, text in documented(path) if OPENINGS.match(text)] == []


@every_module
def test_code_names_roles_and_things_by_their_terms(path: Path) -> None:
    """Only files in `EXEMPT` contain forbidden words in docstrings, comments or messages."""
    found = [text for text in prose(path) if FORBIDDEN.search(text)]

    assert bool(found) == (str(path.relative_to(ROOT)) in EXEMPT), found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_documents_name_roles_and_things_by_their_terms(path: Path) -> None:
    """Only documents in `EXEMPT` contain forbidden words."""
    lines = path.read_text("utf-8").splitlines()
    found = [line.strip() for line in lines if FORBIDDEN.search(line)]

    assert bool(found) == (str(path.relative_to(ROOT)) in EXEMPT), found


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.relative_to(ROOT).parts[0] in {"search", "ingest"}],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_functions_with_arrays_name_their_shapes(path: Path) -> None:
    """If a public function takes or returns an array, its docstring says the shape."""
    unnamed = []
    for node, text in documented(path):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        notes = [a.annotation for a in node.args.args + node.args.kwonlyargs] + [node.returns]
        signature = " ".join(ast.unparse(note) for note in notes if note is not None)
        if ARRAY.search(signature) and not SHAPE.search(text):
            unnamed.append(node.name)
    assert unnamed == []
