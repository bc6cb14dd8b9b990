"""Sessions whose title, topics or description match, added to an answer of spoken passages.

What was said counts more: these sessions follow the best spoken answers. Only a session whose title
is the question, or nearly is, comes first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from library.discovery import search_scope
from library.discovery.search_scope import DescribedSession, Filters
from library.store import Transaction
from library.vocabulary import confirmed_topics
from search.index.session_texts import TextIndex
from search.ranking.asked_question import AskedQuestion
from search.ranking.passage_filters import contains_phrase
from search.ranking.session_match import AskedTopic, SessionMatch, match_sessions
from search.results.result_types import Answer, SessionHits
from search.text.analyzer import stem_set
from search.topics.query_topics import NamedTopic

BEST = 3  # sessions with the best spoken passages …
MOST = 5  # … and those that come after them because of their title, topics or description
NAMED = 3  # sessions that come first because of their title
TRIED = 5_000  # best matches that are checked for access and filters …
AT_ONCE = 250  # … this many in one statement


def add_described(
    db: Transaction,
    index: TextIndex,
    asked: AskedQuestion,
    topics: Sequence[NamedTopic],
    answer: Answer,
) -> Answer:
    """Return *answer* with the sessions that match by title, topics or description.

    Args:
        db: a transaction.
        index: titles and descriptions of all sessions.
        asked: the question with its filters; within one session, nothing is added.
        topics: topics that the question names.
        answer: the answer of spoken passages.
    """
    if asked.filters.session_id is not None or not asked.text:
        return answer
    spoken = {found.session_id: found for found in answer.sessions if answer.found}
    best = set(islice(spoken, BEST))
    about = [
        AskedTopic(
            stems=stem_set(topic.said),
            session_ids=np.array(confirmed_topics.ids_about(db, topic.topic_id), dtype=np.int64),
        )
        for topic in topics
    ]
    first: list[SessionHits] = []
    last: list[SessionHits] = []
    for match, session in _allowed(db, asked, match_sessions(index, asked.text, about)):
        if match.is_named and len(first) < NAMED:
            first.append(_result(match, session, spoken.pop(match.session_id, None)))
        elif match.session_id in best:
            spoken[match.session_id] = _result(match, session, spoken[match.session_id])
        elif len(last) < MOST:
            last.append(_result(match, session, spoken.pop(match.session_id, None)))
        if len(last) == MOST:
            break
    if not (first or last or spoken):
        return answer
    said = [found for session_id, found in spoken.items() if session_id in best]
    others = [found for session_id, found in spoken.items() if session_id not in best]
    arranged = [*first, *said, *last, *others]
    return replace(answer, found=True, said=answer.found, sessions=arranged)


def _allowed(
    db: Transaction, asked: AskedQuestion, matches: Iterator[SessionMatch]
) -> Iterator[tuple[SessionMatch, DescribedSession]]:
    """Yield the matches that the viewer may find under the filters, in the same order."""
    filters = asked.filters
    for _ in range(0, TRIED, AT_ONCE):
        some = list(islice(matches, AT_ONCE))
        if not some:
            return
        ids = [match.session_id for match in some]
        here = search_scope.sessions_among(db, asked.viewer, filters, ids)
        for match in some:
            session = here.get(match.session_id)
            if session is not None and _passes_words(session, filters):
                yield match, session


def _passes_words(session: DescribedSession, filters: Filters) -> bool:
    """Return whether title and description have all phrases and none of the excluded words."""
    texts = (session.title, session.description)

    def has(phrase: str) -> bool:
        return any(contains_phrase(text, phrase) for text in texts)

    return all(map(has, filters.phrases)) and not any(map(has, filters.without))


def _result(
    match: SessionMatch, session: DescribedSession, spoken: SessionHits | None = None
) -> SessionHits:
    """Return a session with the fields that match, and with its moments if it has some."""
    if spoken is not None:
        return replace(spoken, matches=match.fields)
    return SessionHits(
        session_id=session.session_id,
        title=session.title,
        held_on=session.held_on,
        form=session.form,
        duration=session.duration,
        hits=(),
        matches=match.fields,
    )
