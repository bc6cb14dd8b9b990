"""Whether a question is answered at all is told from its best passage."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.spoken_data import EVERYTHING, Corpus, Record
from library.capture import sample_library
from library.holdings.passages import IndexRow
from library.store import Library
from search.aims import Aim
from search.area import Near, Shown, area_of
from search.embed import Embedder
from search.engine import Engine
from search.evidence import MEASURED, evidence
from search.field import Field, lay_out
from search.part import build
from search.question import Names, Question, read_question
from search.ranking import HELD_FACT, Scores
from search.usual import DEVIATION, MEAN, Usual, usual
from tests.library.capture.test_samples import SESSIONS, cues

ELSEWHERE = [  # what nobody speaks about in the samples
    "What is the capital of Mongolia?",
    "Which vaccine helps against yellow fever?",
    "How do I bake sourdough bread?",
    "Who won the football world cup in 1998?",
    "How long do elephants live?",
    "What does photosynthesis produce?",
    "How do I train for a marathon?",
]


def scores(**lines: float) -> Scores:
    """The scores of one passage."""
    names = ("total", "words", "coverage", "meaning", "topic", "source", "speaker")
    return Scores(**{name: np.array([lines.get(name, 0.0)], np.float32) for name in names})


def asked(text: str, *, frequency: int = 1, among: int = 9) -> Question:
    """A question without a vector."""
    return read_question(
        text, None, frequency=lambda _: frequency, passages=among, speakers=Names([])
    )


def row(number: int, text: str, vector: NDArray[np.float16] | None = None) -> IndexRow:
    """A passage of the only source."""
    content = None if vector is None else vector.tobytes()
    return IndexRow(number, 1, 1, number, text, speakers=[], vector=content)


def heard(*texts: str, nearest: float | None = None) -> Field:
    """A field of passages without vectors; the first is so near to the question, if any is."""
    rows = [
        IndexRow(
            number, source_id=1, session_id=1, ordinal=number, text=text, speakers=[], vector=None
        )
        for number, text in enumerate(texts, start=1)
    ]
    near = None
    if nearest is not None:
        near = Near(np.zeros(1, np.int32), np.array([nearest], np.float32), np.float32(0))
    return replace(lay_out(area_of([Shown(build(rows, 4))])), near=near)


def among(count: int) -> Field:
    """A field of one passage in an area that says it holds so many."""
    field = heard("We talked about the weather.")
    return replace(field, area=replace(field.area, count=count))


def test_more_passages_ask_for_more_evidence_up_to_what_was_measured() -> None:
    """Among many, one comes near by chance; beyond what was measured nothing is made up."""
    question, best = asked("How do I refuse?"), scores(total=9, words=1)

    few, many, most, beyond = (
        evidence(question, among(n), best, 0, None) for n in (10, 1000, MEASURED, 1_000_000)
    )

    assert few > many > most == beyond


def test_what_only_facts_are_given_is_no_evidence() -> None:
    """A question for a fact needs as much as the same question for anything else."""
    fact = asked("When did she move?")
    anything = replace(fact, aim=Aim.OPEN)
    best = scores(total=9, words=1, coverage=1)
    better = replace(best, total=best.total + np.float32(HELD_FACT))

    assert fact.aim is Aim.FACT
    assert evidence(fact, among(50), better, 0, None) == pytest.approx(
        evidence(anything, among(50), best, 0, None)
    )


def test_without_a_word_and_without_vectors_there_is_no_evidence() -> None:
    """However little is asked for."""
    assert evidence(asked("???"), among(1), scores(), 0, None) == -math.inf


def test_a_rare_word_said_near_the_passage_is_evidence_and_a_common_one_is_not() -> None:
    """Three passages away is near; four is not."""
    question, best = asked("Mongolia?", among=900), scores(total=9, words=1)
    common = asked("Mongolia?", frequency=300, among=900)
    talk = ["weather"] * 3

    near, far, often, never = (
        evidence(asking, heard(*texts), best, 0, None)
        for asking, texts in [
            (question, [*talk, "Mongolia", "weather"]),
            (question, [*talk, "weather", "Mongolia"]),
            (common, [*talk, "Mongolia", "weather"]),
            (common, [*talk, "weather", "weather"]),
        ]
    )

    assert near > far
    assert often == never


def test_a_cosine_counts_by_how_far_it_is_from_what_is_usual() -> None:
    """Where everything is near to everything, the nearest says little."""
    question, field, best = (
        asked("Mongolia?"),
        heard("weather", nearest=0.5),
        scores(total=9, words=1),
    )

    clear, blurred = (
        evidence(question, field, best, 0, usual)
        for usual in (Usual(mean=0.05, deviation=0.05), Usual(mean=0.2, deviation=0.1))
    )

    assert clear > blurred


def test_what_is_usual_is_told_from_the_passages_that_are_shown() -> None:
    """Those that are gone, and those that have no vector, say nothing."""
    vectors = np.zeros((600, 4), dtype=np.float16)
    vectors[:200, 0], vectors[200:400, 1] = 1, 1
    part = build([row(number, "", vector) for number, vector in enumerate(vectors, start=1)], 4)
    gone = np.arange(600) < 200
    question = np.array([1, 0, 0, 0], dtype=np.float32)

    everything, rest = usual([Shown(part)], question), usual([Shown(part, gone)], question)

    assert 0.4 < everything.mean < 0.5
    assert 0.4 < everything.deviation < 0.5
    assert rest.mean < 0.05


def test_nothing_is_usual_in_an_empty_library() -> None:
    """Then what was measured elsewhere counts."""
    found = usual([], np.ones(4, dtype=np.float32))

    assert (found.mean, found.deviation) == pytest.approx((MEAN, DEVIATION))


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """The samples that are spoken, as records to be imported."""
    return [
        {
            "id": session["key"],
            "title": session["title"],
            "turns": [
                {"start": start, "end": end, "speaker": speaker, "text": text}
                for start, end, speaker, text in cues(session)
            ],
        }
        for session in SESSIONS
        if "transcript" in session
    ]


def test_the_questions_offered_with_the_samples_are_answered_and_others_are_not(
    library: Library, real_embedder: Embedder, records: list[Record]
) -> None:
    """All of them share few words with their answers; none is refused."""
    corpus = Corpus(library)
    for record in records:
        corpus.add(record, real_embedder)
    engine = Engine(library, real_embedder)

    refused = [q for q in sample_library.questions() if not engine.search(q, EVERYTHING).found]
    believed = [q for q in ELSEWHERE if engine.search(q, EVERYTHING).found]

    assert (refused, believed) == ([], [])
