"""Stateful test: searches always find exactly what a simple model of the library contains."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from library.access import GUEST, Viewer
from library.consent import release
from library.models import MentoringSession, TranscriptVersion, Visibility
from library.sessions import passage_queries, sessions
from library.store import Library, open_library
from library.transcripts.versions import SegmentDraft
from search.engine import Engine
from search.index import live_index, segment_store
from search.indexing import save_version
from search.indexing.reindex import reindex
from tests.builders import OPERATOR, add_session
from tests.fakes import BagOfWordsEmbedder

WORD = "walrus"
LINES = st.lists(st.sampled_from(["waits", "sleeps", "eats"]), min_size=1, max_size=3)


class NewModel(BagOfWordsEmbedder):
    """Second embedding model, whose vectors are made by reindexing."""

    model = "new-bag-of-words"


@dataclass
class Talk:
    """A session in the simple model."""

    source_id: int
    said: list[str]
    public: bool = True


class Readers(RuleBasedStateMachine):
    """State machine with one writer and two readers. Each reader has its own search engine."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library
        self.views = [open_library(library.settings) for _ in range(2)]
        self.engines = [Engine(view, BagOfWordsEmbedder()) for view in self.views]
        self.talks: dict[int, Talk] = {}
        self.number = 0

    def texts(self, endings: list[str]) -> list[str]:
        """Return one new unique sentence for each ending."""
        self.number += 1
        return [f"The {WORD} {self.number} {n} {ending}." for n, ending in enumerate(endings)]

    @rule(endings=LINES, public=st.booleans())
    def save(self, endings: list[str], public: bool) -> None:
        """Add a session."""
        texts = self.texts(endings)
        seen_by = Visibility.PUBLIC if public else Visibility.PRIVATE
        lines = [("Ada", text) for text in texts]
        built = add_session(self.library, title="Talk", lines=lines, visibility=seen_by)
        self.talks[built.session_id] = Talk(built.source_id, texts, public)

    @precondition(lambda self: self.talks)
    @rule(data=st.data(), endings=LINES)
    def correct(self, data: st.DataObject, endings: list[str]) -> None:
        """Replace the words of a transcript."""
        talk = self.talks[data.draw(st.sampled_from(sorted(self.talks)))]
        talk.said = [" ".join(self.texts(endings))]
        drafts = [SegmentDraft(text=talk.said[0], start=0.0, end=9.0, speaker="Ada")]
        with self.library.reading() as db:
            current = select(TranscriptVersion.id).where(
                TranscriptVersion.source_id == talk.source_id, TranscriptVersion.current
            )
            base = db.scalars(current).one()
        embedder = BagOfWordsEmbedder()
        save_version.save(self.library, embedder, OPERATOR, talk.source_id, drafts, base_id=base)

    @precondition(lambda self: self.talks)
    @rule(data=st.data())
    def hide_or_show(self, data: st.DataObject) -> None:
        """Make a public session private, or a private one public."""
        session_id = data.draw(st.sampled_from(sorted(self.talks)))
        talk = self.talks[session_id]
        talk.public = not talk.public
        with self.library.transaction() as db:
            session = db.get_one(MentoringSession, session_id)
            session.visibility = Visibility.PUBLIC if talk.public else Visibility.PRIVATE
            release.waive(db, OPERATOR, session, "as tests need it")

    @precondition(lambda self: self.talks)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Remove a session."""
        self.remove(data.draw(st.sampled_from(sorted(self.talks))))

    def remove(self, session_id: int) -> None:
        """Remove a session from the library and from the simple model."""
        del self.talks[session_id]
        with self.library.transaction() as db:
            sessions.remove(db, db.get_one(MentoringSession, session_id))

    @rule(number=st.integers(0, 1), make=st.sampled_from([BagOfWordsEmbedder, NewModel]))
    def reindex_and_restart(self, number: int, make: Callable[[], BagOfWordsEmbedder]) -> None:
        """Reindex with an embedding model, and restart a reader with this model."""
        reindex(self.library, make())
        self.engines[number] = Engine(self.views[number], make())

    @rule(number=st.integers(0, 1), viewer=st.sampled_from([OPERATOR, GUEST]))
    def ask(self, number: int, viewer: Viewer) -> None:
        """Compare the results that a reader gives a viewer with the simple model."""
        ranked = self.engines[number].rank(WORD, viewer, depth=1000).passages
        ids = [item.passage_id for item in ranked]
        with self.views[number].reading() as db:
            found = passage_queries.by_ids(db, viewer, ids)

        assert len(found) == len(ids)
        assert sorted(p.text for p in found.values()) == sorted(
            f"Ada: {text}"
            for talk in self.talks.values()
            if talk.public or viewer is OPERATOR
            for text in talk.said
        )

    def teardown(self) -> None:
        """Compare both readers once more, and remove all sessions for the next run."""
        for number in (0, 1):
            self.ask(number, OPERATOR)
        for session_id in list(self.talks):
            self.remove(session_id)
        for thread in threading.enumerate():
            if thread.name in {"merge-index", "change-model"}:
                thread.join(300)
        for view in self.views:
            view.close()


def test_readers_find_what_a_plain_model_contains(library: Library, monkeypatch) -> None:
    """After any changes, searches find exactly the passages that the viewer may see."""
    monkeypatch.setattr(segment_store, "LEAST", 3)
    monkeypatch.setattr(live_index, "REST", 0.0)

    run_state_machine_as_test(
        lambda: Readers(library),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
