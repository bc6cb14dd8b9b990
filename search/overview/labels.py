"""Labels of groups of passages: words that are frequent in one group and rare in the others."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from search.text.analyzer import STOP_WORDS, WORD, fold, stem

MOST = 3  # maximum words of a label
SHORTEST = 3  # minimum letters of a word
SEVERAL = 4  # in groups of at least this size, a word must occur in two passages

# Words that name no subject. `search.text.analyzer` keeps them, because questions contain them.
VAGUE = frozenset(
    """
    able actually always anybody anyone anything ask asked asking away back bad basically better big
    bit came come comes coming course day days done else end enough even ever everybody everyone
    everything fact far feel find fine found gave get gets getting give given go goes going gone
    gonna good got great guess happen happened hear heard help hundred important instead keep kept
    kind knew know known last late later least left less let like little long look looked looking
    lot made make makes making many maybe mean means might minute minutes moment month months much
    must need needed needs never new next nobody none nothing number often oh old order part people
    person perhaps place point pretty probably put question questions quick quite real really reason
    right said saw second see seen set show simply since small somebody someone something sometimes
    soon sort start started still stop stuff sure take taken takes taking tell telling thing things
    though thousand three time times today together told tomorrow took true try trying turn two
    understand use used using usually want wanted wants way ways week weeks well went whole without
    wonder word words work worked working works worse wrong year years yesterday yet
    one four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty first third
    half once twice cuz dunno hmm mmm okay thanks wow yeah yep monday tuesday wednesday thursday
    friday saturday sunday
    """.split()  # noqa: SIM905  (readable as a list of words)
)

PassageText = tuple[str, Sequence[str]]  # text of a passage, and the names of its speakers


def labels(groups: Mapping[int, Sequence[PassageText]]) -> dict[int, tuple[str, ...]]:
    """Return the label words of each group, most distinctive first.

    The weight of a word combines two numbers (after c-TF-IDF, Grootendorst 2022). The first is the
    share of the group's passages with the word. The second is the ratio of this share to the share
    of all passages with the word. Names of speakers are left out.
    """
    written: dict[str, Counter[str]] = {}
    found = {group: _found(members, written) for group, members in groups.items()}
    everywhere = sum(found.values(), Counter())
    total = sum(len(members) for members in groups.values())
    return {
        group: tuple(
            written[word].most_common(1)[0][0]
            for word in _best(found[group], len(members), everywhere, total)
        )
        for group, members in groups.items()
    }


def _best(found: Counter[str], count: int, everywhere: Counter[str], total: int) -> Sequence[str]:
    least = 2 if count >= SEVERAL else 1
    weights = {
        word: (here / count) * math.log(1 + (here / count) * total / everywhere[word]) ** 2
        for word, here in found.items()
        if here >= least
    }
    return sorted(weights, key=lambda word: (-weights[word], word))[:MOST]


def _found(passages: Sequence[PassageText], written: dict[str, Counter[str]]) -> Counter[str]:
    """Return the number of passages with each stem, and add written forms to *written*."""
    found: Counter[str] = Counter()
    for text, names in passages:
        forms = _forms(text, {word for name in names for word in WORD.findall(fold(name))})
        found.update(forms.keys())
        for known, form in forms.items():
            written.setdefault(known, Counter())[form] += 1
    return found


def _forms(text: str, names: set[str]) -> dict[str, str]:
    """Return the stems of a passage, each with its first written form."""
    forms: dict[str, str] = {}
    for word in WORD.findall(fold(text)):
        if len(word) < SHORTEST or word in names or word.isdecimal():
            continue
        if word in STOP_WORDS or word in VAGUE:
            continue
        forms.setdefault(stem(word), word)
    return forms
