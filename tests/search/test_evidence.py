"""Whether a question is answered at all is told from its best passage."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.spoken_data import EVERYTHING, Corpus, Record
from library.capture import sample_library
from library.store import Library
from search.aims import Aim
from search.embed import Embedder
from search.engine import Engine
from search.evidence import MEASURED, evidence
from search.question import Names, Question, read_question
from search.ranking import HELD_FACT, Scores
from tests.library.test_samples import SESSIONS, cues

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
    names = ("total", "words", "coverage", "meaning", "topic", "source", "cosine", "speaker")
    return Scores(**{name: np.array([lines.get(name, 0.0)], np.float32) for name in names})


def asked(text: str) -> Question:
    """A question without a vector."""
    return read_question(text, None, frequency=lambda _: 1, passages=9, speakers=Names([]))


def test_more_passages_ask_for_more_evidence_up_to_what_was_measured() -> None:
    """Among many, one comes near by chance; beyond what was measured nothing is made up."""
    question, best = asked("How do I refuse?"), scores(total=9, meaning=2, source=3)

    few, many, most, beyond = (
        evidence(question, best, 0, n) for n in (10, 1000, MEASURED, 1_000_000)
    )

    assert few > many > most == beyond


def test_what_only_facts_are_given_is_no_evidence() -> None:
    """A question for a fact needs as much as the same question for anything else."""
    fact = asked("When did she move?")
    anything = replace(fact, aim=Aim.OPEN)
    best = scores(total=9, coverage=1)
    better = replace(best, total=best.total + np.float32(HELD_FACT))

    assert fact.aim is Aim.FACT
    assert evidence(fact, better, 0, 50) == pytest.approx(evidence(anything, best, 0, 50))


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
