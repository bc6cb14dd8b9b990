"""The closed lists of values that rows hold."""

import enum


class Role(enum.StrEnum):
    """What an account may do."""

    ADMIN = "admin"
    MENTOR = "mentor"
    MENTEE = "mentee"


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
    """Who may find a session."""

    PRIVATE = "private"
    MEMBERS = "members"
    PUBLIC = "public"


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
    PASSAGES = "passages"  # in copies made of them: all that went after a removal's id
    FREED_PAGES = "freed pages"  # of the database itself
