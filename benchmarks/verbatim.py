"""Check that quotes are word for word in the current transcripts."""

from library.store import Transaction
from library.transcripts import versions
from search.results.result_types import Quote


def verify(db: Transaction, quote: Quote) -> bool:
    """Return whether the current transcript has the quote's words at its place, by its speaker."""
    segments = versions.spoken_in(db, quote.version_id, quote.segment, quote.last_segment)
    return (
        bool(quote.text)
        and len(segments) == quote.last_segment - quote.segment + 1
        and all(
            (s.speaker == quote.speaker or (not s.speaker and s.person_id == quote.person_id))
            and not s.suspect
            for s in segments
        )
        and quote.text in " ".join(s.text.strip() for s in segments)
    )
