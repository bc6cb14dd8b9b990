"""Names and words that may be said in a session, for whoever writes it down."""

import re

from sqlalchemy import select

from library import nested
from library.models import Collection, MentoringSession, Person
from library.store import Transaction

MOST = 400
"""Characters: Whisper hears worse the more it is told before it listens."""


def hints_for(db: Transaction, session: MentoringSession) -> str:
    """The names of all who take part, then the vocabulary of the session's collections."""
    people = [one.person_id for one in session.participants]
    names = db.scalars(select(Person.name).where(Person.id.in_(people)).order_by(Person.id))
    vocabularies = db.scalars(
        select(Collection.vocabulary)
        .where(Collection.id.in_(nested.holding(session.id)), Collection.vocabulary != "")
        .order_by(Collection.position, Collection.id)
    )
    told = [*names, *(word for text in vocabularies for word in re.split(r"[,;\n]+", text))]
    chosen = ""
    for word in dict.fromkeys(" ".join(one.split()) for one in told):
        longer = f"{chosen}, {word}" if chosen else word
        if word and len(longer) <= MOST:
            chosen = longer
    return chosen
