"""Tests of snippets: they begin with the matching sentence and have its start time."""

import pytest

from library.access import GUEST
from library.models import SourceKind, Stage, Visibility
from library.sessions import jobs, passages, sessions, sources
from library.sessions.description import Description
from library.sessions.passages import PassageDraft
from library.sessions.segments import spread, spread_one
from library.store import Library
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.embedding.embedder import Embedder
from search.engine import Engine
from search.results.result_types import Hit
from search.results.snippets import mark
from search.text.analyzer import stem
from tests.builders import add_session, agree

TURN = "I was new there. Nobody told me anything. The promises were on one page. It helped."


def add_turn(library: Library, embedder: Embedder, *, timed: bool, text: str = TURN) -> None:
    """Add a session with one segment from second 100 on, one word per second, in two passages."""
    words = [(w, 100.0 + i, 100.8 + i, 0.9) for i, w in enumerate(text.split())]
    segment = SegmentDraft(
        text=text, start=100.0, end=100.0 + len(words), speaker="Tom", words=words if timed else ()
    )
    drafts = [
        PassageDraft(first_segment=0, last_segment=0, start=None, end=None, text=f"Tom: {part}",
                     speakers=[("Tom", len(part.split()))])
        for part in ("I was new there. Nobody told me anything.",
                     "The promises were on one page. It helped.")
    ]  # fmt: skip
    vectors = [v.tobytes() for v in embedder.embed_passages([d.text for d in drafts]).astype("<f2")]
    with library.transaction() as db:
        described = Description(title="A turn", visibility=Visibility.PUBLIC)
        session = sessions.add(db, described, owner_id=None)
        source = sources.add(db, session, kind=SourceKind.RECORDING, filename="a", sha256="0" * 64,
                             size=1)  # fmt: skip
        version = versions.save_version(db, source, [segment], origin="whisper")
        passages.save(db, version, session.id, drafts, vectors=vectors, model=embedder.model)
        jobs.finish_stage(db, source, Stage.INDEXED)
        session_id = session.id
    agree(library, session_id)


def first_hit(library: Library, embedder: Embedder, question: str) -> Hit:
    return Engine(library, embedder).search(question, GUEST).hits[0]


def test_the_second_is_that_of_the_first_word(library, embedder) -> None:
    """A hit in the middle of a segment starts at the time of its first word."""
    add_turn(library, embedder, timed=True)

    hit = first_hit(library, embedder, "promises on a page")

    assert hit.start == 100.0 + TURN.split().index("The")
    assert hit.speaker == "Tom"
    assert "".join(f.text for f in hit.snippet).startswith("The promises were on one page.")


def test_without_word_times_the_second_is_near(library, embedder) -> None:
    """Without word times, the start of a hit is estimated, with an error under two seconds."""
    add_turn(library, embedder, timed=False)

    hit = first_hit(library, embedder, "promises on a page")

    assert hit.start is not None
    assert abs(hit.start - (100.0 + TURN.split().index("The"))) < 2


def test_words_are_marked_by_their_stems() -> None:
    """Words with a matching stem are marked, and the text is unchanged."""
    text = "He promised: the team's promises (two) hold."

    fragments = mark(text, {stem("promise"), stem("team")})

    assert "".join(f.text for f in fragments) == text
    assert [f.text for f in fragments if f.marked] == ["promised", "team's", "promises"]


def test_joined_words_are_marked_one_by_one() -> None:
    """Words joined by a dash, quotation marks or a slash are marked one by one."""
    text = "Half-promised,  “promises”\nand team/promise?"

    fragments = mark(text, {stem("promise")})

    assert "".join(f.text for f in fragments) == text
    assert [f.text for f in fragments if f.marked] == ["promised", "promises", "promise"]


@pytest.mark.parametrize(("start", "end"), [(100.0, 103.7), (0.1, 0.1)])
def test_estimated_times_of_one_word_equal_those_of_all(start: float, end: float) -> None:
    """Estimating the time of one word gives the same result as estimating those of all words."""
    words = TURN.split()

    alone = [spread_one(words, start, end, number) for number in range(len(words))]

    assert alone == spread(words, start, end)


def test_the_answer_is_shown_rather_than_the_question(library, embedder) -> None:
    """If a passage repeats the question, the snippet begins with the next sentence."""
    lines = [
        ("Ann", "We had tea and waited for the rain to end."),
        ("Bo", "How did you hand over the bridge? You left. I wrote it all down before."),
    ]
    add_session(library, lines=lines, embedder=embedder)

    hit = first_hit(library, embedder, "How to hand over a bridge?")

    assert "".join(f.text for f in hit.snippet).startswith("You left.")


def test_a_hit_in_a_note_has_a_paragraph(library, embedder) -> None:
    """A hit in a note has a paragraph number and no time."""
    lines = [("", "Something else first."), ("", "The walrus waits for low tide.")]
    add_session(library, lines=lines, kind=SourceKind.NOTE, embedder=embedder)

    hit = first_hit(library, embedder, "walrus")

    assert (hit.start, hit.segment) == (None, 1)


def test_without_a_word_of_the_question_the_longest_turn_is_shown(library, embedder) -> None:
    """A passage that was found by its meaning alone shows what is said most fully."""
    lines = [
        ("Ada", "I've booked the room."),
        ("Ben", "Write the agenda first. Then ask who has to be there, and nobody else."),
        ("Ada", "One hour, I suppose."),
    ]

    add_session(library, lines=lines, embedder=embedder)

    hit = first_hit(library, embedder, "zebra")

    assert "".join(f.text for f in hit.snippet).startswith("Write the agenda first.")
