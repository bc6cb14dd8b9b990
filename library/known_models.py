"""Models that are known to work, with what each brings and costs.

Sizes and times are those of docs/benchmarks.md, relative to the default model, or say that the
model was not measured. Revisions are commits of the Hugging Face hub.
"""

from dataclasses import dataclass
from enum import Enum

from library.settings import PREFIX

E5_SMALL, MENTORING = "multilingual-e5-small", "mentoring-e5-small-1"


class ModelKind(Enum):
    """Purpose of a model. The value is the field of `Settings` that names the model."""

    ENCODER = "embedding_model"
    RERANKER = "rerank_model"
    WHISPER = "whisper_model"

    @property
    def variable(self) -> str:
        """Environment variable of the setting."""
        return PREFIX + self.value.upper()


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """A model by its short name, and where the hub has it."""

    kind: ModelKind
    name: str
    brings: str
    costs: str
    repository: str = ""  # on the hub; "" if the model comes only with the installation
    revision: str = ""


KNOWN = (
    KnownModel(
        kind=ModelKind.ENCODER,
        name=MENTORING,
        brings="The default. Reads about a hundred languages. It was trained by this project on "
        "questions that share few words with their answers.",
        costs="77 MB, and 210 MB in the home folder.",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name=E5_SMALL,
        brings="Reads about a hundred languages. A question finds answers in other languages.",
        costs="As mentoring-e5-small-1, without the adapter of 5 MB.",
        repository="intfloat/multilingual-e5-small",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="all-MiniLM-L6-v2",
        brings="Reads English. It finds less where a question and its answer share few words.",
        costs="91 MB. The fastest encoder: a third of the time of the default for each text.",
        repository="sentence-transformers/all-MiniLM-L6-v2",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="all-mpnet-base-v2",
        brings="Reads English. In measurements, this library found no more with it than with "
        "all-MiniLM-L6-v2.",
        costs="About 420 MB. 6 to 9 times as long for each text.",
        repository="sentence-transformers/all-mpnet-base-v2",
        revision="e8c3b32edf5434bc2275fc9bab85f82640a19130",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="bge-small-en-v1.5",
        brings="Reads English. Not measured here.",
        costs="About 130 MB. 33 million weights; all-MiniLM-L6-v2 has 22 million.",
        repository="BAAI/bge-small-en-v1.5",
        revision="5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="bge-base-en-v1.5",
        brings="Reads English. Not measured here.",
        costs="About 440 MB. 109 million weights.",
        repository="BAAI/bge-base-en-v1.5",
        revision="a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="multilingual-e5-base",
        brings="Reads about a hundred languages. Not measured here.",
        costs="About 1.1 GB. 278 million weights.",
        repository="intfloat/multilingual-e5-base",
        revision="835193815a3936a24a0ee7dc9e3d48c1fbb19c55",
    ),
    KnownModel(
        kind=ModelKind.ENCODER,
        name="multilingual-e5-large",
        brings="Reads about a hundred languages. Not measured here.",
        costs="About 2.2 GB. 560 million weights.",
        repository="intfloat/multilingual-e5-large",
        revision="ab10c1a7f42e74530fe7ae5be82e6d4f11a719eb",
    ),
    KnownModel(
        kind=ModelKind.RERANKER,
        name="ms-marco-MiniLM-L6-v2",
        brings="Reads English. Not measured here.",
        costs="About 90 MB. 22 million weights.",
        repository="cross-encoder/ms-marco-MiniLM-L6-v2",
        revision="c5ee24cb16019beea0893ab7796b1df96625c6b8",
    ),
    KnownModel(
        kind=ModelKind.RERANKER,
        name="bge-reranker-v2-m3",
        brings="Reads about a hundred languages. Not measured here.",
        costs="About 2.3 GB. 568 million weights: too slow for most processors.",
        repository="BAAI/bge-reranker-v2-m3",
        revision="953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="tiny",
        brings="Transcribes about a hundred languages. Its English variant made a fifth more "
        "errors than base.",
        costs="About 75 MB. Half the time of base.",
        repository="Systran/faster-whisper-tiny",
        revision="d90ca5fe260221311c53c58e660288d3deb8d356",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="base",
        brings="Transcribes about a hundred languages.",
        costs="145 MB. An hour of audio takes about 4 minutes of one core.",
        repository="Systran/faster-whisper-base",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="small",
        brings="Transcribes about a hundred languages, with fewer errors. Not measured here.",
        costs="About 480 MB. 244 million weights; base has 74 million.",
        repository="Systran/faster-whisper-small",
        revision="536b0662742c02347bc0e980a01041f333bce120",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="medium",
        brings="Transcribes about a hundred languages, with fewer errors. Not measured here.",
        costs="About 1.5 GB. 769 million weights.",
        repository="Systran/faster-whisper-medium",
        revision="08e178d48790749d25932bbc082711ddcfdfbc4f",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="large-v3",
        brings="Transcribes about a hundred languages, with the fewest errors. Not measured here.",
        costs="About 3.1 GB. 1,550 million weights: better on a GPU.",
        repository="Systran/faster-whisper-large-v3",
        revision="edaa852ec7e145841d8ffdb056a99866b5f0a478",
    ),
    KnownModel(
        kind=ModelKind.WHISPER,
        name="large-v3-turbo",
        brings="Nearly as few errors as large-v3. Not measured here.",
        costs="About 1.6 GB. 809 million weights, and faster than medium.",
        repository="mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        revision="0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
    ),
)
"""All known models, by kind, cheapest first."""

OWNERS = {
    ModelKind.ENCODER: "sentence-transformers/",
    ModelKind.RERANKER: "cross-encoder/",
    ModelKind.WHISPER: "Systran/faster-whisper-",
}
"""Beginning of the repository of a model that is not known and has a name without its owner."""


@dataclass(frozen=True)
class HubAddress:
    """Repository of a model on the hub, and the revision that is wanted; "" for any."""

    repository: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" if self.revision else self.repository


def find_known(setting: str, kind: ModelKind | None = None) -> KnownModel | None:
    """Return the known model that a setting names, by short name or repository, or None."""
    name, _, _ = setting.partition("@")
    found = (model for model in KNOWN if name in {model.name, model.repository})
    return next((model for model in found if kind in {None, model.kind}), None)


def hub_address(setting: str, kind: ModelKind) -> HubAddress:
    """Return where the hub has the model of a setting such as `small` or `owner/name@revision`."""
    name, _, revision = setting.partition("@")
    known = find_known(name, kind)
    if known and known.repository:
        return HubAddress(known.repository, revision)
    return HubAddress(name if "/" in name else OWNERS[kind] + name, revision)
