"""Fixtures of the search tests: the real embedder, loaded once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from library.settings import Settings
    from search.embedding.embedder import Embedder


@pytest.fixture(scope="session")
def real_settings(prepared: Path) -> Settings:
    """Settings of the folder with the exported model."""
    from library.settings import Settings

    return Settings(home=prepared.parent)


@pytest.fixture(scope="session")
def real_embedder(real_settings: Settings) -> Embedder:
    """The default embedder with real weights: multilingual-e5-small, trained on mentoring."""
    from search.embedding.embedder import open_embedder

    return open_embedder(real_settings)
