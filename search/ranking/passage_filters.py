"""Filters of single passages: speakers, phrases, and words that must not occur.

They are applied to the search scope, before scoring. A passage with an excluded word is not in the
scope. For speakers and phrases, other passages stay in the scope as the surroundings of results.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from library.discovery.search_scope import Filters
from library.sessions import passage_queries
from library.store import Transaction
from search.index.index_segment import Mask
from search.index.scope import SearchScope
from search.text.analyzer import stems, words

AT_ONCE = 2_000  # passages read in one statement

ScopeSlots = NDArray[np.int64]  # slots of a search scope


def apply_passage_filters(db: Transaction, scope: SearchScope, filters: Filters) -> SearchScope:
    """Return *scope* with the filters of single passages applied.

    Args:
        db: a transaction.
        scope: search scope of the viewer, with the filters of sessions already applied.
        filters: all filters of the search.
    """
    excluded = [_slots_with(db, scope, text) for text in filters.without]
    if excluded:
        scope = scope.without(np.unique(np.concatenate(excluded)))
    required: list[NDArray[np.integer]] = [
        _phrase_slots(db, scope, text) for text in filters.phrases
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


def _slots_with(db: Transaction, scope: SearchScope, text: str) -> ScopeSlots:
    """Return the slots with a word in any of its forms, or with a phrase."""
    if len(words(text)) > 1:
        return _phrase_slots(db, scope, text)
    return scope.slots_of("stems", stems(text)[0]).astype(np.int64)


def _phrase_slots(db: Transaction, scope: SearchScope, phrase: str) -> ScopeSlots:
    """Return the slots of passages with a phrase, `(n,)`.

    A phrase that begins in one passage and ends in the next one of the same source is in both.
    """
    sought = words(phrase)
    begins = _possible_starts(scope, phrase)
    texts = _words_at(db, scope, np.unique(np.concatenate([begins, begins + 1])))
    found: set[int] = set()
    for slot in begins.tolist():
        here, after = texts.get(slot, []), texts.get(slot + 1, [])
        if _occurs(sought, here):
            found.add(slot)
        around = len(sought) - 1
        if around and _occurs(sought, here[-around:] + after[:around]):
            found.update((slot, slot + 1))
    return np.array(sorted(found), dtype=np.int64)


def _possible_starts(scope: SearchScope, phrase: str) -> ScopeSlots:
    """Return the slots in which a phrase can begin: it ends there, or in the next slot."""
    keys = list(dict.fromkeys(stems(phrase)))
    here = [_mask(scope, scope.slots_of("stems", key)) for key in keys]
    after = [np.append(mask[1:], False) for mask in here]
    whole = np.logical_and.reduce(here)
    both = np.logical_and.reduce([one | other for one, other in zip(here, after, strict=True)])
    first, last = here[0], after[keys.index(stems(phrase)[-1])]
    spanning = first & last & both
    if not stems(words(phrase)[0]):  # all indexed words may be in the next slot
        spanning |= scope.open & np.logical_and.reduce(after)
    return np.flatnonzero(whole | spanning if len(words(phrase)) > 1 else whole)


def _words_at(db: Transaction, scope: SearchScope, slots: ScopeSlots) -> dict[int, list[str]]:
    """Return the folded words of the passages at *slots*, by slot, without names of speakers."""
    slots = slots[slots < scope.size]
    ids = scope.ids(slots)
    slot_of = dict(zip(ids.tolist(), slots.tolist(), strict=True))
    slot_of.pop(0, None)
    every = list(slot_of)
    return {
        slot_of[passage.id]: words(passage.spoken)
        for first in range(0, len(every), AT_ONCE)
        for passage in passage_queries.texts_of(db, every[first : first + AT_ONCE])
    }


def _occurs(sought: Sequence[str], among: Sequence[str]) -> bool:
    return f" {' '.join(sought)} " in f" {' '.join(among)} "


def _mask(scope: SearchScope, slots: NDArray[np.integer]) -> Mask:
    mask = np.zeros(scope.size, dtype=bool)
    mask[slots] = True
    return mask
