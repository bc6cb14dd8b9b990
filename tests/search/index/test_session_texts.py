"""Tests of the index of titles and descriptions."""

import numpy as np
import pytest

from library.models import MentoringSession
from library.removal import take_back
from library.sessions import sessions
from library.store import Library, open_library
from search.index import session_texts
from search.index.session_texts import LiveTexts, TextIndex, whole_title
from tests.builders import OPERATOR, add_session


def titled(index: TextIndex, stem: str) -> list[int]:
    """Return the ids of the sessions with a stem in their title."""
    found = [
        view.part.ids[row]
        for view in index.parts
        for row in view.part.titles.slots_of(stem)
        if view.rows[row]
    ]
    return sorted(int(i) for i in found)


def described(library: Library, session_id: int, **words: str) -> None:
    """Change title or description of a session."""
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        for name, value in words.items():
            setattr(session, name, value)


def test_the_index_follows_every_change(library) -> None:
    """New, changed and removed texts are in the next snapshot, also those of another process."""
    live = LiveTexts(library)
    one = add_session(library, title="The harbour").session_id
    two = add_session(library, title="The quarry").session_id
    with library.reading() as db:
        assert titled(live.current(db), "harbour") == [one]

    other = open_library(library.settings)
    described(other, one, title="The lighthouse", description="About a lantern.")
    described(other, two, description="Near the harbour.")
    three = add_session(other, title="Another lighthouse").session_id
    other.close()

    with library.reading() as db:
        index = live.current(db)
    assert titled(index, "harbour") == []
    assert titled(index, "lighthous") == [one, three]
    assert (index.count, index.frequency("harbour"), index.frequency("lantern")) == (3, 1, 1)


def test_the_words_of_a_removed_session_leave_the_memory(library) -> None:
    """After a session was taken back, no part of the index has its words."""
    live = LiveTexts(library)
    secret = add_session(library, title="The smugglers").session_id
    with library.reading() as db:
        assert titled(live.current(db), "smuggler") == [secret]

    take_back.take_back(library, OPERATOR, secret)

    with library.reading() as db:
        index = live.current(db)
    assert not any("smuggler" in view.part.titles.numbers for view in index.parts)


def test_many_sessions_are_read_in_the_background(library) -> None:
    """A large library is read batch by batch. Until then, a question uses what is there."""
    with library.transaction() as db:
        db.add_all(MentoringSession(title=f"Talk {n % 7}") for n in range(session_texts.SOON + 5))
    live = LiveTexts(library)

    with library.reading() as db:
        index = live.whole(db)

    assert index.count == session_texts.SOON + 5
    assert len(titled(index, whole_title("talk 3"))) == pytest.approx(index.count / 7, abs=1)


def test_parts_are_merged_and_stay_in_order(library) -> None:
    """After many small changes there are few parts, each with ascending ids."""
    live = LiveTexts(library)
    made = []
    for number in range(30):
        made.append(add_session(library, title=f"Walk {number}").session_id)
        described(library, made[number // 2], title=f"Ride {number}")
        with library.reading() as db:
            index = live.current(db)

    assert len(index.parts) <= 4
    assert all((np.diff(view.part.ids) > 0).all() for view in index.parts)
    assert sorted(titled(index, "ride") + titled(index, "walk")) == made
