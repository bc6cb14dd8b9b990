"""The answer of a search: its best moments by session, and whether they answer."""

import math

from library.sessions import sessions
from library.store import Transaction
from search.ranking.asked_question import AskedQuestion
from search.ranking.retrieval import Ranking
from search.results.moments import PER_SESSION, moments
from search.results.result_types import Answer

SPARE = 4  # ranked passages per requested moment: neighbouring passages share one moment


def answer_of(db: Transaction, ranking: Ranking, asked: AskedQuestion, limit: int) -> Answer:
    """Return the answer that a ranking gives, with at most *limit* moments."""
    in_one_session = asked.filters.session_id is not None
    found = moments(
        db,
        asked.viewer,
        ranking.passages[: SPARE * limit],
        ranking.question.rarity,
        limit=limit,
        per_session=limit if in_one_session else PER_SESSION,
        within=math.inf if in_one_session else ranking.further_moments,
    )
    searchable, total = sessions.coverage(db, asked.viewer, up_to=ranking.up_to)
    return Answer(
        question=asked.typed,
        found=bool(found) and (ranking.answers or asked.is_literal),
        sessions=found,
        engines=("words",) if ranking.question.vector is None else ("words", "meaning"),
        searchable=searchable,
        total=total,
        seconds=0,
    )
