"""Dublin Core Metadata Element Set 1.1 for sessions."""

from collections.abc import Iterable, Sequence

from library.models import MentoringSession, ParticipantRole, Source, SourceKind
from library.sessions.description import FIELDS, as_text

Term = tuple[str, str]  # element, value

ELEMENTS = (
    "title", "creator", "subject", "description", "publisher", "contributor", "date", "type",
    "format", "identifier", "source", "language", "relation", "coverage", "rights",
)  # fmt: skip

TYPES = {  # DCMI Type Vocabulary
    SourceKind.RECORDING: "Sound",
    SourceKind.NOTE: "Text",
    SourceKind.TRANSCRIPT: "Text",
}
GIVING = {ParticipantRole.MENTOR, ParticipantRole.PEER}  # roles of creators; the others contribute


def terms(
    session: MentoringSession,
    *,
    identifier: str,
    publisher: str,
    relations: Iterable[str] = (),
    subjects: Iterable[str] = (),
) -> list[Term]:
    """Return the metadata of *session* as (element, value), in the order of the element set.

    Args:
        session: session that the reader may see.
        identifier: permanent URL of the session.
        publisher: the library's name.
        relations: addresses of the collections that contain the session.
        subjects: topics of the session.
    """
    creators, contributors = _people(session)
    found = [
        *((f.dublin_core, as_text(getattr(session, f.name))) for f in FIELDS if f.dublin_core),
        *(("creator", name) for name in creators),
        *(("subject", subject) for subject in subjects),
        ("publisher", publisher),
        *(("contributor", name) for name in contributors),
        ("date", "" if session.held_on else session.created_at.date().isoformat()),
        *(("type", kind) for kind in kinds(session.sources)),
        *(("format", media) for media in sorted({media_type(s) for s in session.sources})),
        ("identifier", identifier),
        *(("relation", address) for address in relations),
        ("rights", rights(session)),
    ]
    found.sort(key=lambda term: ELEMENTS.index(term[0]))
    return [(element, value) for element, value in found if value]


def kinds(sources: Sequence[Source]) -> list[str]:
    """Return the distinct DCMI types of a session's sources."""
    named = ["MovingImage" if s.has_video else TYPES[s.kind] for s in sources]
    return list(dict.fromkeys(named))


def media_type(source: Source) -> str:
    """Return the media type of the original, without parameters."""
    return source.media_type.partition(";")[0]


def rights(session: MentoringSession) -> str:
    """Return a sentence that states who may read a session."""
    return {
        "private": "Only for the participants.",
        "members": "Only for members of the library.",
        "public": "May be read and heard by everyone. The speakers keep their rights.",
    }.get(session.visibility.value, "Only for people to whom the library gives access.")


def _people(session: MentoringSession) -> tuple[list[str], list[str]]:
    """Return the names of creators and of contributors.

    If no mentor or peer takes part, all other participants are creators.
    """
    creators = [p.person.name for p in session.participants if p.part in GIVING]
    contributors = [p.person.name for p in session.participants if p.part not in GIVING]
    return (creators, contributors) if creators else (contributors, [])
