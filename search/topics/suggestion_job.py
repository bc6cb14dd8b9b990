"""Topic suggestions for sessions: after indexing, and for all sessions after a vocabulary change.

The progress is stored in the database. After an abort, the work continues where it stopped.
"""

import numpy as np

from library.access import Viewer
from library.models import MentoringSession, Role, TopicState
from library.store import Library, Transaction
from library.vocabulary import session_topics, suggestion_progress, topics
from search.embedding.embedder import Embedder
from search.topics.suggestions import SessionText, TopicModel

AT_ONCE = 20  # sessions per commit
MOST_PASSAGES = 4000  # passages read per session, from the beginning
EVERYBODY = Viewer(role=Role.ADMIN)


class Classifier:
    """Incremental topic classifier of a library. `step` processes a small batch."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._vocabulary: TopicModel | None = None
        self._learnt = 0  # revision of the loaded vocabulary

    def is_behind(self) -> bool:
        """Return whether sessions are waiting for suggestions. Costs two database look-ups."""
        with self._library.reading() as db:
            return suggestion_progress.is_behind(db)

    def step(self, embedder: Embedder) -> bool:
        """Process a batch of sessions; return whether more are waiting.

        Args:
            embedder: embedder of the passages' vectors.
        """
        with self._library.reading() as db:
            before = suggestion_progress.current(db)
            ids, after = suggestion_progress.next_batch(db, before, limit=AT_ONCE)
            vocabulary = self._known(db, embedder, before.revision)
            talks = {i: talk for i in ids if (talk := _talk(db, i, vocabulary.model)) is not None}
        with self._library.transaction() as db:
            for session_id, talk in talks.items():
                _save(db, vocabulary, session_id, talk)
            suggestion_progress.save(db, before, after)
        return self.is_behind()

    def _known(self, db: Transaction, embedder: Embedder, revision: int) -> TopicModel:
        if self._vocabulary is None or self._vocabulary.model != embedder.model:
            self._vocabulary, self._learnt = TopicModel(embedder), 0
        if self._learnt != revision:
            self._vocabulary.learn(topics.visible(db, EVERYBODY))
            self._learnt = revision
        return self._vocabulary


def _talk(db: Transaction, session_id: int, model: str) -> SessionText | None:
    """Return the texts and vectors of a session; None if it has no vectors of *model*."""
    session = db.get(MentoringSession, session_id)
    rows = suggestion_progress.embedded_passages(db, session_id, model=model, limit=MOST_PASSAGES)
    if session is None or not rows:
        return None
    vectors = [np.frombuffer(vector, dtype="<f2") for _, _, vector in rows]
    return SessionText(
        passage_ids=[row[0] for row in rows],
        texts=[row[1] for row in rows],
        vectors=np.stack(vectors).astype(np.float32),
        about=f"{session.title}. {session.description}",
    )


def _save(db: Transaction, vocabulary: TopicModel, session_id: int, talk: SessionText) -> None:
    """Save the suggested topics of a session.

    If its passages changed meanwhile, nothing is saved, and a later step handles the session.
    """
    rows = suggestion_progress.embedded_passages(
        db, session_id, model=vocabulary.model, limit=MOST_PASSAGES
    )
    if [row[0] for row in rows] != list(talk.passage_ids):
        return
    states = suggestion_progress.topic_states(db, session_id)
    found = vocabulary.suggest(
        talk,
        confirmed=[i for i, state in states.items() if state is TopicState.CONFIRMED],
        declined=[i for i, state in states.items() if state is TopicState.DECLINED],
    )
    session_topics.save_suggestions(db, session_id, found)
