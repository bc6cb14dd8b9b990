"""Speakers on the subject of a question, with evidence.

Each of the best passages adds its score, times the share of its words that a person says, to the
weight of the person. This is the document model of expert finding (Balog, Azzopardi & de Rijke
2006). Mentees mostly ask, so the words of the mentees of a session do not count.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from library.sessions.passage_queries import FoundPassage
from search.results.sentences import Sentence

SHOWN = 6  # maximum number of speakers
SHARE = 0.25  # minimum share of a passage's words for a moment of the speaker
TO_THE_POINT = 0.2  # minimum score of a moment; the best passage has 1

Key = tuple[int | None, str]  # person id, if known, and name


@dataclass(kw_only=True)
class SpeakerTally:
    """Statistics of one speaker in the best passages."""

    name: str
    person_id: int | None
    weight: float = 0.0
    moments: list[tuple[float, FoundPassage]] = field(default_factory=list)  # best first

    @property
    def sessions(self) -> set[int]:
        """Ids of the sessions in which the speaker says something about the question."""
        return {passage.session_id for _, passage in self.moments}


def tally(
    found: Sequence[FoundPassage], scores: Mapping[int, float], asking: Collection[tuple[int, int]]
) -> list[SpeakerTally]:
    """Return the speakers of passages, highest weight first.

    Args:
        found: the best passages.
        scores: scores of these passages by id, scaled to 0..1.
        asking: participants to leave out, as (session id, person id).
    """
    tallies: dict[Key, SpeakerTally] = {}
    for passage in found:
        total = sum(words for _, _, words in passage.speakers) or 1
        for person_id, name, words in passage.speakers:
            if not name or (passage.session_id, person_id) in asking:
                continue
            # The spelling of a name may differ between transcripts.
            key = (person_id, "" if person_id else name)
            mine = tallies.setdefault(key, SpeakerTally(name=name, person_id=person_id))
            worth = scores[passage.id] * words / total
            mine.weight += worth
            if words >= SHARE * total and scores[passage.id] >= TO_THE_POINT:
                mine.moments.append((worth, passage))
    for mine in tallies.values():
        mine.moments.sort(key=lambda moment: -moment[0])
    spoken = [mine for mine in tallies.values() if mine.moments]
    return sorted(spoken, key=lambda mine: -mine.weight)[:SHOWN]


def is_spoken_by(mine: SpeakerTally, sentence: Sentence) -> bool:
    """Return whether a speaker says a sentence."""
    if mine.person_id:
        return sentence.person_id == mine.person_id
    return sentence.speaker == mine.name
