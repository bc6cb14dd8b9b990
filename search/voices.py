"""Who speaks about what was asked, with proof; and their views side by side.

A person's weight is the sum over the best passages of how good each is times the share of it
that they say: the document model of expert finding (Balog, Azzopardi & de Rijke 2006). Whoever
takes part in a session as a mentee asks there rather than answers, and is left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from library.holdings.passage_rows import FoundPassage
from search.quotes import Sentence

SHOWN = 6  # voices at most
VIEWS = 4  # of them side by side at most; fewer than two are no comparison
SHARE = 0.25  # of a passage that must be theirs to be one of their moments
TO_THE_POINT = 0.2  # least score of a moment; the best passage has 1
LONGEST_VIEW = 60  # words

Key = tuple[int | None, str]  # a person's id, where known, and name


@dataclass(kw_only=True)
class Tally:
    """What the best passages say of one speaker."""

    name: str
    person_id: int | None
    weight: float = 0.0
    moments: list[tuple[float, FoundPassage]] = field(default_factory=list)  # worth, best first

    @property
    def sessions(self) -> set[int]:
        """In which sessions they speak about it."""
        return {passage.session_id for _, passage in self.moments}


def tally(
    found: Sequence[FoundPassage], scores: Mapping[int, float], asking: Collection[tuple[int, int]]
) -> list[Tally]:
    """The speakers of passages, who says most about it first.

    Args:
        found: the best passages.
        scores: of each of them, by id, at most 1.
        asking: who is not to be counted where: (session id, person id).
    """
    tallies: dict[Key, Tally] = {}
    for passage in found:
        total = sum(words for _, _, words in passage.speakers) or 1
        for person_id, name, words in passage.speakers:
            if not name or (passage.session_id, person_id) in asking:
                continue
            # The same person may be written differently from one transcript to the next.
            key = (person_id, "" if person_id else name)
            mine = tallies.setdefault(key, Tally(name=name, person_id=person_id))
            worth = scores[passage.id] * words / total
            mine.weight += worth
            if words >= SHARE * total and scores[passage.id] >= TO_THE_POINT:
                mine.moments.append((worth, passage))
    for mine in tallies.values():
        mine.moments.sort(key=lambda moment: -moment[0])
    spoken = [mine for mine in tallies.values() if mine.moments]
    return sorted(spoken, key=lambda mine: -mine.weight)[:SHOWN]


def side_by_side(tallies: Sequence[Tally]) -> list[tuple[Tally, FoundPassage]]:
    """Two to four speakers, each with their best moment, from different sessions where possible."""
    chosen: list[tuple[Tally, FoundPassage]] = []
    for mine in tallies[:VIEWS]:
        used = {passage.session_id for _, passage in chosen}
        elsewhere = [p for _, p in mine.moments if p.session_id not in used]
        chosen.append((mine, elsewhere[0] if elsewhere else mine.moments[0][1]))
    return chosen if len(chosen) > 1 else []


def spoken_by(mine: Tally, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those of a passage's sentences that are theirs."""
    return [
        s
        for s in sentences
        if (s.words[0].person_id == mine.person_id if mine.person_id else s.speaker == mine.name)
    ]


def at_length(best: Sentence, own: Sequence[Sentence]) -> list[Sentence]:
    """A sentence with those that its speaker goes on with."""
    chosen, words = [best], len(best.words)
    for sentence in own:
        if sentence.number != chosen[-1].number + 1:
            continue
        words += len(sentence.words)
        apart = sentence.words[0].segment - chosen[-1].words[-1].segment
        if words > LONGEST_VIEW or apart > 1:
            break
        chosen.append(sentence)
    return chosen
