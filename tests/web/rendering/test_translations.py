"""Tests that texts for people are marked for translation, and that translations are used.

Covers: translations.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from library import translation
from tests.paths import ROOT

ERRORS = re.findall(r"^class (\w+Error)\(", (ROOT / "library/errors.py").read_text(), re.MULTILINE)
MARKS = {"_", "gettext", "ngettext", "mark", "translated", *ERRORS}
WORD = re.compile(r"[^\W\d_]{2,}")
PACKAGES = ("library", "search", "ingest", "web")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "web/templates").rglob("*.html"))
SCRIPTS = sorted(
    path for path in (ROOT / "web/static").rglob("*.js") if path.parent.name != "bag"
)  # pages inside bags are English only
ATTRIBUTES = {"title", "alt", "aria-label", "placeholder", "label"}
NOT_PROSE = {"script", "style", "code", "kbd", "pre", "svg"}
VARIABLE = "0"  # replaces an expression in a template's text

JINJA = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)

NOT_READ = {
    # Objects and functions with texts that the site does not show.
    "log",
    "logger",
    "click",
    "warnings",
    "doc",
    "arguments",
    "response",
    "alt_response",
    "RuntimeError",
    "TypeError",
    "ValueError",
    "option",
    "argument",
    "add_argument",
    "person_choice",
    "ArgumentParser",
}
PROPER = {"BagIt", "Dublin Core", "Dublin Core XML", "IIIF", "OAI-PMH", "UTC"}
UNMARKED = {
    "library/consent/proposals.py": "condition: the consent ledger keeps the English words",
    "library/consent/release.py": "statement: the consent ledger keeps the English words",
    "library/data_download/rows.py": "reasons why tables are left out, which tests read",
    "library/known_models.py": "what a command prints",
    "library/markdown.py": "a comment on a constant",
    "library/publishing/dublin_core.py": "rights, which other libraries harvest",
    "library/settings.py": "documentation of environment variables",
    "search/embedding/cosine_scale.py": "texts that measure a model",
    "search/embedding/export_check.py": "texts that test a model",
    "search/embedding/onnx_export.py": "texts that test a model",
    "search/embedding/packaged_e5.py": "errors of a model file, which only the log has",
    "search/embedding/word_table.py": "a sentence that only the log has",
    "search/results/generation.py": "instructions for a language model",
    "search/results/hypothetical.py": "instructions for a language model",
    "web/accounts/sign_in.py": "a sentence that programs of earlier versions compare",
    "web/api.py": "description of the API",
    "web/openapi/person_name_schemas.py": "description of the API",
    "web/server/wsgi_call.py": "a programming error",
    "web/commands/check_receipt.py": "what a command prints",
    "web/commands/search.py": "what a command prints",
}
"""Modules with English sentences that are not marked, and why."""


class Prose(HTMLParser):
    """Parser that collects unmarked texts and attributes of a template that people read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes that people read."""
        self._inside += tag in NOT_PROSE
        self.found += [
            f"{name}={value}"
            for name, value in attrs
            if value and name in ATTRIBUTES and WORD.search(value) and value not in PROPER
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes of an empty element."""
        self.handle_starttag(tag, attrs)
        self._inside -= tag in NOT_PROSE

    def handle_endtag(self, tag: str) -> None:
        """Record that an element ends."""
        self._inside -= tag in NOT_PROSE

    def handle_data(self, data: str) -> None:
        """Collect an unmarked text."""
        text = data.strip(" ,0\n")
        is_attribute = re.match(r'[\w-]+="', text)  # output of a macro that writes attributes
        if not (self._inside or is_attribute or text in PROPER) and WORD.search(text):
            self.found.append(" ".join(data.split()))


def outside_marks(source: str) -> str:
    """Return a template without its `{% trans %}` blocks, with `VARIABLE` for each expression."""
    unmarked, inside, begins = [], False, False
    for _, kind, value in JINJA.lex(source):
        if kind == "data":
            unmarked.append("" if inside else value)
        elif kind == "variable_begin":
            unmarked.append(VARIABLE)
        elif kind == "name" and begins:
            inside = value == "trans" or (inside and value != "endtrans")
        begins = kind == "block_begin" or (begins and kind == "whitespace")
    return "".join(unmarked).replace(f"<{VARIABLE}", "<x").replace(f"</{VARIABLE}", "</x")


def literals(node: nodes.Node, *, marked: bool = False) -> Iterator[str]:
    """Yield sentences in the expressions of a template that are not marked for translation.

    *marked* says that *node* is inside a call of `gettext` or another marking function.
    """
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        if node.node.name in {"url_for", "has_endpoint"}:
            return
        marked = marked or node.node.name in MARKS
    if isinstance(node, nodes.Compare | nodes.Getitem | nodes.Test):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and not marked:
        text = node.value.strip()
        if WORD.search(text) and re.match(r"[A-Z]", text) and text not in PROPER:
            yield text
    for child in node.iter_child_nodes():
        yield from literals(child, marked=marked)


def unmarked_texts(node: ast.AST, *, marked: bool = False, raised: bool = False) -> Iterator[str]:
    """Yield the sentences and labels of a Python module that are not marked for translation.

    *marked* says that *node* is inside a call of `gettext` or another marking function, *raised*
    that it is inside a `raise` statement.
    """
    if isinstance(node, ast.Call):
        function = node.func
        names = {part.id for part in ast.walk(function) if isinstance(part, ast.Name)}
        if isinstance(function, ast.Attribute):
            names.add(function.attr)
        if names & NOT_READ:
            return
        marked = marked or bool(names & MARKS)
    if isinstance(node, ast.keyword) and node.arg in {"metadata", "description", "help"}:
        return
    if isinstance(node, ast.Compare | ast.Assert | ast.Expr) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Yield)
    ):
        return
    if isinstance(node, ast.Constant | ast.JoinedStr):
        text = text_of(node)
        ends = re.match(r"[A-Z“].* .*[.?!…]$", text, re.DOTALL)
        if not marked and (ends or (raised and " " in text and WORD.search(text))):
            yield text
        return
    raised = raised or isinstance(node, ast.Raise)
    for child in read_by_people(node):
        yield from unmarked_texts(child, marked=marked, raised=raised)


def read_by_people(node: ast.AST) -> list[ast.AST]:
    """Return the child nodes of a node, except for descriptions in the OpenAPI document."""
    if not isinstance(node, ast.Dict):
        return list(ast.iter_child_nodes(node))
    return [
        value
        for key, value in zip(node.keys, node.values, strict=True)
        if not (isinstance(key, ast.Constant) and key.value == "description")
    ]


def text_of(node: ast.Constant | ast.JoinedStr) -> str:
    """Return the text of a string literal, or "" for another constant."""
    if isinstance(node, ast.Constant):
        return node.value.strip() if isinstance(node.value, str) else ""
    return "".join(
        part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
    ).strip()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_sentence_of_a_template_is_marked(path: Path) -> None:
    """A template has no text, title, label or sentence that is not marked for translation."""
    source = path.read_text("utf-8")
    prose = Prose()
    prose.feed(outside_marks(source))

    assert [*prose.found, *literals(JINJA.parse(source))] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_message_of_a_module_is_marked(path: Path) -> None:
    """Every sentence in a module is marked for translation, except in modules of `UNMARKED`."""
    sentences = list(unmarked_texts(ast.parse(path.read_text("utf-8"))))

    assert bool(sentences) == (str(path.relative_to(ROOT)) in UNMARKED), sentences


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_sentence_of_a_script_is_marked(path: Path) -> None:
    """Each sentence in a script is an argument of `gettext` or `ngettext`."""
    source = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    source = re.sub(r"n?gettext\((\s*\"(?:[^\"\\]|\\.)*\",?)+", "", source)
    strings = re.findall(r"\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`", source)

    assert [one for pair in strings for one in pair if re.match(r"[A-Z]\w* .*\w", one)] == []


def test_the_catalogues_for_translators_can_be_made(tmp_path: Path) -> None:
    """Babel extracts sentences of pages, errors and scripts."""
    marks = [f"-k{name}" for name in ("mark", *ERRORS)]
    for config, options, known in (
        ("pyproject.toml", marks, ["Take it back for good", "This session was not found"]),
        ("web/translations/scripts.cfg", ["-k", "ngettext:1,2"], ["Not found."]),
    ):
        made = tmp_path / "made.pot"
        command = ["-m", "babel.messages.frontend", "--quiet", "extract", "-F", config]
        subprocess.run([sys.executable, *command, *options, "-o", made, "."], check=True, cwd=ROOT)
        catalogue = made.read_text("utf-8")
        assert [text for text in known if text not in catalogue] == []


def test_a_translation_replaces_the_english_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A translated sentence is used with its values and plural forms.

    A sentence without a translation stays English.
    """

    class German:
        def gettext(self, message: str) -> str:
            return {"Hello %(name)s": "Guten Tag, %(name)s"}.get(message, message)

        def ngettext(self, one: str, many: str, number: int) -> str:
            return "%(num)s Sitzung" if number == 1 else "%(num)s Sitzungen"

    monkeypatch.setattr(translation, "_source", German)

    assert translation.gettext("Hello %(name)s", name="Ada") == "Guten Tag, Ada"
    assert translation.gettext("100 % of it") == "100 % of it"
    assert translation.ngettext("%(num)s session", "%(num)s sessions", 2) == "2 Sitzungen"


def test_an_empty_sentence_has_no_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty sentence stays empty, although catalogues have their header under that key."""

    class Catalogue:
        def gettext(self, message: str) -> str:
            return message or "Language: de"

    monkeypatch.setattr(translation, "_source", Catalogue)

    assert translation.gettext("") == ""
