"""Passages: replaced and never edited, their removals told, their ids never used again."""

import pytest

from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import passage_rows, passages, sources
from library.holdings.passages import PassageDraft, Stamp
from tests.builders import OPERATOR, add_session

MODEL = "bag-of-words"


def draft(text: str, number: int = 0) -> PassageDraft:
    """A passage of one segment."""
    return PassageDraft(
        first_segment=number,
        last_segment=number,
        start=0.0,
        end=1.0,
        text=text,
        speakers=[("Ada", 1)],
    )


def save_again(library, built, *texts: str) -> None:
    """Cut the same version into other passages."""
    with library.transaction() as db:
        version = transcripts.current_version(db, built.source_id)
        drafts = [draft(text, n) for n, text in enumerate(texts)]
        passages.save(
            db, version, built.session_id, drafts, vectors=[b"\0\0"] * len(texts), model=MODEL
        )


def rows(library, after: int = 0, model: str = MODEL) -> list[passages.IndexRow]:
    """What an index would read."""
    with library.reading() as db:
        return passages.rows_after(db, after, model=model)


def test_saving_again_replaces_the_earlier_passages(library):
    """A source has the passages of its last cut only, under new ids."""
    built = add_session(library, lines=[("Ada", "one"), ("Ben", "two")])

    save_again(library, built, "three")

    assert [row.text for row in rows(library)] == ["three"]
    assert rows(library)[0].id > max(built.passage_ids)


def test_every_removal_is_told_once_and_in_order(library):
    """An index that follows by removal id hears of each passage that went."""
    built = add_session(library, lines=[("Ada", "one"), ("Ben", "two")])
    save_again(library, built, "three")

    with library.reading() as db:
        told = passages.removed_after(db, 0)
        later = passages.removed_after(db, told[0][0])

    assert [passage_id for _, passage_id in told] == built.passage_ids
    assert later == told[1:]


def test_ids_are_never_used_again(library):
    """Even when the newest passages are removed, the next ones get ids of their own."""
    built = add_session(library)

    with library.transaction() as db:
        passages.remove_of_source(db, built.source_id)
    save_again(library, built, "new")

    assert rows(library)[0].id > max(built.passage_ids)


def test_the_stamp_moves_with_every_change(library):
    """Adding and removing are both seen by comparing stamps."""
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


def test_an_index_reads_what_came_after(library):
    """Rows come oldest first, behind the given id, with speaker ids and the model's vector."""
    first = add_session(library, title="first", lines=[("Ada", "one")])
    add_session(library, title="second", lines=[("Ben", "two")])

    (row,) = rows(library, after=first.passage_ids[-1])

    assert row.text == "Ben: two"
    assert row.vector is not None
    assert [(name, words) for _, name, words in row.speakers] == [("Ben", 1)]
    assert all(person_id is not None for person_id, _, _ in row.speakers)


def test_another_models_vectors_are_not_mixed_in(library, embedder):
    """For a new model the passages have no vector until it has made one."""
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
    """Fewer vectors than passages is a mistake that saves nothing."""
    built = add_session(library)

    def save_without_vectors() -> None:
        with library.transaction() as db:
            version = transcripts.current_version(db, built.source_id)
            passages.save(db, version, built.session_id, [draft("one")], vectors=[], model=MODEL)

    with pytest.raises(ValueError, match="shorter"):
        save_without_vectors()

    assert [row.id for row in rows(library)] == built.passage_ids


def test_a_new_transcript_version_leaves_the_old_one(library):
    """The next version becomes the current one; the words of the first stay as they were."""
    built = add_session(library, lines=[("Ada", "as it was heard")])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        transcripts.save_version(
            db, source, [SegmentDraft(text="as it was meant", speaker="Ada")], origin="correction"
        )

    with library.reading() as db:
        current = transcripts.current_version(db, built.source_id)
        first = transcripts.drafts_of(db, built.version_id)
        second = transcripts.drafts_of(db, current.id)

    assert (current.number, current.origin) == (2, "correction")
    assert [s.text for s in first] == ["as it was heard"]
    assert [s.text for s in second] == ["as it was meant"]


def test_segments_come_back_as_they_were_saved(library):
    """Times, words, speaker and doubt survive the database."""
    built = add_session(library)
    said = SegmentDraft(
        text="Wait.",
        speaker="Ada",
        start=1.5,
        end=2.25,
        words=[("Wait.", 1.5, 2.25, 0.5)],
        suspect="repeated",
    )
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        version = transcripts.save_version(db, source, [said], origin="whisper", model="base")

    with library.reading() as db:
        assert transcripts.drafts_of(db, version.id) == [said]


def test_the_same_name_is_the_same_person(library):
    """A speaker who is heard in two sessions is one person, whatever their capitals."""
    one = add_session(library, title="one", lines=[("Ada Lovelace", "first")])
    two = add_session(library, title="two", lines=[("ada  lovelace", "second")])

    with library.reading() as db:
        people = {
            segment.person_id
            for built in (one, two)
            for segment in transcripts.segments_of(db, built.version_id)
        }

    assert len(people) == 1


def test_a_passage_leads_to_its_segments_and_its_place(library):
    """From a passage one comes to the words behind it, their source and their session."""
    built = add_session(library, title="Talk", lines=[("Ada", "one"), ("Ben", "two")])

    with library.reading() as db:
        found = passage_rows.by_ids(db, OPERATOR, built.passage_ids).values()
        said = passage_rows.segments_of(db, found)
        places = passage_rows.origins_of(db, found)
        nothing = passage_rows.segments_of(db, [])
        count = passages.count_of_session(db, built.session_id)

    assert {i: [s.text for s in segments] for i, segments in said.items()} == dict(
        zip(built.passage_ids, [["one"], ["two"]], strict=True)
    )
    assert [origin.title for origin in places.values()] == ["Talk"]
    assert (nothing, count) == ({}, 2)
