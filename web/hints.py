"""Personal details in a session, told to whoever is about to release it."""

from collections import Counter
from dataclasses import dataclass

from library.models import MentoringSession
from library.store import Transaction
from library.withdrawal import personal_data
from library.withdrawal.personal_data import Kind


@dataclass(frozen=True)
class Details:
    """What one recording or note holds of them, in words."""

    source_id: int
    words: str


def details(db: Transaction, session: MentoringSession) -> list[Details]:
    """The sources of a session in which personal details were found."""
    found = personal_data.counted(db, session)
    return [Details(source_id, _in_words(kinds)) for source_id, kinds in found.items()]


def _in_words(kinds: Counter[Kind]) -> str:
    named = []
    for kind, count in kinds.items():
        plural = f"{kind.value}es" if kind is Kind.EMAIL else f"{kind.value}s"
        article = "an" if kind in {Kind.EMAIL, Kind.ACCOUNT} else "a"
        named.append(f"{article} {kind.value}" if count == 1 else f"{count} {plural}")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
