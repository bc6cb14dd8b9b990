"""Whatever is saved, corrected, hidden and deleted: every reader finds what a plain model holds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from library.access import GUEST, Viewer
from library.consent import release
from library.editing.transcripts import SegmentDraft
from library.holdings import passage_rows, sessions
from library.models import MentoringSession, TranscriptVersion, Visibility
from library.store import Library, open_library
from search import index, kept, revising
from search.engine import Engine
from search.reindex import reindex
from tests.builders import OPERATOR, add_session
from tests.fakes import BagOfWordsEmbedder

WORD = "walrus"
LINES = st.lists(st.sampled_from(["waits", "sleeps", "eats"]), min_size=1, max_size=3)


class NewModel(BagOfWordsEmbedder):
    """Another model, whose vectors are made by a reindex."""

    model = "new-bag-of-words"


@dataclass
class Talk:
    """A session as the model knows it."""

    source_id: int
    said: list[str]
    public: bool = True


class Readers(RuleBasedStateMachine):
    """One writer, and two readers with engines and connections of their own."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library
        self.views = [open_library(library.settings) for _ in range(2)]
        self.engines = [Engine(view, BagOfWordsEmbedder()) for view in self.views]
        self.talks: dict[int, Talk] = {}
        self.number = 0

    def texts(self, endings: list[str]) -> list[str]:
        """Sentences that nobody has said before."""
        self.number += 1
        return [f"The {WORD} {self.number} {n} {ending}." for n, ending in enumerate(endings)]

    @rule(endings=LINES, public=st.booleans())
    def save(self, endings: list[str], public: bool) -> None:
        """Add a session."""
        said = self.texts(endings)
        seen_by = Visibility.PUBLIC if public else Visibility.PRIVATE
        lines = [("Ada", text) for text in said]
        built = add_session(self.library, title="Talk", lines=lines, visibility=seen_by)
        self.talks[built.session_id] = Talk(built.source_id, said, public)

    @precondition(lambda self: self.talks)
    @rule(data=st.data(), endings=LINES)
    def correct(self, data: st.DataObject, endings: list[str]) -> None:
        """Put other words in the place of a transcript's."""
        talk = self.talks[data.draw(st.sampled_from(sorted(self.talks)))]
        talk.said = [" ".join(self.texts(endings))]
        drafts = [SegmentDraft(text=talk.said[0], start=0.0, end=9.0, speaker="Ada")]
        with self.library.reading() as db:
            current = select(TranscriptVersion.id).where(
                TranscriptVersion.source_id == talk.source_id, TranscriptVersion.current
            )
            base = db.scalars(current).one()
        embedder = BagOfWordsEmbedder()
        revising.save(self.library, embedder, OPERATOR, talk.source_id, drafts, base_id=base)

    @precondition(lambda self: self.talks)
    @rule(data=st.data())
    def hide_or_show(self, data: st.DataObject) -> None:
        """Make a public session private, or the other way round."""
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
        """Remove a session from the library and from the model."""
        del self.talks[session_id]
        with self.library.transaction() as db:
            sessions.remove(db, db.get_one(MentoringSession, session_id))

    @rule(number=st.integers(0, 1), make=st.sampled_from([BagOfWordsEmbedder, NewModel]))
    def reindex_and_restart(self, number: int, make: Callable[[], BagOfWordsEmbedder]) -> None:
        """Embed with a model what it has not embedded yet, and start a reader anew with it."""
        reindex(self.library, make())
        self.engines[number] = Engine(self.views[number], make())

    @rule(number=st.integers(0, 1), viewer=st.sampled_from([OPERATOR, GUEST]))
    def ask(self, number: int, viewer: Viewer) -> None:
        """Compare what a reader finds for somebody with the model."""
        ranked = self.engines[number].rank(WORD, viewer, depth=1000).passages
        ids = [item.passage_id for item in ranked]
        with self.views[number].reading() as db:
            found = passage_rows.by_ids(db, viewer, ids)

        assert len(found) == len(ids)
        assert sorted(p.text for p in found.values()) == sorted(
            f"Ada: {text}"
            for talk in self.talks.values()
            if talk.public or viewer is OPERATOR
            for text in talk.said
        )

    def teardown(self) -> None:
        """Leave the library empty for the next run."""
        for number in (0, 1):
            self.ask(number, OPERATOR)
        for session_id in list(self.talks):
            self.remove(session_id)
        for thread in threading.enumerate():
            if thread.name in {"merge-index", "change-model"}:
                thread.join(300)
        for view in self.views:
            view.close()


def test_readers_find_what_a_plain_model_holds(library: Library, monkeypatch) -> None:
    """Nothing is lost, doubled, resurrected or shown to those who may not see it."""
    monkeypatch.setattr(kept, "LEAST", 3)
    monkeypatch.setattr(index, "REST", 0.0)

    run_state_machine_as_test(
        lambda: Readers(library),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
