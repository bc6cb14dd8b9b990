"""A snippet begins with the words that answer, at the second at which they are said."""

import pytest

from library.access import GUEST
from library.editing import transcripts
from library.editing.spoken import spread, spread_one
from library.editing.transcripts import SegmentDraft
from library.holdings import jobs, passages, sessions, sources
from library.holdings.passages import PassageDraft
from library.models import SourceKind, Stage, Visibility
from library.store import Library
from search.answers import Hit
from search.embed import Embedder
from search.engine import Engine
from search.snippets import mark
from search.words import stem
from tests.builders import add_session, agree

TURN = "I was new there. Nobody told me anything. The promises were on one page. It helped."


def add_turn(library: Library, embedder: Embedder, *, timed: bool, text: str = TURN) -> None:
    """One long turn that starts at second 100, one word a second, cut before its third sentence."""
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
    vectors = [v.tobytes() for v in embedder.embed([d.text for d in drafts]).astype("<f2")]
    with library.transaction() as db:
        described = sessions.Description(title="A turn", visibility=Visibility.PUBLIC)
        session = sessions.add(db, described, owner_id=None)
        source = sources.add(db, session, kind=SourceKind.RECORDING, filename="a", sha256="0" * 64,
                             size=1)  # fmt: skip
        version = transcripts.save_version(db, source, [segment], origin="whisper")
        passages.save(db, version, session.id, drafts, vectors=vectors, model=embedder.model)
        jobs.finish_stage(db, source, Stage.INDEXED)
        session_id = session.id
    agree(library, session_id)


def first_hit(library: Library, embedder: Embedder, question: str) -> Hit:
    return Engine(library, embedder).search(question, GUEST).hits[0]


def test_the_second_is_that_of_the_first_word(library, embedder) -> None:
    """Inside a long turn the times of its words are used."""
    add_turn(library, embedder, timed=True)

    hit = first_hit(library, embedder, "promises on a page")

    assert hit.start == 100.0 + TURN.split().index("The")
    assert hit.speaker == "Tom"
    assert "".join(f.text for f in hit.snippet).startswith("The promises were on one page.")


def test_without_word_times_the_second_is_near(library, embedder) -> None:
    """Within a segment, seconds follow the letters."""
    add_turn(library, embedder, timed=False)

    hit = first_hit(library, embedder, "promises on a page")

    assert hit.start is not None
    assert abs(hit.start - (100.0 + TURN.split().index("The"))) < 2


def test_words_are_marked_by_their_stems() -> None:
    """Promised and promises are the same word; the text around them is kept letter by letter."""
    text = "He promised: the team's promises (two) hold."

    fragments = mark(text, {stem("promise"), stem("team")})

    assert "".join(f.text for f in fragments) == text
    assert [f.text for f in fragments if f.marked] == ["promised", "team's", "promises"]


def test_what_stands_between_two_spaces_may_hold_several_words() -> None:
    """Words joined by a dash, a quotation mark or a new line are marked one by one."""
    text = "Half-promised,  “promises”\nand team/promise?"

    fragments = mark(text, {stem("promise")})

    assert "".join(f.text for f in fragments) == text
    assert [f.text for f in fragments if f.marked] == ["promised", "promises", "promise"]


@pytest.mark.parametrize(("start", "end"), [(100.0, 103.7), (0.1, 0.1)])
def test_one_words_seconds_are_those_it_has_among_all(start: float, end: float) -> None:
    """What is reckoned for one word is what is shared out among all of them."""
    words = TURN.split()

    alone = [spread_one(words, start, end, number) for number in range(len(words))]

    assert alone == spread(words, start, end)


def test_the_answer_is_shown_rather_than_the_question(library, embedder) -> None:
    """Where somebody asks the same, the snippet begins with what comes after."""
    lines = [
        ("Ann", "We had tea and waited for the rain to end."),
        ("Bo", "How did you hand over the bridge? You left. I wrote it all down before."),
    ]
    add_session(library, lines=lines, embedder=embedder)

    hit = first_hit(library, embedder, "How to hand over a bridge?")

    assert "".join(f.text for f in hit.snippet).startswith("You left.")


def test_a_note_is_landed_on_by_its_paragraph(library, embedder) -> None:
    """A note has no seconds; its paragraph's number says where."""
    lines = [("", "Something else first."), ("", "The walrus waits for low tide.")]
    add_session(library, lines=lines, kind=SourceKind.NOTE, embedder=embedder)

    hit = first_hit(library, embedder, "walrus")

    assert (hit.start, hit.segment) == (None, 1)
