"""Suggests topics for sessions: for each that was indexed, and for all when the vocabulary changes.

How far it has come is a row of the library, so that whoever is killed goes on where it stopped.
"""

import numpy as np

from library.access import Viewer
from library.models import MentoringSession, Role, TopicState
from library.store import Library, Transaction
from library.vocabulary import session_topics, topic_progress, topics
from search.embed import Embedder
from search.topic_suggestions import Talk, Vocabulary

AT_ONCE = 20  # sessions between two commits
MOST_PASSAGES = 4000  # of a session that are looked at: the first
EVERYBODY = Viewer(role=Role.ADMIN)


class Classifier:
    """Follows a library: `step` does a little of what there is to do."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._vocabulary: Vocabulary | None = None
        self._learnt = 0  # the revision of the vocabulary that is known

    def is_behind(self) -> bool:
        """Whether there is something to do; costs two look-ups."""
        with self._library.reading() as db:
            return topic_progress.is_behind(db)

    def step(self, embedder: Embedder) -> bool:
        """Look at some sessions; whether there are more to look at.

        Args:
            embedder: of the passages' vectors.
        """
        with self._library.reading() as db:
            before = topic_progress.looked(db)
            ids, after = topic_progress.ahead(db, before, limit=AT_ONCE)
            vocabulary = self._known(db, embedder, before.revision)
            talks = {i: talk for i in ids if (talk := _talk(db, i, vocabulary.model)) is not None}
        with self._library.transaction() as db:
            for session_id, talk in talks.items():
                _save(db, vocabulary, session_id, talk)
            topic_progress.note(db, before, after)
        return self.is_behind()

    def _known(self, db: Transaction, embedder: Embedder, revision: int) -> Vocabulary:
        if self._vocabulary is None or self._vocabulary.model != embedder.model:
            self._vocabulary, self._learnt = Vocabulary(embedder), 0
        if self._learnt != revision:
            self._vocabulary.learn(topics.visible(db, EVERYBODY))
            self._learnt = revision
        return self._vocabulary


def _talk(db: Transaction, session_id: int, model: str) -> Talk | None:
    """A session with its vectors; None where it has none by this model."""
    session = db.get(MentoringSession, session_id)
    rows = topic_progress.rows_of(db, session_id, model=model, limit=MOST_PASSAGES)
    if session is None or not rows:
        return None
    vectors = [np.frombuffer(vector, dtype="<f2") for _, _, vector in rows]
    return Talk(
        passage_ids=[row[0] for row in rows],
        texts=[row[1] for row in rows],
        vectors=np.stack(vectors).astype(np.float32),
        about=f"{session.title}. {session.description}",
    )


def _save(db: Transaction, vocabulary: Vocabulary, session_id: int, talk: Talk) -> None:
    """Keep what is suggested; where the words changed meanwhile, the newer ones come next."""
    rows = topic_progress.rows_of(db, session_id, model=vocabulary.model, limit=MOST_PASSAGES)
    if [row[0] for row in rows] != list(talk.passage_ids):
        return
    states = topic_progress.states(db, session_id)
    found = vocabulary.suggest(
        talk,
        confirmed=[i for i, state in states.items() if state is TopicState.CONFIRMED],
        declined=[i for i, state in states.items() if state is TopicState.DECLINED],
    )
    session_topics.save_suggestions(db, session_id, found)
