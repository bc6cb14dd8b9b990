"""Around an answer: quotes, voices, views, counts and repaired words, in one look at the library."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from library.access import Viewer
from library.scope import Filters
from library.store import Transaction
from search.answers import Answer
from search.findings import Findings, Order
from search.moments import Ranked

DEPTH = 100  # passages that are looked at


def findings(
    db: Transaction,
    asker: tuple[Viewer, Filters],
    answer: Answer,
    ranked: Sequence[Ranked],
    *,
    order: Order,
) -> Findings:
    """What is shown around an answer."""
    return Findings(answer=arranged(answer, order))


def arranged(answer: Answer, order: Order) -> Answer:
    """The answer with its sessions in this order; those without a date come last."""
    if order is Order.RELEVANCE:
        return answer
    newest = sorted(answer.sessions, key=lambda s: s.held_on or date.min, reverse=True)
    return replace(answer, sessions=newest)
