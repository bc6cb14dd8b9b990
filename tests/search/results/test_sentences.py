"""Tests of sentences and stretches, from which quotes are chosen."""

import json

from library.sessions.passage_queries import FoundPassage, PassageSegment
from search.results.sentences import sentences_of, stretches_of

SHORT = "That took me a long time to understand, honestly."
PLAN = "Write the plan on one page before you talk to anybody about it."
ASK = "Would you really show the plan to everybody in the department at once?"


def stretches(*spoken: tuple[str, str], suspect: frozenset[int] = frozenset()) -> list[str]:
    """Return the texts of the stretches of one passage."""
    kept = [(n, s, t) for n, (s, t) in enumerate(spoken) if n not in suspect]
    text = "\n".join(f"{speaker}: {words}" for _, speaker, words in kept)
    speakers = json.dumps([[None, speaker, len(words.split())] for _, speaker, words in kept])
    last = len(spoken) - 1
    passage = FoundPassage(1, 1, 1, 1, 0, 0, last, 0.0, 60.0, text, speakers, "en")
    segments = [
        PassageSegment(n, s, None, 10.0 * n, 10.0 * n + 10, t, "[]", "noise" * (n in suspect))
        for n, (s, t) in enumerate(spoken)
    ]
    return [stretch.text for stretch in stretches_of(sentences_of(passage, segments))]


def test_a_stretch_has_one_to_four_sentences() -> None:
    """All runs of one to four sentences of a speaker can be quoted, at most 60 words long."""
    found = stretches(("Ada", " ".join([PLAN, SHORT] * 3)))

    assert {len(text.split()) for text in found} == {9, 13, 22, 31, 35, 44}
    assert f"{PLAN} {SHORT} {PLAN} {SHORT}" in found


def test_a_stretch_belongs_to_one_speaker() -> None:
    """A stretch never continues after a change of speaker."""
    assert stretches(("Ada", PLAN), ("Ben", SHORT)) == [PLAN, SHORT]


def test_a_stretch_does_not_end_with_a_question() -> None:
    """Questions and short replies cannot be quoted alone."""
    assert stretches(("Ben", ASK), ("Ada", "Yes. Right, exactly.")) == []
    assert stretches(("Ada", f"{ASK} {PLAN}")) == [f"{ASK} {PLAN}", PLAN]


def test_a_stretch_has_no_gap() -> None:
    """A stretch does not continue after a segment that was probably not spoken."""
    found = stretches(("Ada", PLAN), ("Ada", "Hm."), ("Ada", SHORT), suspect=frozenset([1]))

    assert found == [PLAN, SHORT]
