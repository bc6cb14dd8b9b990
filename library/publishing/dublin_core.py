"""Sessions in the words of other libraries: the Dublin Core Metadata Element Set 1.1."""

from collections.abc import Iterable, Sequence

from library.models import MentoringSession, Part, Source, SourceKind

Term = tuple[str, str]  # element, value

TYPES = {  # DCMI Type Vocabulary
    SourceKind.RECORDING: "Sound",
    SourceKind.NOTE: "Text",
    SourceKind.TRANSCRIPT: "Text",
}
GIVING = {Part.MENTOR, Part.PEER}  # whose knowledge a session holds; the others contribute


def terms(
    session: MentoringSession,
    *,
    identifier: str,
    publisher: str,
    relations: Iterable[str] = (),
    subjects: Iterable[str] = (),
) -> list[Term]:
    """What is known about *session*, an element and a value at a time, in the set's order.

    Args:
        session: one that the reader may see.
        identifier: its permanent address.
        publisher: the library's name.
        relations: addresses of the collections that hold it.
        subjects: its topics.
    """
    creators, contributors = _people(session)
    found = [
        ("title", session.title),
        *(("creator", name) for name in creators),
        *(("subject", subject) for subject in subjects),
        ("description", session.description),
        ("publisher", publisher),
        *(("contributor", name) for name in contributors),
        ("date", (session.held_on or session.created_at.date()).isoformat()),
        *(("type", kind) for kind in kinds(session.sources)),
        *(("format", media) for media in sorted({media_type(s) for s in session.sources})),
        ("identifier", identifier),
        ("language", session.language),
        *(("relation", address) for address in relations),
        ("rights", rights(session)),
    ]
    return [(element, value) for element, value in found if value]


def kinds(sources: Sequence[Source]) -> list[str]:
    """The DCMI types of what a session's words come from, each once."""
    named = ["MovingImage" if s.has_video else TYPES[s.kind] for s in sources]
    return list(dict.fromkeys(named))


def media_type(source: Source) -> str:
    """The media type of a source as it was given, without its parameters."""
    return source.media_type.partition(";")[0]


def rights(session: MentoringSession) -> str:
    """Who may read a session, as a sentence."""
    return {
        "private": "Only for those who took part.",
        "members": "Only for members of the library.",
        "public": "May be read and heard by everybody. The speakers keep their rights.",
    }.get(session.visibility.value, "Only for those whom the library lets in.")


def _people(session: MentoringSession) -> tuple[list[str], list[str]]:
    """Creators and contributors; whoever took part is a creator where nobody only gave."""
    creators = [p.person.name for p in session.participants if p.part in GIVING]
    contributors = [p.person.name for p in session.participants if p.part not in GIVING]
    return (creators, contributors) if creators else (contributors, [])
