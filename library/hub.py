"""Models of the Hugging Face hub: those in the cache of this computer, and fetching one.

Only the command `living-history models fetch` uses the network. A hub of your own, or a mirror, is
named by `HF_ENDPOINT`.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from library.errors import InvalidInputError, LibraryError, WeightsError
from library.files import convert_disk_errors
from library.known_models import HubAddress

HUB = "https://huggingface.co"
WEIGHTS = {".safetensors", ".bin"}
WHISPER_FILES = re.compile(
    r"(config|preprocessor_config|tokenizer)\.json|vocabulary\.\w+|model\.bin"
)
ENCODER_FILES = re.compile(r"(\d+_\w+/)?[^/]+\.(json|txt|model|safetensors)")


def cache_folder() -> Path:
    """Return the folder of the cache, as the environment sets it."""
    default = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"
    return Path(os.environ.get("HF_HUB_CACHE", default))


def find(address: HubAddress) -> Path | None:
    """Return the folder of a model in the cache, or None.

    The revision is a commit, the beginning of one, or the name of a branch or tag. Without a
    revision, the snapshot that was fetched last is found. A snapshot without weights is the rest of
    an interrupted download.
    """
    folder = cache_folder() / f"models--{address.repository.replace('/', '--')}"
    wanted = _commit(folder, address.revision)
    snapshots = [
        snapshot
        for snapshot in (folder / "snapshots").glob("*")
        if snapshot.name.startswith(wanted)
        and any(path.suffix in WEIGHTS for path in snapshot.iterdir())
    ]
    return max(snapshots, key=lambda snapshot: snapshot.stat().st_mtime, default=None)


def _commit(folder: Path, revision: str) -> str:
    """Return the commit of a branch or tag, or else *revision* itself."""
    reference = folder / "refs" / revision
    return reference.read_text().strip() if revision and reference.is_file() else revision


def fetch(address: HubAddress) -> Path:
    """Copy a model from the hub to the cache. Return its folder, whose name is the commit.

    Raises:
        InvalidInputError: the hub does not have the model, or has no files that can be used.
        WeightsError: the hub cannot be reached.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    endpoint = os.environ.get("HF_ENDPOINT", HUB)
    try:
        about = HfApi(endpoint=endpoint).model_info(
            address.repository, revision=address.revision or None
        )
        names = [file.rfilename for file in about.siblings or []]
        with convert_disk_errors():
            folder = snapshot_download(
                address.repository,
                revision=about.sha,
                cache_dir=cache_folder(),
                allow_patterns=_needed(address, names),
                endpoint=endpoint,
            )
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise InvalidInputError(
            "The hub at %(endpoint)s has no model %(address)s that can be read without an account. "
            "Check the name and the revision.",
            endpoint=endpoint,
            address=address,
        ) from error
    except OfflineModeIsEnabled as error:
        raise WeightsError(
            "HF_HUB_OFFLINE forbids the network. Unset it, and run the command again."
        ) from error
    except LibraryError:
        raise
    except Exception as error:  # the HTTP client of the package has errors of its own
        raise _unreachable(endpoint, address) from error
    return Path(folder)


def _unreachable(endpoint: str, address: HubAddress) -> WeightsError:
    return WeightsError(
        "The hub at %(endpoint)s could not be reached, or did not send all files. Run the command "
        "again. If this computer has no network, run `hf download %(repository)s%(revision)s "
        "--local-dir FOLDER` on a computer that has one, copy the folder, and name it in the "
        "setting of the model.",
        endpoint=endpoint,
        repository=address.repository,
        revision=f" --revision {address.revision}" if address.revision else "",
    )


def _needed(address: HubAddress, names: Sequence[str]) -> list[str]:
    """Return the files of a repository that the library reads.

    Many repositories have the same weights in several formats. A pickle is never fetched.

    Raises:
        InvalidInputError: there are no weights that the library reads.
    """
    if any(PurePosixPath(name).suffix == ".safetensors" for name in names):
        return [name for name in names if ENCODER_FILES.fullmatch(name)]
    if "model.bin" in names:
        return [name for name in names if WHISPER_FILES.fullmatch(name)]
    raise InvalidInputError(
        "%(repository)s has no weights that the library can use: neither safetensors nor a "
        "Whisper model of CTranslate2 (model.bin). Choose another model.",
        repository=address.repository,
    )
