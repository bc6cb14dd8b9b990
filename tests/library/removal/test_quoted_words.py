"""Tests of redacted text in titles, file names, chapters and stored answers."""

from library.models import AnsweredRequest, MentoringSession, Upload, now
from library.removal import redaction
from library.removal.redaction import TimeRange
from library.sessions import chapters, sources
from tests.builders import add_session
from tests.remains import left_in


def test_chapters_answers_and_file_names_lose_redacted_text(library, mentor):
    """A redaction removes the redacted text from chapters, file names, uploads and API answers."""
    lines = [("Ada", "The zanzibarflamingo it is.")]
    built = add_session(library, lines=lines, owner=mentor, content=b"sound")
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.filename = "zanzibarflamingo.ogg"
        chapters.replace(db, source, [(5.0, "Secret"), (15.0, "More on zanzibarflamingo")])
        answer = {"title": "zanzibarflamingo"}
        db.add(AnsweredRequest(person_id=mentor.id, key="k", fingerprint="f", answer=answer))
        db.add(
            Upload(
                id="u",
                person_id=mentor.id,
                filename="zanzibarflamingo.ogg",
                session_id=built.session_id,
                expires_at=now(),
                capture={"seconds": 1, "chapters": [[0, "zanzibarflamingo"]]},
            )
        )

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 0.0, 9.0))

    with library.reading() as db:
        titles = [chapter.title for chapter in chapters.of(db, built.source_id)]
    assert titles == ["More on \u2026"]
    assert [f for f in left_in(library, "zanzibarflamingo") if "kept" not in f] == []


def test_a_title_loses_redacted_words_only(library, mentor):
    """In a title, redacted words are replaced by an ellipsis, and other words stay."""
    lines = [("Ada", "Ask about feedback."), ("Ada", "There are some quokkas in the garden.")]
    built = add_session(library, title="A talk", lines=lines, owner=mentor)
    with library.transaction() as db:
        db.get(MentoringSession, built.session_id).title = "Feedback and quokkas in Perth"

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 10.0, 20.0))

    with library.reading() as db:
        session = db.get(MentoringSession, built.session_id)
        assert session.title == "Feedback and \u2026 in Perth"


def test_a_file_name_loses_a_redacted_part(library, mentor):
    """A redacted word is removed from a file name also if it is only a part of the name."""
    lines = [("", "It begins."), ("", "The zanzibarflamingo it is.")]
    built = add_session(library, title="n1zanzibarflamingo", lines=lines, owner=mentor)

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 10.0, 20.0))

    with library.reading() as db:
        session = db.get(MentoringSession, built.session_id)
        assert (session.title, session.sources[0].filename) == ("\u2026", "\u2026.ogg")
