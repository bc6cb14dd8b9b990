"""The sessions of which an answer shows words: what an administrator's search is noted by."""

from library.access import Viewer
from library.holdings import passage_rows
from library.store import Transaction
from search.answers import Answer
from search.findings import Findings, SuggestionKind, Suggestions


def shown_of(answer: Answer) -> set[int]:
    """The sessions of an answer, those that say the same included."""
    repeated = {other.session_id for hit in answer.hits for other in hit.repeats}
    return {session.session_id for session in answer.sessions} | repeated


def shown_beside(findings: Findings) -> set[int]:
    """Those of an answer and of the quotes around it."""
    quotes = [
        *findings.quotes,
        *(voice.proof for voice in findings.voices),
        *(view.quote for view in findings.views),
    ]
    return shown_of(findings.answer) | {quote.session_id for quote in quotes}


def shown_while_typing(db: Transaction, viewer: Viewer, found: Suggestions) -> set[int]:
    """Those of the passages among suggestions."""
    ids = [
        suggestion.id
        for suggestion in found.suggestions
        if suggestion.kind is SuggestionKind.PASSAGE and suggestion.id is not None
    ]
    return {passage.session_id for passage in passage_rows.by_ids(db, viewer, ids).values()}
