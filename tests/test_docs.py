"""Tests of the documents: their settings, commands, links and pictures are correct."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from library.settings import Settings, variable
from tests.paths import ROOT
from web.cli import COMMANDS, cli

DOCS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md"))
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
MANUALS = ("mentee.md", "mentor.md", "admin.md")
LARGEST_PICTURE = 250_000  # bytes

every_document = pytest.mark.parametrize("document", DOCS, ids=lambda p: str(p.relative_to(ROOT)))


def shown(default: object) -> str:
    """Return a default value of a setting as the manual writes it."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"`{default}`" if str(default) else "empty"


def commands(group: click.Group, before: str = "living-history") -> list[str]:
    """Return all commands of *group* as a person types them, each after the text *before*."""
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        typed, command = f"{before} {name}", group.get_command(context, name)
        found += commands(command, typed) if isinstance(command, click.Group) else [typed]
    return found


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings of a document."""
    headings = HEADING.findall(document.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda f: f.name)
def test_every_setting_is_in_the_manual(setting):
    """The manual has a row for each setting, with variable, default and meaning."""
    manual = (ROOT / "docs/settings.md").read_text("utf-8")

    row = f"| `{variable(setting)}` | {shown(setting.default)} | {setting.metadata['about']} |"

    assert row in manual.splitlines()


def test_documents_name_only_settings_that_exist():
    """Each environment variable that a document names is a setting."""
    known = {variable(setting) for setting in fields(Settings)}
    text = "".join(document.read_text("utf-8") for document in DOCS)

    assert set(re.findall(r"LIVING_HISTORY_[A-Z_]*[A-Z]", text)) <= known


@pytest.mark.parametrize("command", commands(cli))
def test_every_command_is_in_the_manual(command):
    """The administrator's manual contains every command as a person types it."""
    assert f"`{command}" in (ROOT / "docs/admin.md").read_text("utf-8")


@every_document
def test_documents_name_only_commands_that_exist(document):
    """Each command in a document that begins with `living-history` or `make` exists."""
    text = document.read_text("utf-8")
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    typed = "\n".join([*FENCED.findall(text), *re.findall(r"`([^`\n]+)`", text)])

    made = set(re.findall(r"^(?:make) ([\w-]+)", typed, re.MULTILINE))
    called = set(re.findall(r"^(?:\S*/)?living-history ([a-z][\w-]*)", typed, re.MULTILINE))

    assert made <= targets
    assert called <= set(COMMANDS)


def test_the_readme_names_both_commands():
    """The code blocks of the README contain the lines `make serve` and `make test`."""
    lines = "".join(FENCED.findall((ROOT / "README.md").read_text("utf-8"))).splitlines()

    assert {"make serve", "make test"} <= set(lines)


@every_document
def test_links_lead_to_existing_files_and_headings(document):
    """Each relative link leads to an existing file and heading."""
    broken = []
    for link in LINK.findall(document.read_text("utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("manual", MANUALS)
def test_the_manuals_are_in_the_index(manual):
    """Each role has a manual, and the index of the documents links to it."""
    assert (ROOT / "docs" / manual).is_file()
    assert f"({manual})" in (ROOT / "docs/index.md").read_text("utf-8")


def test_every_decision_is_listed():
    """The list of decisions links to every decision record, with its number and title."""
    folder = ROOT / "docs/decisions"
    listed = (folder / "README.md").read_text("utf-8")

    for record in sorted(folder.glob("0*.md")):
        number, title = record.read_text("utf-8").splitlines()[0].removeprefix("# ").split(". ", 1)
        assert int(record.name[:4]) == int(number)
        assert f"{number}. [{title}]({record.name})" in listed


def test_pictures_are_small():
    """Each screenshot in the documents is at most 250 kB."""
    pictures = {path.name: path.stat().st_size for path in ROOT.glob("docs/screenshots/*.png")}

    assert pictures
    assert {name: size for name, size in pictures.items() if size > LARGEST_PICTURE} == {}


def test_the_licence_is_the_one_that_is_named():
    """LICENSE contains the Apache License 2.0. README and package metadata name this licence."""
    licence = (ROOT / "LICENSE").read_text("utf-8")

    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "Apache License 2.0" in (ROOT / "README.md").read_text("utf-8")
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text("utf-8")
