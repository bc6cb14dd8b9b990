"""Tests of the command `models` with a small hub on loopback."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from library import weights
from library.known_models import KNOWN, ModelKind
from library.settings import Settings
from library.weights import embedding_weights, reranker_weights, whisper_weights
from tests.tiny_hub import COMMIT, NEWER, TinyHub, running_hub
from web.cli import cli

SENTENCES = {"config.json": b"{}", "model.safetensors": b"weights"}
CLASSIFIER = {
    "config.json": b'{"architectures": ["BertForSequenceClassification"]}',
    "model.safetensors": b"weights",
}
SOUND = {"config.json": b"{}", "model.bin": b"weights", "vocabulary.txt": b"a"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folder as the cache of the hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    return tmp_path / "hub"


@pytest.fixture
def tiny_hub(monkeypatch: pytest.MonkeyPatch):
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def run(*arguments: str, **environment: str) -> Result:
    """Run the command with variables of the environment."""
    return CliRunner().invoke(cli, ["models", *arguments], env=environment)


def lines_of(listing: str, name: str) -> str:
    """Return the lines of one model in the listing."""
    blocks = listing.split("\n  ")
    start = next(n for n, block in enumerate(blocks) if block.split(" ")[0] == name)
    end = next(
        (n for n in range(start + 1, len(blocks)) if not blocks[n].startswith("    ")), len(blocks)
    )
    return "\n".join(blocks[start:end])


def put(cache: Path, repository: str, commit: str, weights: str = "model.safetensors") -> Path:
    """Put a model into the cache of the hub."""
    folder = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit
    folder.mkdir(parents=True)
    (folder / weights).touch()
    return folder


def test_the_list_says_what_each_model_brings_and_costs() -> None:
    """Each known model is listed with what it brings and costs, without a network."""
    listing = run().stdout

    for model in KNOWN:
        lines = lines_of(listing, model.name)
        assert f"Brings: {model.brings}" in lines
        assert f"Costs: {model.costs}" in lines
    assert [kind.variable in listing for kind in ModelKind] == [True, True, True]


def test_the_list_says_what_is_on_this_computer(cache, tmp_path, monkeypatch) -> None:
    """The list says which models come with the installation, are in the cache, or are missing."""
    known = {model.name: model for model in KNOWN}
    put(cache, "BAAI/bge-small-en-v1.5", known["bge-small-en-v1.5"].revision)
    put(cache, "BAAI/bge-base-en-v1.5", COMMIT)
    monkeypatch.setattr(weights, "ADAPTER", tmp_path / "no.safetensors")

    listing = run().stdout

    expected = {
        "all-MiniLM-L6-v2": "yes, with the installation",
        "multilingual-e5-small": "yes, with the installation",
        "mentoring-e5-small-1": "no, its file is missing",
        "bge-small-en-v1.5": f"yes, revision {known['bge-small-en-v1.5'].revision}\n",
        "bge-base-en-v1.5": f"yes, revision {COMMIT} (another one",
        "base": "yes, with the installation",
        "small": "no",
    }
    for name, state in expected.items():
        assert f"On this computer: {state}" in lines_of(listing, name) + "\n"


def test_the_trained_encoder_is_there_with_its_adapter(tmp_path, monkeypatch) -> None:
    """The encoder that this project trained is listed as soon as its adapter is there."""
    (tmp_path / "adapter.safetensors").touch()
    monkeypatch.setattr(weights, "ADAPTER", tmp_path / "adapter.safetensors")

    lines = lines_of(run().stdout, "mentoring-e5-small-1")

    assert "On this computer: yes, with the installation" in lines


def test_the_models_in_use_are_marked(tmp_path) -> None:
    """The models of the settings are marked. A folder is listed with its place."""
    (tmp_path / "my-encoder").mkdir()

    listing = run(
        LIVING_HISTORY_EMBEDDING_MODEL=str(tmp_path / "my-encoder"),
        LIVING_HISTORY_WHISPER_MODELS="small",
        LIVING_HISTORY_RERANK_MODEL="someone/else",
    ).stdout

    assert f"{tmp_path / 'my-encoder'} (in use)" in listing
    assert "someone/else (in use)\n      On this computer: no. The model someone/else" in listing
    used = {model.name for model in KNOWN if f"  {model.name} (in use)\n" in listing}
    assert used == {"base", "small"}


def test_nothing_is_written_by_the_list(tmp_path) -> None:
    """The list creates no library and joins no model file in the home folder."""
    run(LIVING_HISTORY_HOME=str(tmp_path / "home"))

    assert not (tmp_path / "home").exists()


def test_a_known_model_is_fetched_in_its_pinned_revision(tiny_hub: TinyHub, monkeypatch) -> None:
    """A known model is fetched in its pinned revision. The printed setting finds it."""
    known = next(model for model in KNOWN if model.name == "bge-small-en-v1.5")
    tiny_hub.repositories[known.repository] = SENTENCES
    tiny_hub.commits.append(known.revision)

    done = run("fetch", "bge-small-en-v1.5")

    setting = f"bge-small-en-v1.5@{known.revision}"
    assert f"set LIVING_HISTORY_EMBEDDING_MODEL={setting}, then" in done.stdout
    found = embedding_weights(Settings(embedding_model=setting))
    assert found.name == setting
    assert found.location.endswith(known.revision)


@pytest.mark.parametrize(
    ("files", "field", "find"),
    [
        (SENTENCES, "embedding_model", embedding_weights),
        (CLASSIFIER, "rerank_model", reranker_weights),
        (SOUND, "whisper_model", whisper_weights),
    ],
    ids=["encoder", "cross-encoder", "Whisper"],
)
@pytest.mark.parametrize("commit", [NEWER, COMMIT])
def test_another_model_is_fetched_by_name(tiny_hub, files, field, find, commit) -> None:
    """Another model is fetched by owner and name. The printed setting has the fetched revision."""
    tiny_hub.repositories["maker/thing"] = files

    done = run("fetch", "maker/thing" if commit == NEWER else f"maker/thing@{commit}")

    setting = f"maker/thing@{commit}"
    assert f"set LIVING_HISTORY_{field.upper()}={setting}, then" in done.stdout
    assert find(Settings(**{field: setting})).location.endswith(commit)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown", "not in the list"),
        ("mentoring-e5-small-1", "comes with the installation"),
        ("maker/nothing", "could not be reached"),
    ],
)
def test_a_model_that_cannot_be_fetched_is_a_sentence(name: str, said: str) -> None:
    """If a model cannot be fetched, the command fails with one sentence and no traceback."""
    done = run("fetch", name)

    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.output
