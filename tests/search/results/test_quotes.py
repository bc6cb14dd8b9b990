"""Tests of quotes: they answer the question and repeat the transcript word for word."""

from dataclasses import replace

import pytest

from benchmarks.verbatim import verify
from library.access import GUEST
from library.models import Segment, Source, SourceKind, Visibility
from library.sessions import passages
from library.sessions.passages import PassageDraft
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.engine import Engine
from tests.builders import LINE, add_session

FEEDBACK = [
    ("Ben", "When should I give feedback to a colleague who made a mistake?"),
    ("Ada", "Give feedback on the same day, in private. Never do it in front of everybody else."),
    ("Ben", "Yeah. Right, exactly."),
    ("Ada", "I once waited two weeks with my feedback and by then it sounded like a grudge."),
]
MORE_FEEDBACK = [
    ("Cleo", "Ask first whether they want to hear your feedback at all. Then be brief."),
    ("Dan", "Our garden has tomatoes, beans and a small pond with three frogs in it."),
]
QUESTION = "How do I give feedback to a colleague?"


@pytest.fixture
def engine(library, real_embedder) -> Engine:
    """Search engine with the real embedder. Several speakers of the library discuss feedback."""
    add_session(library, title="First", lines=FEEDBACK, embedder=real_embedder)
    add_session(library, title="Second", lines=MORE_FEEDBACK, embedder=real_embedder)
    return Engine(library, real_embedder)


def test_quotes_answer_the_question(engine) -> None:
    """Quotes come from both speakers on the subject, and not from questions or short replies."""
    quotes = engine.explore(QUESTION, GUEST).quotes

    texts = [quote.text for quote in quotes]
    assert 2 <= len(quotes) <= 5
    assert "Give feedback on the same day, in private." in " ".join(texts[:2])
    assert {"Ada", "Cleo"} <= {quote.speaker for quote in quotes[:3]}
    assert not any(text.endswith("?") or text.startswith("Yeah") for text in texts)


def test_every_quote_is_in_its_transcript(engine, library) -> None:
    """Each quote is in the transcript, with its speaker. A changed quote is rejected."""
    found = engine.explore(QUESTION, GUEST)
    quotes = [*found.quotes, *(s.proof for s in found.speakers)]

    with library.reading() as db:
        for quote in quotes:
            segments = versions.spoken_in(db, quote.version_id, quote.segment, quote.segment)
            assert quote.text in segments[0].text
            assert quote.speaker == segments[0].speaker
            assert verify(db, quote)
            assert not verify(db, replace(quote, text=quote.text.replace("e", "3")))
            assert not verify(db, replace(quote, speaker="Somebody else"))


def test_a_quote_starts_at_its_own_second(engine) -> None:
    """A quote starts and ends at the estimated times of its first and its last word."""
    quotes = engine.explore("Should I do it in front of everybody else?", GUEST).quotes

    quote = next(q for q in quotes if "Never do it" in q.text)
    inside = not quote.text.startswith("Give feedback")
    assert quote.start == pytest.approx(LINE * (1.5 if inside else 1), abs=LINE * 0.2)
    assert quote.end == pytest.approx(2 * LINE, abs=0.2)


def test_a_quote_does_not_outlive_its_version(engine, library) -> None:
    """After a correction of the transcript, a quote from the earlier version is rejected."""
    quote = engine.explore(QUESTION, GUEST).quotes[0]
    with library.transaction() as db:
        source = db.get(Source, quote.source_id)
        versions.save_version(db, source, [SegmentDraft(text=quote.text)], origin="correction")

    with library.reading() as db:
        assert not verify(db, quote)


def test_a_suspect_segment_is_not_verified(engine, library) -> None:
    """A quote is rejected if its segment was marked as suspect later."""
    quote = engine.explore(QUESTION, GUEST).quotes[0]
    with library.transaction() as db:
        for segment in versions.segments_of(db, quote.version_id):
            db.get(Segment, segment.id).suspect = "noise"

    with library.reading() as db:
        assert not verify(db, quote)


def test_nothing_found_is_not_quoted(engine) -> None:
    """If nothing was found, there are no quotes and no speakers."""
    found = engine.explore("xylophone quarterly zirconium", GUEST)

    assert not found.answer.found
    assert (found.quotes, found.speakers) == ((), ())


def test_private_words_are_never_quoted(engine, library, real_embedder) -> None:
    """A guest sees no quote and no speaker of a private session."""
    secret = [("Zoe", "Give feedback to a colleague like this: zeppelin first, then the rest.")]
    add_session(library, lines=secret, visibility=Visibility.PRIVATE, embedder=real_embedder)

    found = engine.explore(QUESTION, GUEST)

    assert "zeppelin" not in str(found)
    assert "Zoe" not in str(found)


def test_a_note_is_quoted_without_a_second(library, embedder) -> None:
    """A quote from a note has a paragraph number and no time."""
    lines = [("", "Budget meetings need a written agenda, sent out a day before.")]
    add_session(library, kind=SourceKind.NOTE, lines=lines)

    quote = Engine(library, embedder).explore("budget meetings agenda", GUEST).quotes[0]

    assert (quote.start, quote.segment, quote.text) == (None, 0, lines[0][1])


def test_a_sentence_over_two_segments_is_quoted_whole(library, embedder) -> None:
    """A sentence that spans two segments is quoted as a whole."""
    built = add_session(library, lines=[("Ada", "Something else that is replaced.")])
    texts = ["Budget meetings need a written agenda that", "everybody has read. So it is."]
    segments = [
        SegmentDraft(text=text, speaker="Ada", start=10.0 * n, end=10.0 * n + 10)
        for n, text in enumerate(texts)
    ]
    draft = PassageDraft(
        first_segment=0,
        last_segment=1,
        start=0.0,
        end=20.0,
        text=f"Ada: {' '.join(texts)}",
        speakers=[("Ada", 12)],
    )
    with library.transaction() as db:
        source = db.get(Source, built.source_id)
        version = versions.save_version(db, source, segments, origin="import")
        vector = embedder.embed_passages([draft.text])[0].astype("<f2").tobytes()
        passages.save(
            db, version, built.session_id, [draft], vectors=[vector], model=embedder.model
        )

    quote = Engine(library, embedder).explore("budget meetings agenda", GUEST).quotes[0]

    whole = "Budget meetings need a written agenda that everybody has read."
    assert quote.text.startswith(whole)
    assert (quote.segment, quote.last_segment) == (0, 1)
    with library.reading() as db:
        assert verify(db, quote)


def test_quotes_need_no_model(library) -> None:
    """Quotes are found without an embedder."""
    add_session(library, lines=FEEDBACK)

    found = Engine(library, None).explore("feedback private everybody day", GUEST)

    assert found.answer.found
    assert "in private" in found.quotes[0].text
