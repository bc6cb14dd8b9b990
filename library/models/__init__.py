"""The tables, a file for each part of the library; import them from here."""

from library.models.asking import AskedQuestion, SavedSearch
from library.models.base import Base, UtcDateTime, now
from library.models.capture import Chapter, QuestionScript
from library.models.clips import Clip
from library.models.collections import Collection, CollectionEntry
from library.models.drafts import TranscriptDraft
from library.models.harvest import HarvestRecord, HarvestSet
from library.models.kinds import (
    Form,
    Originals,
    Part,
    Remains,
    Role,
    SourceKind,
    Stage,
    State,
    Visibility,
)
from library.models.passages import Embedding, Passage, PassageRemoval
from library.models.people import ApiToken, OneTimeLink, Person
from library.models.redactions import Erasure, Redaction, SealedOriginal
from library.models.requests import AnsweredRequest
from library.models.sessions import (
    HeardBlock,
    MentoringSession,
    Participant,
    Segment,
    Source,
    TranscriptVersion,
)
from library.models.uploads import Upload

__all__ = [
    "AnsweredRequest",
    "ApiToken",
    "AskedQuestion",
    "Base",
    "Chapter",
    "Clip",
    "Collection",
    "CollectionEntry",
    "Embedding",
    "Erasure",
    "Form",
    "HarvestRecord",
    "HarvestSet",
    "HeardBlock",
    "MentoringSession",
    "OneTimeLink",
    "Originals",
    "Part",
    "Participant",
    "Passage",
    "PassageRemoval",
    "Person",
    "QuestionScript",
    "Redaction",
    "Remains",
    "Role",
    "SavedSearch",
    "SealedOriginal",
    "Segment",
    "Source",
    "SourceKind",
    "Stage",
    "State",
    "TranscriptDraft",
    "TranscriptVersion",
    "Upload",
    "UtcDateTime",
    "Visibility",
    "now",
]
