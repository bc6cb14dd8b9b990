"""Tests of imports: no process loads more modules than it needs."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
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
WEB = MODELS | {"ingest"}
WORKER = MODELS | {"flask", "web"}
WHOLE_GROUND = """
import importlib, pkgutil, library
for module in pkgutil.iter_modules(library.__path__):
    importlib.import_module(f"library.{module.name}")
"""
READER = MODELS | {"sqlalchemy", "alembic", "numpy", "flask", "search", "web"}
OPENED = """
from pathlib import Path
from library.settings import Settings
from library.store import open_library
open_library(Settings(home=Path({home!r}))).close()
"""
GROUND = MODELS | {"flask", "numpy", "search", "ingest", "web"}


def loaded_by(statements: str) -> set[str]:
    """Return the top-level modules that a new process has loaded after *statements*."""
    script = f"{statements}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statements", "kept_out"),
    [
        ("import web.app", WEB),
        ("import web.cli", WEB | {"flask", "search"}),
        ("import web.commands.bag", WEB | {"flask", "search"}),
        ("import ingest.__main__", WORKER),
        ("import ingest.readers.sandbox, ingest.readers.formats", READER),
        ("import search.engine", MODELS | {"flask", "ingest", "web"}),
        (WHOLE_GROUND, GROUND),
    ],
    ids=["web", "command line", "packing", "worker", "reader", "search", "library"],
)
def test_a_process_loads_no_more_than_it_needs(statements, kept_out):
    """Importing a package loads no models and no package above it."""
    assert loaded_by(statements) & kept_out == set()


def test_a_current_library_opens_without_alembic(library):
    """Opening a library with the current schema does not load Alembic."""
    assert "alembic" not in loaded_by(OPENED.format(home=str(library.settings.home)))


def test_a_site_is_built_without_models(tmp_path):
    """A site over a new library answers without loading a model."""
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

    assert loaded_by(statements) & WEB == set()
