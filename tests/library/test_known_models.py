"""Tests of the list of known models."""

import re

import pytest

from library.known_models import KNOWN, HubAddress, ModelKind, find_known, hub_address


def test_a_revision_is_a_whole_commit() -> None:
    """Each revision of the list is a whole commit, which cannot change."""
    revisions = [model.revision for model in KNOWN if model.revision]

    assert len(revisions) > 5
    assert all(re.fullmatch("[0-9a-f]{40}", revision) for revision in revisions)


def test_a_name_means_one_model() -> None:
    """No two models of the list have the same short name or the same repository."""
    names = [name for model in KNOWN for name in (model.name, model.repository) if name]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "setting",
    ["small", "Systran/faster-whisper-small", "small@abc", "Systran/faster-whisper-small@a"],
)
def test_a_known_model_is_found_by_each_of_its_names(setting: str) -> None:
    """A known model is found by short name and by repository, with or without a revision."""
    found = find_known(setting)

    assert found is not None
    assert found.name == "small"
    assert find_known(setting, ModelKind.ENCODER) is None


@pytest.mark.parametrize(
    ("setting", "kind", "address"),
    [
        ("small", ModelKind.WHISPER, HubAddress("Systran/faster-whisper-small")),
        ("small.en", ModelKind.WHISPER, HubAddress("Systran/faster-whisper-small.en")),
        ("large-v3-turbo", ModelKind.WHISPER,
         HubAddress("mobiuslabsgmbh/faster-whisper-large-v3-turbo")),
        ("small", ModelKind.ENCODER, HubAddress("sentence-transformers/small")),
        ("bge-small-en-v1.5@abc", ModelKind.ENCODER, HubAddress("BAAI/bge-small-en-v1.5", "abc")),
        ("x-v2", ModelKind.RERANKER, HubAddress("cross-encoder/x-v2")),
        ("maker/x@v1", ModelKind.RERANKER, HubAddress("maker/x", "v1")),
    ],
)  # fmt: skip
def test_a_setting_names_a_repository(setting: str, kind: ModelKind, address: HubAddress) -> None:
    """A short name gets the owner of the list, or the usual owner of its kind."""
    assert hub_address(setting, kind) == address
