"""Site for the access tests."""

from collections.abc import Iterator

import pytest

from library.settings import Settings
from tests.web.access.matrix_world import World, full_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Site over a library with a session in every state. Every change is rolled back."""
    with full_world(Settings(home=tmp_path_factory.mktemp("matrix"))) as built:
        yield built
