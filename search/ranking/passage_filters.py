"""Filters of single passages: speakers, phrases, and words that must not occur.

They are applied to the search scope, before scoring. A passage with an excluded word is not in the
scope. For speakers and phrases, other passages stay in the scope as the surroundings of results.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.discovery.search_scope import Filters
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction
from search.index.index_segment import Mask
from search.index.scope import SearchScope
from search.text.analyzer import stems, words

AT_ONCE = 2_000  # passages read in one statement

ScopeSlots = NDArray[np.int64]  # slots of a search scope


def apply_passage_filters(
    db: Transaction, viewer: Viewer, scope: SearchScope, filters: Filters
) -> SearchScope:
    """Return *scope* with the filters of single passages applied.

    Args:
        db: a transaction.
        viewer: the person who searches.
        scope: search scope with the filters of sessions already applied.
        filters: all filters of the search.
    """
    excluded = [_slots_with(db, viewer, scope, text) for text in filters.without]
    if excluded:
        scope = scope.without(np.unique(np.concatenate(excluded)))
    required: list[NDArray[np.integer]] = [
        _phrase_slots(db, viewer, scope, text) for text in filters.phrases
    ]
    required += [
        np.concatenate([scope.slots_of("speakers", name) for name in names])
        for names in filters.speakers
    ]
    if filters.person_id is not None:
        required.append(scope.slots_of("people", filters.person_id))
    if not required:
        return scope
    limit = np.ones(scope.size, dtype=bool)
    for slots in required:
        limit &= _mask(scope, slots)
    return replace(scope, limit=limit)


def contains_phrase(text: str, phrase: str) -> bool:
    """Return whether the folded words of *phrase* occur in *text*, in this order."""
    return _occurs(words(phrase), words(text))


def _slots_with(db: Transaction, viewer: Viewer, scope: SearchScope, text: str) -> ScopeSlots:
    """Return the slots with a word in any of its forms, or with a phrase."""
    if len(words(text)) > 1:
        return _phrase_slots(db, viewer, scope, text)
    return scope.slots_of("stems", stems(text)[0]).astype(np.int64)


def _phrase_slots(db: Transaction, viewer: Viewer, scope: SearchScope, phrase: str) -> ScopeSlots:
    """Return the slots of passages with a phrase, `(n,)`.

    A phrase that begins in one passage and ends in the next one of the same source is in both.
    """
    sought = words(phrase)
    begins = _possible_starts(scope, phrase, spanning=len(sought) > 1)
    texts = _words_at(db, viewer, scope, np.unique(np.concatenate([begins, begins + 1])))
    found: set[int] = set()
    for slot in begins.tolist():
        here, after = texts.get(slot, []), texts.get(slot + 1, [])
        if _occurs(sought, here):
            found.add(slot)
        around = len(sought) - 1
        if around and _occurs(sought, here[-around:] + after[:around]):
            found.update((slot, slot + 1))
    return np.array(sorted(found), dtype=np.int64)


def _possible_starts(scope: SearchScope, phrase: str, *, spanning: bool) -> ScopeSlots:
    """Return the slots that contain all stems of a phrase, alone or with the next slot."""
    possible = scope.open.copy()
    for stem in dict.fromkeys(stems(phrase)):
        here = _mask(scope, scope.slots_of("stems", stem))
        if spanning:
            here[:-1] |= here[1:].copy()
        possible &= here
    return np.flatnonzero(possible)


def _words_at(
    db: Transaction, viewer: Viewer, scope: SearchScope, slots: ScopeSlots
) -> dict[int, list[str]]:
    """Return the folded words of the passages at *slots*, by slot, without names of speakers."""
    slots = slots[slots < scope.size]
    ids = scope.ids(slots)
    slot_of = dict(zip(ids.tolist(), slots.tolist(), strict=True))
    slot_of.pop(0, None)
    found: dict[int, list[str]] = {}
    every = list(slot_of)
    for first in range(0, len(every), AT_ONCE):
        here = passage_queries.by_ids(db, viewer, every[first : first + AT_ONCE])
        found.update({slot_of[i]: words(_spoken(passage)) for i, passage in here.items()})
    return found


def _spoken(passage: FoundPassage) -> str:
    """Return the text of a passage without the names at each change of speaker."""
    names = tuple(f"{name}: " for _, name, _ in passage.speakers if name)
    lines = passage.text.split("\n")
    return " ".join(
        next((line.removeprefix(name) for name in names if line.startswith(name)), line)
        for line in lines
    )


def _occurs(sought: Sequence[str], among: Sequence[str]) -> bool:
    return f" {' '.join(sought)} " in f" {' '.join(among)} "


def _mask(scope: SearchScope, slots: NDArray[np.integer]) -> Mask:
    mask = np.zeros(scope.size, dtype=bool)
    mask[slots] = True
    return mask
