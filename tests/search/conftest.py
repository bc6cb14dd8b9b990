"""The real embedder, opened once for all tests that need it."""

from pathlib import Path

import pytest

from library.settings import Settings
from search.embed import Embedder, open_embedder


@pytest.fixture(scope="session")
def real_settings(prepared: Path) -> Settings:
    """Settings of the folder that holds the exported model."""
    return Settings(home=prepared.parent)


@pytest.fixture(scope="session")
def real_embedder(real_settings: Settings) -> Embedder:
    """all-MiniLM-L6-v2 as the product runs it."""
    return open_embedder(real_settings)
