"""What most tests start from: an empty library in a folder of its own, and people in it."""

import fcntl
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from library.models import Role
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, add_account
from tests.fakes import BagOfWordsEmbedder

HOME = "LIVING_HISTORY_HOME"
PREPARE = """
from library.settings import read_settings
from library.weights import whisper_weights
from search.embed import open_embedder
from search.voiceprint import open_voice_models
for prepare in (whisper_weights, open_embedder, open_voice_models):
    prepare(read_settings())
"""

os.umask(0o077)  # as every program of the product does first

# No test is about time or luck: a busy machine must not fail one, and two runs try the same.
hypothesis_settings.register_profile("the same", deadline=None, derandomize=True)
hypothesis_settings.load_profile("the same")


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, not among all that is imported by now."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the real models are put together, once for all libraries and processes of the run."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def prepared(models: Path) -> Path:
    """The same folder with the real models in it: exporting them takes long, so one process does.

    That a library prepares them by itself is what `test_journey` begins with.
    """
    with (models.parent / "preparing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-c", PREPARE]
        subprocess.run(command, check=True, env=os.environ | {HOME: str(models.parent)})
    return models


@pytest.fixture
def settings(tmp_path: Path, models: Path) -> Settings:
    """Settings of a library in the test's own folder; only its models are shared."""
    home = tmp_path / "library"
    home.mkdir()
    (home / "models").symlink_to(models)
    return Settings(home=home)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an empty library, migrated once for all tests of the run."""
    home = tmp_path_factory.mktemp("blank")
    open_library(Settings(home=home)).close()
    return home / "library.db"


@pytest.fixture
def library(settings: Settings, blank: Path) -> Iterator[Library]:
    """An open, empty library."""
    shutil.copy(blank, settings.home)
    opened = open_library(settings)
    yield opened
    opened.close()


@pytest.fixture
def admin(library: Library) -> Account:
    """An administrator."""
    return add_account(library, "Ines Admin", Role.ADMIN)


@pytest.fixture
def mentor(library: Library) -> Account:
    """A mentor."""
    return add_account(library, "Ada Mentor", Role.MENTOR)


@pytest.fixture
def mentee(library: Library) -> Account:
    """A mentee."""
    return add_account(library, "Ben Mentee", Role.MENTEE)


@pytest.fixture
def embedder() -> BagOfWordsEmbedder:
    """An embedder without a model: texts that share words are near."""
    return BagOfWordsEmbedder()
