"""Enumerations of column values."""

import enum


class Role(enum.StrEnum):
    """Role of an account."""

    ADMIN = "admin"
    MENTOR = "mentor"
    MENTEE = "mentee"


class SignInWay(enum.StrEnum):
    """Authentication method of a sign-in."""

    PASSWORD = "password"  # noqa: S105 (a word)
    CODE = "code"  # the password and a second step
    PASSKEY = "passkey"
    PROVIDER = "provider"  # OpenID Connect
    PROVIDER_CODE = "provider-code"  # OpenID Connect and a second step
    LINK = "link"  # an invitation or the setup of the first administrator


class Form(enum.StrEnum):
    """Type of a mentoring session."""

    ONE_TO_ONE = "one-to-one"
    GROUP = "group"
    PEER = "peer"
    REVERSE = "reverse"
    CO_MENTORING = "co-mentoring"
    AD_HOC = "ad-hoc"
    MICRO = "micro"
    NOTE = "note"


class Visibility(enum.StrEnum):
    """Intended audience of a session, from the smallest to the largest."""

    PRIVATE = "private"  # only the owner
    PARTICIPANTS = "participants"
    COLLECTION = "collection"  # members of its collections
    MEMBERS = "members"  # all people with an account
    PUBLIC = "public"

    @property
    def reach(self) -> int:
        """Rank of the audience. An audience includes all audiences of a lower rank."""
        return list(Visibility).index(self)

    @property
    def needs_release(self) -> bool:
        """True if the audience includes people who did not take part, so that consent is needed."""
        return self.reach > Visibility.PARTICIPANTS.reach


class Release(enum.StrEnum):
    """State of the release of a session. It follows from the consent of the speakers."""

    KEPT = "kept"  # only for participants, so no consent is needed
    WAITING = "waiting"  # a speaker has not answered yet
    REFUSED = "refused"  # a speaker declined or withdrew consent
    REVIEW = "review"  # all speakers agreed; a review comes first
    RELEASED = "released"


class ReviewState(enum.StrEnum):
    """State of the review of a session."""

    SUBMITTED = "submitted"  # no reviewer yet
    IN_REVIEW = "in-review"
    NEEDS_WORK = "needs-work"
    ACCEPTED = "accepted"


class ReviewAct(enum.StrEnum):
    """Action in a review."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    NEEDS_WORK = "needs-work"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"  # the visibility no longer needs a review


class AlertFrequency(enum.StrEnum):
    """Frequency of the alerts of a saved search."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


class MarkKind(enum.StrEnum):
    """Kind of a mark on a passage."""

    SAVED = "saved"  # kept to find it again
    HELPED = "helped"
    TRIED = "tried"  # with a `TriedOutcome`


class TriedOutcome(enum.StrEnum):
    """Result for a person who tried what a passage advises."""

    WORKED = "worked"
    PARTLY = "partly"
    NOT = "not"


class ConsentAnswer(enum.StrEnum):
    """Answer of a speaker who was asked for consent."""

    ASKED = "asked"  # no answer yet
    AGREED = "agreed"
    PROPOSED = "proposed"  # agreed on condition that the proposed range is left out
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # consent withdrawn
    WAIVED = "waived"  # an administrator decided without an answer
    SAME = "same"  # not a separate speaker, such as another name of a person who is asked already


class HoldKind(enum.StrEnum):
    """Reason why the answers of speakers do not count yet, so that a session is not released."""

    NOT_TRANSCRIBED = "not-transcribed"  # the speakers are not known yet
    NOT_READ = "not-read"  # a note can be a conversation: its speakers are not known yet
    UNNAMED_SPEAKER = "unnamed-speaker"
    MORE_SPEAKERS = "more-speakers"  # the recording has more speakers than named people
    UNCONFIRMED_NAME = "unconfirmed-name"  # read from a file, not confirmed by a person
    AMBIGUOUS_NAME = "ambiguous-name"  # several people have the name


class NameOrigin(enum.StrEnum):
    """Origin of the name of a speaker."""

    FILE = "file"
    EDITOR = "editor"  # typed by a person: in the editor, on a page, by the API
    RECOGNITION = "recognition"  # proposed by voice print similarity, accepted by a person


class UnnamedReason(enum.StrEnum):
    """Reason why a speaker of a transcript needs no name."""

    OWN_VOICE = "own-voice"  # the speaker is the person who gives the reason
    INTERPRETER = "interpreter"
    PUBLIC_EVENT = "public-event"
    PLAYED_RECORDING = "played-recording"
    NO_PERSON = "no-person"
    UNREACHABLE = "unreachable"  # administrators only, with a written reason


class ProposalState(enum.StrEnum):
    """Decision on a range that a participant proposed to leave out."""

    OPEN = "open"
    ACCEPTED = "accepted"  # the range is redacted
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ReleaseRule(enum.StrEnum):
    """People whose consent the sessions of a collection need."""

    EVERYBODY = "everybody"
    MENTORS = "mentors"


class CollectionRole(enum.StrEnum):
    """Role of a member of a collection. Each role includes the rights of the roles before it."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"  # may add own sessions
    CURATOR = "curator"  # arranges the collection and manages its members

    @property
    def rank(self) -> int:
        """Rank of the role. A higher rank has more permissions."""
        return list(CollectionRole).index(self)


class Scope(enum.StrEnum):
    """Scope of an API token."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class ParticipantRole(enum.StrEnum):
    """Role of a person in one session."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    PEER = "peer"
    FACILITATOR = "facilitator"


class SourceKind(enum.StrEnum):
    """Type of a source."""

    RECORDING = "recording"
    NOTE = "note"
    TRANSCRIPT = "transcript"


class State(enum.StrEnum):
    """Processing state of a source."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(enum.StrEnum):
    """Processing stages of a source, in order. The row stores the last finished stage."""

    RECEIVED = "received"
    DECODED = "decoded"
    TRANSCRIBED = "transcribed"
    INDEXED = "indexed"


class TopicState(enum.StrEnum):
    """State of a topic of a session."""

    SUGGESTED = "suggested"  # by the model; not shown to readers
    CONFIRMED = "confirmed"
    DECLINED = "declined"  # not suggested again


class LabelKind(enum.StrEnum):
    """Kind of a label of a topic (SKOS, section 5)."""

    PREFERRED = "preferred"  # in another language
    ALTERNATIVE = "alternative"
    HIDDEN = "hidden"  # such as a misspelling: searched, never shown


class Originals(enum.StrEnum):
    """Rule for the original file of a recording or note after a redaction."""

    DESTROY = "destroy"
    SEAL = "seal"  # stored encrypted; administrators open it with a reason


class ErasureKind(enum.StrEnum):
    """Kind of data that must still be erased from the disk after its rows were deleted."""

    KEPT_FILE = "kept file"
    SEALED_FILE = "sealed file"
    UPLOAD = "upload"
    WORK = "work"  # intermediate files of a source
    SOUND = "sound"  # sound of a recording from which the worker must cut redacted ranges
    PASSAGES = "passages"  # index entries of all passages removed after a removal id
    EMAIL = "letter"  # e-mail in the outbox
    DOWNLOAD = "download"  # a data copy of a person that contains the text
    FREED_PAGES = "freed pages"  # free pages of the database file, until it is rewritten
    LOG = "log"  # write-ahead log, after the database was rewritten
    NOTICE = "notice"  # e-mail still to be sent to a person whose waiting upload was removed


class Event(enum.StrEnum):
    """Event that webhooks can receive."""

    SESSION_RELEASED = "session.released"  # others can now find the session
    SESSION_WITHDRAWN = "session.withdrawn"  # others can no longer find the session
    SESSION_REMOVED = "session.removed"
    SOURCE_READY = "source.ready"
    SOURCE_FAILED = "source.failed"
    PING = "ping"  # a test that an administrator sends


class DeliveryState(enum.StrEnum):
    """State of the delivery of an event to a webhook."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # no more attempts


class PassageKind(enum.StrEnum):
    """Kind of text in a passage."""

    SPEECH = "speech"  # words of a recording, a transcript or a note
    TITLE = "title"  # title, description and topics of a session
    PROFILE = "profile"  # what a person says about themselves
