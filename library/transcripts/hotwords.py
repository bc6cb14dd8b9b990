"""Hotwords for the transcription of a session: names and collection vocabularies."""

import re

from sqlalchemy import select

from library import collection_closure
from library.models import Collection, MentoringSession, Person
from library.store import Transaction

MOST = 400
"""Maximum number of characters: longer lists make Whisper's transcription worse."""


def hints_for(db: Transaction, session: MentoringSession) -> str:
    """Return the hotwords of a session: names of participants, then words of its collections.

    The list is separated by commas and has at most 400 characters (`MOST`).
    """
    people = [one.person_id for one in session.participants]
    names = db.scalars(select(Person.name).where(Person.id.in_(people)).order_by(Person.id))
    vocabularies = db.scalars(
        select(Collection.vocabulary)
        .where(
            Collection.id.in_(collection_closure.holding(session.id)), Collection.vocabulary != ""
        )
        .order_by(Collection.position, Collection.id)
    )
    candidates = [*names, *(word for text in vocabularies for word in re.split(r"[,;\n]+", text))]
    chosen = ""
    for word in dict.fromkeys(" ".join(one.split()) for one in candidates):
        longer = f"{chosen}, {word}" if chosen else word
        if word and len(longer) <= MOST:
            chosen = longer
    return chosen
