"""Tests of answerability: the evidence of the best passage for an answer.

Covers: candidate_blocks, question, scoring, weights.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.spoken_data import EVERYTHING, Corpus, Record
from library.capture import sample_library
from library.sessions.passages import IndexRow
from library.store import Library
from search.embedding.cosine_scale import CosineScale
from search.embedding.embedder import Embedder
from search.engine import Engine
from search.index.index_segment import build
from search.index.scope import Near, SegmentView, scope_of
from search.ranking.answerability import (
    CLEAR,
    MEASURED,
    evidence,
    evidence_of_meaning,
)
from search.ranking.candidate_blocks import CandidateBlocks, gather
from search.ranking.intent import Intent
from search.ranking.question import Question, read_question
from search.ranking.retrieval import RankedPassage, Ranking
from search.ranking.score_background import ScoreBackground
from search.ranking.scoring import Scores
from search.ranking.weights import HELD_FACT
from search.text.analyzer import Names
from tests.library.capture.test_sample_files import SESSIONS, cues

SCALE = CosineScale(mean=0.6, deviation=0.05, passages=0.6, questions=0.6)
ELSEWHERE = [  # subjects that do not occur in the samples
    "What is the capital of Mongolia?",
    "Which vaccine helps against yellow fever?",
    "How do I bake sourdough bread?",
    "Who won the football world cup in 1998?",
    "How long do elephants live?",
    "What does photosynthesis produce?",
    "How do I train for a marathon?",
]


def scores(**lines: float) -> Scores:
    """Return the scores of one passage. A score that is not given is 0."""
    names = (
        "total",
        "words",
        "coverage",
        "similarity",
        "meaning",
        "topic",
        "source",
        "speaker",
    )
    return Scores(**{name: np.array([lines.get(name, 0.0)], np.float32) for name in names})


def question_of(text: str, *, frequency: int = 1, among: int = 9) -> Question:
    """Return a parsed question whose stems occur in *frequency* of *among* passages."""
    return read_question(
        text, None, frequency=lambda _: frequency, passages=among, speakers=Names([])
    )


def row(number: int, text: str, vector: NDArray[np.float16] | None = None) -> IndexRow:
    """Return the index row of a passage of source 1."""
    content = None if vector is None else vector.tobytes()
    return IndexRow(number, 1, 1, number, text, speakers=[], vector=content)


def candidates_of(*texts: str, nearest: float | None = None) -> CandidateBlocks:
    """Return candidates without vectors; the first one has the cosine *nearest*, if given."""
    rows = [
        IndexRow(
            number, source_id=1, session_id=1, ordinal=number, text=text, speakers=[], vector=None
        )
        for number, text in enumerate(texts, start=1)
    ]
    near = None
    if nearest is not None:
        near = Near(np.zeros(1, np.int32), np.array([nearest], np.float32), np.float32(0))
    return replace(gather(scope_of([SegmentView(build(rows, 4))])), near=near)


def among(count: int) -> CandidateBlocks:
    """Return one candidate in a search scope of *count* passages."""
    candidates = candidates_of("We talked about the weather.")
    return replace(candidates, scope=replace(candidates.scope, count=count))


def test_more_passages_need_more_evidence_up_to_the_measured_number() -> None:
    """The same score is weaker evidence in a larger library, up to `MEASURED` passages."""
    question, best = question_of("How do I refuse?"), scores(total=9, words=1)

    few, many, most, beyond = (
        evidence(question, among(n), best, 0, None) for n in (10, 1000, MEASURED, 1_000_000)
    )

    assert few > many > most == beyond


def test_the_bonus_of_facts_is_not_evidence() -> None:
    """The score bonus that a question for a fact adds does not count as evidence."""
    fact = question_of("When did she move?")
    anything = replace(fact, aim=Intent.OPEN)
    best = scores(total=9, words=1, coverage=1)
    better = replace(best, total=best.total + np.float32(HELD_FACT))

    assert fact.aim is Intent.FACT
    assert evidence(fact, among(50), better, 0, None) == pytest.approx(
        evidence(anything, among(50), best, 0, None)
    )


def test_without_a_word_and_without_vectors_there_is_no_evidence() -> None:
    """Without vectors, a question without any word has no evidence for an answer."""
    assert evidence(question_of("???"), among(1), scores(), 0, None) == -math.inf


def test_a_rare_word_near_the_passage_is_evidence() -> None:
    """A rare question word within three passages is evidence for an answer.

    A word that is four passages away, or a common word, is no evidence.
    """
    question, best = question_of("Mongolia?", among=900), scores(total=9, words=1)
    common = question_of("Mongolia?", frequency=300, among=900)
    talk = ["weather"] * 3

    near, far, often, never = (
        evidence(asking, candidates_of(*texts), best, 0, None)
        for asking, texts in [
            (question, [*talk, "Mongolia", "weather"]),
            (question, [*talk, "weather", "Mongolia"]),
            (common, [*talk, "Mongolia", "weather"]),
            (common, [*talk, "weather", "weather"]),
        ]
    )

    assert near > far
    assert often == never


def test_a_cosine_counts_relative_to_the_background() -> None:
    """A cosine is stronger evidence if other cosines in the library are low and vary little."""
    question, candidates, best = (
        question_of("Mongolia?"),
        candidates_of("weather", nearest=0.5),
        scores(total=9, words=1),
    )

    clear, blurred = (
        evidence(question, candidates, best, 0, usual)
        for usual in (
            ScoreBackground(mean=0.05, deviation=0.05, scale=SCALE),
            ScoreBackground(mean=0.2, deviation=0.1, scale=SCALE),
        )
    )

    assert clear > blurred


def test_a_taught_encoder_answers_by_meaning() -> None:
    """The mean similarity of the most similar passages decides, whatever the words are.

    In a question of another language, words count as partly covered. A question in the language of
    the library has no such excuse for words that the library does not know.
    """
    background = ScoreBackground(mean=0.6, deviation=0.05, scale=SCALE)
    known, unknown = question_of("Mongolia desert?"), question_of("Wüste Gobi?", frequency=0)
    english = replace(unknown, in_its_language=True)

    def found(question: Question, **lines: float) -> float:
        return evidence_of_meaning(question, scores(**lines), background, 3.0)

    assert found(known, similarity=0.5, coverage=1) > found(known, similarity=0.2, coverage=1)
    assert found(known, similarity=0.5, coverage=1) > found(known, similarity=0.5)
    assert found(unknown, similarity=0.5) > found(known, similarity=0.5)
    assert found(unknown, similarity=0.5, coverage=1) == found(unknown, similarity=0.5)
    assert found(english, similarity=0.5) == found(known, similarity=0.5)


def test_evidence_that_is_not_clear_is_weak() -> None:
    """A ranking answers from 0 on, and its quotes are shown from `CLEAR` on."""

    def ranking(found: float) -> Ranking:
        best = [RankedPassage(passage_id=1, score=1.0, parts={})]
        return Ranking(
            question=question_of("Mongolia?"), passages=best, evidence=found, clear_from=CLEAR
        )

    found = [ranking(-0.1), ranking(CLEAR / 2), ranking(CLEAR)]

    assert [(one.answers, one.is_weak) for one in found] == [
        (False, False),
        (True, True),
        (True, False),
    ]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Sessions of the sample library with a transcript, as records to import."""
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


def test_most_sample_questions_are_answered_and_foreign_ones_are_not(
    library: Library, real_embedder: Embedder, records: list[Record]
) -> None:
    """The first sample questions are answered, and most of the others.

    Questions on other subjects are not. Some questions have their answer in half a sentence of a
    passage about something else. They are refused.
    """
    corpus = Corpus(library)
    for record in records:
        corpus.add(record, real_embedder)
    engine, asked = Engine(library, real_embedder), sample_library.questions()

    refused = [q for q in asked if not engine.search(q, EVERYTHING).found]
    believed = [q for q in ELSEWHERE if engine.search(q, EVERYTHING).found]

    assert not set(refused) & set(asked[:3])
    assert len(refused) <= 0.25 * len(asked)
    assert believed == []


def test_one_word_finds_where_it_was_said(
    library: Library, real_embedder: Embedder, records: list[Record]
) -> None:
    """A question of one word is looked up, in every spelling, before anything like it in meaning.

    A word that nobody said is judged by meaning.
    """
    corpus = Corpus(library)
    for record in records:
        corpus.add(record, real_embedder)
    said = {
        "Habits": "Always send a follow-up e-mail to them.",
        "Rooms": "IT was on the first floor.",
    }
    for title, text in said.items():
        turns = [{"start": 0, "end": 4, "speaker": "Ada", "text": text}]
        corpus.add({"id": title, "title": title, "turns": turns}, real_embedder)
    engine = Engine(library, real_embedder)

    found = {word: engine.search(word, EVERYTHING) for word in ("email", "IT", "marathon")}

    assert [found[word].sessions[0].title for word in ("email", "IT")] == ["Habits", "Rooms"]
    assert [answer.found for answer in found.values()] == [True, True, False]
