"""Tests of imports: no process loads models or packages that it does not need."""

import subprocess
import sys

import pytest

MODELS = {
    "PIL",
    "av",
    "ctranslate2",
    "faiss",
    "faster_whisper",
    "onnxruntime",
    "sentence_transformers",
    "torch",
    "transformers",
}
NOT_IN_WEB = MODELS | {"ingest"}
NOT_IN_WORKER = MODELS | {"flask", "web"}
IMPORT_LIBRARY = """
import importlib, pkgutil, library
for module in pkgutil.iter_modules(library.__path__):
    importlib.import_module(f"library.{module.name}")
"""
NOT_IN_READER = MODELS | {"sqlalchemy", "alembic", "numpy", "flask", "search", "web"}
OPEN_LIBRARY = """
from pathlib import Path
from library.settings import Settings
from library.store import open_library
open_library(Settings(home=Path({home!r}))).close()
"""
NOT_IN_LIBRARY = MODELS | {"flask", "numpy", "search", "ingest", "web"}


def loaded_by(statements: str) -> set[str]:
    """Run *statements* in a new process. Return the top-level modules that it has loaded."""
    script = f"{statements}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statements", "forbidden"),
    [
        ("import web.app", NOT_IN_WEB),
        ("import web.cli", NOT_IN_WEB | {"flask", "search"}),
        ("import web.commands.bag", NOT_IN_WEB | {"flask", "search"}),
        ("import ingest.__main__", NOT_IN_WORKER),
        ("import ingest.readers.sandbox, ingest.readers.formats", NOT_IN_READER),
        ("import search.engine", MODELS | {"flask", "ingest", "web"}),
        (IMPORT_LIBRARY, NOT_IN_LIBRARY),
    ],
    ids=["web", "command line", "packing", "worker", "reader", "search", "library"],
)
def test_a_process_loads_no_more_than_it_needs(statements, forbidden):
    """Importing a package loads no library for models and no package of a higher layer."""
    assert loaded_by(statements) & forbidden == set()


def test_a_current_library_opens_without_alembic(library):
    """Opening a library with the current schema does not load Alembic."""
    assert "alembic" not in loaded_by(OPEN_LIBRARY.format(home=str(library.settings.home)))


def test_a_site_is_built_without_models(tmp_path):
    """The website of a new library answers a request without loading a library for models."""
    statements = f"""
from pathlib import Path
from library.queue import WorkQueue
from library.settings import Settings
from library.store import open_library
from search.engine import Engine
from web.app import create_app

home = Path({str(tmp_path)!r})
library = open_library(Settings(home=home))
app = create_app(library=library, engine=Engine(library, None), queue=WorkQueue(home))
assert app.test_client().get("/healthz").status_code == 200
"""

    assert loaded_by(statements) & NOT_IN_WEB == set()
