"""The closed lists of values that rows hold."""

import enum


class Role(enum.StrEnum):
    """What an account may do."""

    ADMIN = "admin"
    MENTOR = "mentor"
    MENTEE = "mentee"


class SignInWay(enum.StrEnum):
    """How a person has shown who they are at a sign-in."""

    PASSWORD = "password"  # noqa: S105 (a word)
    CODE = "code"  # the password and a second step
    PASSKEY = "passkey"
    PROVIDER = "provider"  # of OpenID Connect
    PROVIDER_CODE = "provider-code"  # of OpenID Connect, and a second step
    LINK = "link"  # an invitation's, or the first administrator's


class Form(enum.StrEnum):
    """The form of mentoring that a session took."""

    ONE_TO_ONE = "one-to-one"
    GROUP = "group"
    PEER = "peer"
    REVERSE = "reverse"
    CO_MENTORING = "co-mentoring"
    AD_HOC = "ad-hoc"
    MICRO = "micro"
    NOTE = "note"


class Visibility(enum.StrEnum):
    """Whom a session is meant for, from the fewest to the most."""

    PRIVATE = "private"  # its owner
    PARTICIPANTS = "participants"
    COLLECTION = "collection"  # the members of the collections that it is in
    MEMBERS = "members"  # everybody who has signed in
    PUBLIC = "public"

    @property
    def reach(self) -> int:
        """How far it goes; a larger one includes the smaller ones."""
        return list(Visibility).index(self)

    @property
    def needs_release(self) -> bool:
        """Whether somebody may find the session who did not take part in it."""
        return self.reach > Visibility.PARTICIPANTS.reach


class Release(enum.StrEnum):
    """Whether those who speak in a session let others find it."""

    KEPT = "kept"  # nobody is asked: it is meant for nobody else
    WAITING = "waiting"  # somebody has not answered yet
    REFUSED = "refused"  # somebody said no, or took their release back
    REVIEW = "review"  # everybody agreed; somebody looks at it first
    RELEASED = "released"


class ReviewState(enum.StrEnum):
    """How it stands with the review of a session."""

    SUBMITTED = "submitted"  # nobody has taken it up
    IN_REVIEW = "in-review"
    NEEDS_WORK = "needs-work"
    ACCEPTED = "accepted"


class ReviewAct(enum.StrEnum):
    """What is done in a review."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    NEEDS_WORK = "needs-work"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"  # it is not meant for others any more


class Rhythm(enum.StrEnum):
    """How often somebody is written to about what is new for a saved search."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


class Answer(enum.StrEnum):
    """What somebody who speaks in a session said to its release."""

    ASKED = "asked"  # nothing yet
    AGREED = "agreed"
    PROPOSED = "proposed"  # agreed, once what they proposed is left out
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # agreed, and took it back
    WAIVED = "waived"  # an administrator decided without it
    SAME = "same"  # a name in the transcript that is nobody's, or somebody's who is asked already


class HoldKind(enum.StrEnum):
    """Why nobody else finds a session yet, before anybody's answer is counted."""

    NOT_TRANSCRIBED = "not-transcribed"  # it is not known yet who speaks
    NOT_READ = "not-read"  # the same of a note: it can be a conversation
    UNNAMED_SPEAKER = "unnamed-speaker"
    MORE_SPEAKERS = "more-speakers"  # than people who are named
    UNCONFIRMED_NAME = "unconfirmed-name"  # read from a file; no person said that it is right
    AMBIGUOUS_NAME = "ambiguous-name"  # several people have it


class NameOrigin(enum.StrEnum):
    """Where the name of a speaker comes from."""

    FILE = "file"
    EDITOR = "editor"  # typed by a person: in the editor, on a page, by the API
    RECOGNITION = "recognition"  # proposed by the likeness of the voice, accepted by a person


class Excuse(enum.StrEnum):
    """Why nobody has to be named for a speaker of a transcript."""

    OWN_VOICE = "own-voice"  # of whoever says so
    INTERPRETER = "interpreter"
    PUBLIC_EVENT = "public-event"
    PLAYED_RECORDING = "played-recording"
    NO_PERSON = "no-person"
    UNREACHABLE = "unreachable"  # an administrator's only, with a reason


class ProposalState(enum.StrEnum):
    """What became of a stretch that somebody proposed to leave out."""

    OPEN = "open"
    ACCEPTED = "accepted"  # it is off the record
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ReleaseRule(enum.StrEnum):
    """Whose release the sessions of a collection need."""

    EVERYBODY = "everybody"
    MENTORS = "mentors"


class CollectionRole(enum.StrEnum):
    """What a member of a collection may do there; each includes those before it."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"  # puts own sessions in
    CURATOR = "curator"  # arranges it, and says who else is a member

    @property
    def rank(self) -> int:
        """Its place: a higher one may do more."""
        return list(CollectionRole).index(self)


class Scope(enum.StrEnum):
    """What an API token may be used for."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Part(enum.StrEnum):
    """The role of a person in one session."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    PEER = "peer"
    FACILITATOR = "facilitator"


class SourceKind(enum.StrEnum):
    """What a source is."""

    RECORDING = "recording"
    NOTE = "note"
    TRANSCRIPT = "transcript"


class State(enum.StrEnum):
    """Where the work on a source stands."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(enum.StrEnum):
    """The stages of a source, in their order; the last finished one is kept in its row."""

    RECEIVED = "received"
    DECODED = "decoded"
    TRANSCRIBED = "transcribed"
    INDEXED = "indexed"


class TopicState(enum.StrEnum):
    """How sure it is that a session is about a topic."""

    SUGGESTED = "suggested"  # by the machine; readers are not told
    CONFIRMED = "confirmed"
    DECLINED = "declined"  # and not suggested again


class LabelKind(enum.StrEnum):
    """What another name of a topic is (SKOS, section 5)."""

    PREFERRED = "preferred"  # in another language
    ALTERNATIVE = "alternative"
    HIDDEN = "hidden"  # such as a misspelling: found by, never shown


class Originals(enum.StrEnum):
    """What becomes of a recording or note as it was, when something is taken off the record."""

    DESTROY = "destroy"
    SEAL = "seal"  # kept encrypted, for an administrator with a reason


class Remains(enum.StrEnum):
    """What has to go from the disk after its rows have gone from the database."""

    KEPT_FILE = "kept file"
    SEALED_FILE = "sealed file"
    UPLOAD = "upload"
    WORK = "work"  # what was made on the way of a source
    SOUND = "sound"  # of a recording, until the worker has trimmed it
    PASSAGES = "passages"  # in copies made of them: all that went after a removal's id
    LETTER = "letter"  # in the outbox
    DOWNLOAD = "download"  # a copy of somebody's data that holds the words
    FREED_PAGES = "freed pages"  # of the database itself, until it is rewritten
    LOG = "log"  # of the database, after it was rewritten
    NOTICE = "notice"  # to a person whose waiting upload went: their id


class Event(enum.StrEnum):
    """What other programs can be told of."""

    SESSION_RELEASED = "session.released"  # others can find it now
    SESSION_WITHDRAWN = "session.withdrawn"  # and now they cannot any more
    SESSION_REMOVED = "session.removed"
    SOURCE_READY = "source.ready"
    SOURCE_FAILED = "source.failed"
    PING = "ping"  # a try that an administrator asks for


class DeliveryState(enum.StrEnum):
    """Where it stands with an event on its way to an address."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up
