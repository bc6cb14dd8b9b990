"""Tests of the hub: which files are fetched, and what a person reads if that fails."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from library import hub
from library.errors import InvalidInputError, WeightsError
from library.known_models import HubAddress
from tests.tiny_hub import COMMIT, NEWER, TinyHub, running_hub

ENCODER = "maker/encoder"
ENCODER_FILES = {
    "config.json": b"{}",
    "tokenizer.json": b'{"of": "words"}',
    "1_Pooling/config.json": b'{"of": "pooling"}',
    "model.safetensors": b"weights",
    "pytorch_model.bin": b"a pickle",
    "onnx/model.onnx": b"weights in another form",
    "onnx/config.json": b"{}",
}
WHISPER_FILES = {"config.json": b"{}", "model.bin": b"weights", "vocabulary.txt": b"a", "x.py": b""}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folder as the cache of the hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def tiny_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyHub]:
    """Running hub with an encoder."""
    with running_hub() as running:
        running.repositories[ENCODER] = ENCODER_FILES
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def files_in(folder: Path) -> set[str]:
    """Return the files of a folder and its subfolders, by their relative paths."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_revision_that_was_asked_for_is_fetched(tiny_hub) -> None:
    """A pinned revision is fetched into the cache, where its weights are found again."""
    folder = hub.fetch(HubAddress(ENCODER, COMMIT))

    assert folder.name == COMMIT
    assert hub.find(HubAddress(ENCODER, COMMIT)) == folder
    assert (folder / "model.safetensors").read_bytes() == b"weights"


def test_without_a_revision_the_newest_is_fetched(tiny_hub) -> None:
    """Without a revision, the newest commit is fetched. Its folder has the name of the commit."""
    assert hub.fetch(HubAddress(ENCODER)).name == NEWER


def test_a_pickle_and_other_formats_are_not_fetched(tiny_hub) -> None:
    """Of an encoder, only the safetensors, the tokenizer and the configuration are fetched."""
    folder = hub.fetch(HubAddress(ENCODER))

    wanted = {"config.json", "tokenizer.json", "1_Pooling/config.json", "model.safetensors"}
    assert files_in(folder) == wanted
    assert set(tiny_hub.sent) == wanted


def test_a_whisper_model_is_fetched_without_code(tiny_hub) -> None:
    """Of a Whisper model, the weights, the vocabulary and the configuration are fetched."""
    tiny_hub.repositories["maker/whisper"] = WHISPER_FILES

    folder = hub.fetch(HubAddress("maker/whisper"))

    assert files_in(folder) == {"config.json", "model.bin", "vocabulary.txt"}


def test_a_model_with_only_a_pickle_is_refused(tiny_hub) -> None:
    """A repository whose weights are only a pickle is refused, and nothing is fetched."""
    tiny_hub.repositories["maker/old"] = {"config.json": b"{}", "pytorch_model.bin": b"a pickle"}

    with pytest.raises(InvalidInputError, match="neither safetensors"):
        hub.fetch(HubAddress("maker/old"))

    assert tiny_hub.sent == []


@pytest.mark.parametrize(
    "address",
    [HubAddress("maker/nothing"), HubAddress(ENCODER, "v9"), HubAddress("not a name/at all")],
    ids=["repository", "revision", "name"],
)
def test_a_model_that_the_hub_lacks_is_refused(tiny_hub, address) -> None:
    """A wrong name or revision is refused with a sentence that names it."""
    with pytest.raises(InvalidInputError, match="Check the name") as error:
        hub.fetch(address)

    assert str(address) in str(error.value)


def test_without_a_network_a_person_reads_what_to_do(cache, monkeypatch) -> None:
    """If the hub cannot be reached, the message says how to bring the model as a folder."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(WeightsError, match="could not be reached") as error:
        hub.fetch(HubAddress(ENCODER, COMMIT))

    assert f"hf download {ENCODER} --revision {COMMIT} --local-dir FOLDER" in str(error.value)


def test_an_interrupted_download_is_not_found(tiny_hub) -> None:
    """If the hub does not send the weights, the model is not found. The next try completes it."""
    tiny_hub.broken = {"model.safetensors"}
    with pytest.raises(WeightsError, match="did not send all files"):
        hub.fetch(HubAddress(ENCODER, COMMIT))
    assert hub.find(HubAddress(ENCODER)) is None

    tiny_hub.broken = set()
    folder = hub.fetch(HubAddress(ENCODER, COMMIT))

    assert hub.find(HubAddress(ENCODER)) == folder


def test_a_revision_is_found_by_commit_beginning_or_branch(cache) -> None:
    """The cache is searched by commit, its beginning, or a branch; else the last one is found."""
    model = cache / "models--maker--encoder"
    for age, commit in enumerate((NEWER, COMMIT)):
        folder = model / "snapshots" / commit
        folder.mkdir(parents=True)
        (folder / "model.safetensors").touch()
        os.utime(folder, (age, age))
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(NEWER)

    revisions = (COMMIT, COMMIT[:7], "main", "", "v9")
    found = [hub.find(HubAddress(ENCODER, revision)) for revision in revisions]

    assert [folder and folder.name for folder in found] == [COMMIT, COMMIT, NEWER, COMMIT, None]
