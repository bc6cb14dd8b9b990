"""Quotes answer in the speakers' own words, and every one of them is in its transcript."""

from dataclasses import replace

import pytest

from library.access import GUEST
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import passages
from library.holdings.passages import PassageDraft
from library.models import Segment, Source, SourceKind, Visibility
from search.engine import Engine
from search.quotes import verify
from tests.builders import LINE, add_session

FEEDBACK = [
    ("Ben", "When should I give feedback to a colleague who made a mistake?"),
    ("Ada", "Give feedback on the same day, in private. Never do it in front of everybody else."),
    ("Ben", "Yeah. Right, exactly."),
    ("Ada", "I once waited two weeks with my feedback and by then it sounded like a grudge."),
]
ALSO_FEEDBACK = [
    ("Cleo", "Ask first whether they want to hear your feedback at all. Then be brief."),
    ("Dan", "Our garden has tomatoes, beans and a small pond with three frogs in it."),
]
QUESTION = "How do I give feedback to a colleague?"


@pytest.fixture
def engine(library, real_embedder) -> Engine:
    """A library in which several people speak about feedback, by the real embedder."""
    add_session(library, title="First", lines=FEEDBACK, embedder=real_embedder)
    add_session(library, title="Second", lines=ALSO_FEEDBACK, embedder=real_embedder)
    return Engine(library, real_embedder)


def test_the_quotes_answer(engine) -> None:
    """What answers is quoted, from both who speak about it; questions and nods are not."""
    quotes = engine.explore(QUESTION, GUEST).quotes

    texts = [quote.text for quote in quotes]
    assert 3 <= len(quotes) <= 5
    assert "Give feedback on the same day, in private." in texts[:2]
    assert {"Ada", "Cleo"} <= {quote.speaker for quote in quotes[:3]}
    assert not any(text.endswith("?") or text.startswith("Yeah") for text in texts)


def test_every_quote_is_in_its_transcript(engine, library) -> None:
    """Each is a stretch of its segment's text, by its speaker, and `verify` agrees."""
    found = engine.explore(QUESTION, GUEST)
    quotes = [*found.quotes, *(v.proof for v in found.voices), *(v.quote for v in found.views)]

    with library.reading() as db:
        for quote in quotes:
            segments = transcripts.spoken_in(db, quote.version_id, quote.segment, quote.segment)
            assert quote.text in segments[0].text
            assert quote.speaker == segments[0].speaker
            assert verify(db, quote)
            assert not verify(db, replace(quote, text=quote.text.replace("e", "3")))
            assert not verify(db, replace(quote, speaker="Somebody else"))


def test_a_quote_starts_at_its_own_second(engine) -> None:
    """The second sentence of a line starts later than the line, in proportion to its letters."""
    quotes = engine.explore("Should I do it in front of everybody else?", GUEST).quotes

    quote = next(q for q in quotes if q.text.startswith("Never do it"))
    assert LINE * 1.4 < quote.start < LINE * 1.7
    assert quote.end == pytest.approx(2 * LINE, abs=0.2)


def test_a_quote_does_not_outlive_its_version(engine, library) -> None:
    """Once a transcript is corrected, a quote of the earlier one is no longer verified."""
    quote = engine.explore(QUESTION, GUEST).quotes[0]
    with library.transaction() as db:
        source = db.get(Source, quote.source_id)
        transcripts.save_version(db, source, [SegmentDraft(text=quote.text)], origin="correction")

    with library.reading() as db:
        assert not verify(db, quote)


def test_what_became_suspect_is_not_verified(engine, library) -> None:
    """A segment that must not be indexed must not be quoted either."""
    quote = engine.explore(QUESTION, GUEST).quotes[0]
    with library.transaction() as db:
        for segment in transcripts.segments_of(db, quote.version_id):
            db.get(Segment, segment.id).suspect = "noise"

    with library.reading() as db:
        assert not verify(db, quote)


def test_nothing_found_is_not_quoted(engine) -> None:
    """Where the library holds no evidence there are no quotes, speakers or counts to mislead."""
    found = engine.explore("xylophone quarterly zirconium", GUEST)

    assert not found.answer.found
    assert (found.quotes, found.voices, found.views) == ((), (), ())


def test_hidden_words_are_never_quoted(engine, library, real_embedder) -> None:
    """The best answer of all is private, so nobody else is shown it."""
    secret = [("Zoe", "Give feedback to a colleague like this: zeppelin first, then the rest.")]
    add_session(library, lines=secret, visibility=Visibility.PRIVATE, embedder=real_embedder)

    found = engine.explore(QUESTION, GUEST)

    assert "zeppelin" not in str(found)
    assert "Zoe" not in str(found)


def test_a_note_is_quoted_without_a_second(library, embedder) -> None:
    """A paragraph has no time; its number leads there."""
    lines = [("", "Budget meetings need a written agenda, sent out a day before.")]
    add_session(library, kind=SourceKind.NOTE, lines=lines)

    quote = Engine(library, embedder).explore("budget meetings agenda", GUEST).quotes[0]

    assert (quote.start, quote.segment, quote.text) == (None, 0, lines[0][1])


def test_a_sentence_over_two_captions_is_quoted_whole(library, embedder) -> None:
    """Captions are cut anywhere; a quote goes on from one to the next and is verified in both."""
    built = add_session(library, lines=[("Ada", "Something else that is replaced.")])
    said = ["Budget meetings need a written agenda that", "everybody has read. So it is."]
    segments = [
        SegmentDraft(text=text, speaker="Ada", start=10.0 * n, end=10.0 * n + 10)
        for n, text in enumerate(said)
    ]
    draft = PassageDraft(
        first_segment=0,
        last_segment=1,
        start=0.0,
        end=20.0,
        text=f"Ada: {' '.join(said)}",
        speakers=[("Ada", 12)],
    )
    with library.transaction() as db:
        source = db.get(Source, built.source_id)
        version = transcripts.save_version(db, source, segments, origin="import")
        vector = embedder.embed([draft.text])[0].astype("<f2").tobytes()
        passages.save(
            db, version, built.session_id, [draft], vectors=[vector], model=embedder.model
        )

    quote = Engine(library, embedder).explore("budget meetings agenda", GUEST).quotes[0]

    assert quote.text == "Budget meetings need a written agenda that everybody has read."
    assert (quote.segment, quote.last_segment) == (0, 1)
    with library.reading() as db:
        assert verify(db, quote)


def test_words_alone_can_be_quoted(library) -> None:
    """Without a model's files there is no meaning, and still there are quotes."""
    add_session(library, lines=FEEDBACK)

    found = Engine(library, None).explore("feedback private everybody day", GUEST)

    assert found.answer.found
    assert "in private" in found.quotes[0].text
