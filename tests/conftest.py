"""Fixtures of all tests: an empty library in its own folder, and accounts.

Fixtures import the product when they run, so that tests without fixtures start fast.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests.markers import is_left_out, markers_of, start_order

if TYPE_CHECKING:
    from library.settings import Settings
    from library.store import Library
    from tests.builders import Account
    from tests.fakes import BagOfWordsEmbedder

HOME = "LIVING_HISTORY_HOME"
PREPARE = """
from library.settings import read_settings
from library.weights import whisper_weights
from search.embedding.embedder import open_embedder
from search.embedding.speaker_models import open_speaker_models
for prepare in (whisper_weights, open_embedder, open_speaker_models):
    prepare(read_settings())
"""

os.umask(0o077)  # the umask that every program of the product sets

# Without a deadline, tests pass on a busy machine. With fixed examples, runs are repeatable.
hypothesis_settings.register_profile("the same", deadline=None, derandomize=True)
hypothesis_settings.load_profile("the same")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip a folder without importing it, if the option `-m` selects none of its tests."""
    return is_left_out(collection_path, config.option.markexpr) or None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Add the markers `browser`, `models` and `slow` to a test, by its path and fixtures."""
    for marker in markers_of(item.path, getattr(item, "fixturenames", ())):
        item.add_marker(marker)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest test files first, so that all test processes end at a similar time."""
    items.sort(key=lambda item: start_order(item.path))


def pytest_collection_finish() -> None:
    """Exclude all objects that exist before the first test from garbage collection.

    Later objects are collected less often than by default. This saves a tenth of the time of a test
    run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the real models, which all libraries and processes of the run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def prepared(models: Path) -> Path:
    """Folder with the real models, in the formats that the program runs.

    One process exports the models and the others wait, because this takes long. `make proofs` also
    tests that a new library exports its models: `tests/journeys/test_first_recording.py`.
    """
    with (models.parent / "preparing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-c", PREPARE]
        subprocess.run(command, check=True, env=os.environ | {HOME: str(models.parent)})
    return models


@pytest.fixture
def settings(tmp_path: Path, models: Path) -> Settings:
    """Settings of a library in a folder of the test, with the shared models."""
    from library.settings import Settings

    home = tmp_path / "library"
    home.mkdir()
    (home / "models").symlink_to(models)
    return Settings(home=home)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Database of an empty library, which is made once for all tests of the run."""
    from library.settings import Settings
    from library.store import open_library
    from tests.shared_statements import share_statements

    share_statements()
    home = tmp_path_factory.mktemp("blank")
    open_library(Settings(home=home)).close()
    return home / "library.db"


@pytest.fixture
def library(settings: Settings, blank: Path) -> Iterator[Library]:
    """Empty library, which is closed after the test."""
    from library.store import open_library

    shutil.copy(blank, settings.home)
    opened = open_library(settings)
    yield opened
    opened.close()


@pytest.fixture
def admin(library: Library) -> Account:
    """Account of an administrator."""
    from library.models import Role
    from tests.builders import add_account

    return add_account(library, "Ines Admin", Role.ADMIN)


@pytest.fixture
def mentor(library: Library) -> Account:
    """Account of a mentor."""
    from library.models import Role
    from tests.builders import add_account

    return add_account(library, "Ada Mentor", Role.MENTOR)


@pytest.fixture
def mentee(library: Library) -> Account:
    """Account of a mentee."""
    from library.models import Role
    from tests.builders import add_account

    return add_account(library, "Ben Mentee", Role.MENTEE)


@pytest.fixture
def embedder() -> BagOfWordsEmbedder:
    """Embedder without a model: texts that share words have similar vectors."""
    from tests.fakes import BagOfWordsEmbedder

    return BagOfWordsEmbedder()
