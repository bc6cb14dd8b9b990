"""The tables, a file for each part of the library; import them from here."""

from library.models.asking import AskedQuestion, SavedSearch, ToldMoment, UnsubscribeLink
from library.models.base import Base, UtcDateTime, now
from library.models.capture import Chapter, QuestionScript
from library.models.clips import Clip
from library.models.collections import (
    Collection,
    CollectionEntry,
    CollectionMember,
    CollectionPick,
)
from library.models.consent import LedgerEntry, LedgerText, Receipt, ReleaseLink
from library.models.curating import BulkChange, BulkEdit, DistinctPeople, PersonMerge
from library.models.drafts import TranscriptDraft
from library.models.harvest import HarvestRecord, HarvestSet
from library.models.kinds import (
    Answer,
    CollectionRole,
    DeliveryState,
    Event,
    Excuse,
    Form,
    HoldKind,
    LabelKind,
    NameOrigin,
    Originals,
    Part,
    Release,
    ReleaseRule,
    Remains,
    ReviewAct,
    ReviewState,
    Rhythm,
    Role,
    Scope,
    SourceKind,
    Stage,
    State,
    TopicState,
    Visibility,
)
from library.models.missed import MissedQuestion, UncountedPerson
from library.models.passages import Embedding, Passage, PassageRemoval
from library.models.passkeys import Passkey
from library.models.people import ApiToken, JoinRequest, OneTimeLink, Person, SecondFactor
from library.models.pins import PinnedAnswer, PinnedPassage, PinnedQuestion
from library.models.redactions import Erasure, Redaction, Removal, SealedOriginal
from library.models.requests import AnsweredRequest
from library.models.review import Replacement, Review, ReviewEvent
from library.models.service import AuditEvent, AuditWords, ServiceSetting
from library.models.sessions import (
    HeardBlock,
    MentoringSession,
    Participant,
    Segment,
    Source,
    SpeakerRelease,
    TranscriptVersion,
)
from library.models.speakers import SpeakerIdentity
from library.models.topics import (
    SessionTopic,
    Topic,
    TopicBroader,
    TopicLabel,
    TopicMerge,
    TopicPassage,
    TopicProgress,
    TopicRelated,
)
from library.models.uploads import Upload
from library.models.voices import VoiceConsent, VoicePrint, VoiceProposal
from library.models.webhooks import Delivery, Webhook

__all__ = [
    "Answer",
    "AnsweredRequest",
    "ApiToken",
    "AskedQuestion",
    "AuditEvent",
    "AuditWords",
    "Base",
    "BulkChange",
    "BulkEdit",
    "Chapter",
    "Clip",
    "Collection",
    "CollectionEntry",
    "CollectionMember",
    "CollectionPick",
    "CollectionRole",
    "Delivery",
    "DeliveryState",
    "DistinctPeople",
    "Embedding",
    "Erasure",
    "Event",
    "Excuse",
    "Form",
    "HarvestRecord",
    "HarvestSet",
    "HeardBlock",
    "HoldKind",
    "JoinRequest",
    "LabelKind",
    "LedgerEntry",
    "LedgerText",
    "MentoringSession",
    "MissedQuestion",
    "NameOrigin",
    "OneTimeLink",
    "Originals",
    "Part",
    "Participant",
    "Passage",
    "PassageRemoval",
    "Passkey",
    "Person",
    "PersonMerge",
    "PinnedAnswer",
    "PinnedPassage",
    "PinnedQuestion",
    "QuestionScript",
    "Receipt",
    "Redaction",
    "Release",
    "ReleaseLink",
    "ReleaseRule",
    "Remains",
    "Removal",
    "Replacement",
    "Review",
    "ReviewAct",
    "ReviewEvent",
    "ReviewState",
    "Rhythm",
    "Role",
    "SavedSearch",
    "Scope",
    "SealedOriginal",
    "SecondFactor",
    "Segment",
    "ServiceSetting",
    "SessionTopic",
    "Source",
    "SourceKind",
    "SpeakerIdentity",
    "SpeakerRelease",
    "Stage",
    "State",
    "ToldMoment",
    "Topic",
    "TopicBroader",
    "TopicLabel",
    "TopicMerge",
    "TopicPassage",
    "TopicProgress",
    "TopicRelated",
    "TopicState",
    "TranscriptDraft",
    "TranscriptVersion",
    "UncountedPerson",
    "UnsubscribeLink",
    "Upload",
    "UtcDateTime",
    "Visibility",
    "VoiceConsent",
    "VoicePrint",
    "VoiceProposal",
    "Webhook",
    "now",
]
