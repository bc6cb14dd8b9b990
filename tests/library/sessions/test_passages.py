"""Tests of passages: how they are saved, replaced, removed and read for the index.

Covers: passage_queries, segments.
"""

import pytest

from library.models import PassageKind
from library.sessions import passage_queries, passages, sources
from library.sessions.passages import PassageDraft, Stamp
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import OPERATOR, add_session

MODEL = "bag-of-words"


def draft(text: str, number: int = 0) -> PassageDraft:
    """Return a passage that consists of the segment *number*."""
    return PassageDraft(
        first_segment=number,
        last_segment=number,
        start=0.0,
        end=1.0,
        text=text,
        speakers=[("Ada", 1)],
    )


def save_again(library, built, *texts: str) -> None:
    """Replace the passages of a transcript version by one passage for each text."""
    with library.transaction() as db:
        version = versions.current_version(db, built.source_id)
        drafts = [draft(text, n) for n, text in enumerate(texts)]
        passages.save(
            db, version, built.session_id, drafts, vectors=[b"\0\0"] * len(texts), model=MODEL
        )


def rows(library, after: int = 0, model: str = MODEL) -> list[passages.IndexRow]:
    """Return the rows with ids above *after*, from which a search index is filled."""
    with library.reading() as db:
        return passages.rows_after(db, after, model=model)


def test_saving_again_replaces_the_earlier_passages(library):
    """New passages of a source replace its earlier passages and have new ids."""
    built = add_session(library, lines=[("Ada", "one"), ("Ben", "two")])

    save_again(library, built, "three")

    assert [row.text for row in rows(library)] == ["three"]
    assert rows(library)[0].id > max(built.passage_ids)


@pytest.mark.parametrize(
    ("of_version", "of_session", "text", "language"),
    [
        ("de-AT", "en", "It was not what we had expected.", "de"),
        ("", "de", "It was not what we had expected.", "en"),
        ("", "pt-BR", "Budget 1994", "pt"),
        ("", "", "Budget 1994", ""),
    ],
)
def test_a_passage_has_a_language(library, of_version, of_session, text, language):
    """The language is that of the version, else of the text, else of the session."""
    built = add_session(library)
    with library.transaction() as db:
        version = versions.current_version(db, built.source_id)
        version.language, version.source.session.language = of_version, of_session

    save_again(library, built, text)

    assert [(row.language, row.kind) for row in rows(library)] == [(language, PassageKind.SPEECH)]


def test_every_removal_is_listed_once_and_in_order(library):
    """Each removed passage is listed once, in the order of the removals."""
    built = add_session(library, lines=[("Ada", "one"), ("Ben", "two")])
    save_again(library, built, "three")

    with library.reading() as db:
        removals = passages.removed_after(db, 0)
        later = passages.removed_after(db, removals[0][0])

    assert [passage_id for _, passage_id in removals] == built.passage_ids
    assert later == removals[1:]


def test_ids_are_never_used_again(library):
    """Ids of removed passages are never used again."""
    built = add_session(library)

    with library.transaction() as db:
        passages.remove_of_source(db, built.source_id)
    save_again(library, built, "new")

    assert rows(library)[0].id > max(built.passage_ids)


def test_the_stamp_moves_with_every_change(library):
    """The value of `stamp` changes when passages are added and when they are removed."""
    stamps = []
    with library.reading() as db:
        stamps.append(passages.stamp(db))
    built = add_session(library)
    with library.reading() as db:
        stamps.append(passages.stamp(db))
    with library.transaction() as db:
        passages.remove_of_session(db, built.session_id)
    with library.reading() as db:
        stamps.append(passages.stamp(db))

    assert stamps[0] == Stamp()
    assert len(set(stamps)) == 3


def test_an_index_reads_later_rows(library):
    """An index reads the passages after a given id, oldest first.

    A row has the ids of the speakers and the vector of the model.
    """
    first = add_session(library, title="first", lines=[("Ada", "one")])
    add_session(library, title="second", lines=[("Ben", "two")])

    (row,) = rows(library, after=first.passage_ids[-1])

    assert row.text == "Ben: two"
    assert row.vector is not None
    assert [(name, words) for _, name, words in row.speakers] == [("Ben", 1)]
    assert all(person_id is not None for person_id, _, _ in row.speakers)


def test_another_models_vectors_are_not_mixed_in(library, embedder):
    """A passage has no vector of a new model until that vector is added."""
    built = add_session(library, lines=[("Ada", "one"), ("Ben", "two")])
    with library.reading() as db:
        todo = passages.without_vector(db, model="new")

    with library.transaction() as db:
        passages.add_vectors(db, [(todo[0][0], b"\0\0"), (999, b"\0\0")], model="new")

    assert [i for i, _ in todo] == built.passage_ids
    assert [row.vector for row in rows(library, model="new")] == [b"\0\0", None]
    with library.reading() as db:
        assert passages.counts(db, model="new") == (2, 1)
        assert passages.counts(db, model=MODEL) == (2, 2)


def test_each_draft_needs_its_vector(library):
    """Saving fewer vectors than passages is refused and changes nothing."""
    built = add_session(library)

    def save_without_vectors() -> None:
        with library.transaction() as db:
            version = versions.current_version(db, built.source_id)
            passages.save(db, version, built.session_id, [draft("one")], vectors=[], model=MODEL)

    with pytest.raises(ValueError, match="shorter"):
        save_without_vectors()

    assert [row.id for row in rows(library)] == built.passage_ids


def test_a_new_transcript_version_leaves_the_old_one(library):
    """A new transcript version becomes the current version.

    The text of the earlier version stays.
    """
    built = add_session(library, lines=[("Ada", "as it was heard")])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        versions.save_version(
            db, source, [SegmentDraft(text="as it was meant", speaker="Ada")], origin="correction"
        )

    with library.reading() as db:
        current = versions.current_version(db, built.source_id)
        first = versions.drafts_of(db, built.version_id)
        second = versions.drafts_of(db, current.id)

    assert (current.number, current.origin) == (2, "correction")
    assert [s.text for s in first] == ["as it was heard"]
    assert [s.text for s in second] == ["as it was meant"]


def test_segments_come_back_as_they_were_saved(library):
    """Times, words, speaker and suspicion of a segment are read as they were saved."""
    built = add_session(library)
    segment = SegmentDraft(
        text="Wait.",
        speaker="Ada",
        start=1.5,
        end=2.25,
        words=[("Wait.", 1.5, 2.25, 0.5)],
        suspect="repeated",
    )
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        version = versions.save_version(db, source, [segment], origin="whisper", model="base")

    with library.reading() as db:
        assert versions.drafts_of(db, version.id) == [segment]


def test_the_same_name_is_the_same_person(library):
    """A speaker name in two sessions is one person. Case and spacing do not matter."""
    one = add_session(library, title="one", lines=[("Ada Lovelace", "first")])
    two = add_session(library, title="two", lines=[("ada  lovelace", "second")])

    with library.reading() as db:
        people = {
            segment.person_id
            for built in (one, two)
            for segment in versions.segments_of(db, built.version_id)
        }

    assert len(people) == 1


def test_a_passage_leads_to_its_segments_and_its_place(library):
    """The segments and the session title of a passage can be read."""
    built = add_session(library, title="Talk", lines=[("Ada", "one"), ("Ben", "two")])

    with library.reading() as db:
        found = passage_queries.by_ids(db, OPERATOR, built.passage_ids).values()
        rows_of_passage = passage_queries.segments_of(db, found)
        places = passage_queries.origins_of(db, found)
        nothing = passage_queries.segments_of(db, [])
        count = passages.count_of_session(db, built.session_id)

    assert {i: [s.text for s in segments] for i, segments in rows_of_passage.items()} == dict(
        zip(built.passage_ids, [["one"], ["two"]], strict=True)
    )
    assert [origin.title for origin in places.values()] == ["Talk"]
    assert (nothing, count) == ({}, 2)
