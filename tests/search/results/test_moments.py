"""Tests of the best moments of each session."""

from library.access import GUEST
from search.engine import Engine
from tests.builders import add_session


def hits_by_session(library, embedder, question):
    """Return the texts of the hits by session title."""
    answer = Engine(library, embedder).search(question, GUEST)
    return {session.title: [hit.text for hit in session.hits] for session in answer.sessions}


def test_a_session_shows_at_most_three_moments(library, embedder):
    """A session shows at most three hits, although all its segments match."""
    lines = [("Ada", f"The walrus waits for tide number {n} on rock {n * 7}.") for n in range(12)]
    add_session(library, title="Walrus", lines=lines)

    found = hits_by_session(library, embedder, "walrus tide")

    assert 1 <= len(found["Walrus"]) <= 3


def test_repeated_words_are_one_session(library, embedder):
    """A session that repeats the words of another session is not a separate result."""
    words = [("Ada", "The walrus waits for low tide on the northern rock every morning.")]
    for title in ("First", "Second"):
        add_session(library, title=title, lines=words, content=title.encode())

    assert len(hits_by_session(library, embedder, "walrus waits for low tide")) == 1


def test_further_moments_of_a_session_are_nearly_as_good(library, embedder):
    """With the encoder for mentoring, a session shows only moments nearly as good as its best."""
    embedder.model = "mentoring-e5-small-1"
    talk = [("Ada", "The walrus waits for the tide."), ("Ada", "A walrus and a harbour.")]
    apart = [("Ben", f"We painted fence number {n} in the summer.") for n in range(30)]
    add_session(library, title="Walrus", lines=[talk[0], *apart, talk[1]], embedder=embedder)

    found = hits_by_session(library, embedder, "walrus waits for the tide")

    assert len(found["Walrus"]) == 1
