"""No table that holds words is forgotten when words are taken off the record."""

from sqlalchemy import JSON, LargeBinary, String

from library.holdings import chapters, sources
from library.models import AnsweredRequest, Base, MentoringSession, Upload, now
from library.withdrawal import off_record
from library.withdrawal.off_record import Stretch
from tests.builders import add_session
from tests.remains import left_in

LOSES_THEM = {
    "cut_proposal.sentence",
    "cut_proposal.reply",
    "collection_pick.sentence",
    "audit_words.text",
    "ledger_text.text",
    "segment.text",
    "segment.words",
    "segment.speaker",
    "speaker_identity.label",
    "passage.text",
    "passage.speakers",
    "embedding.vector",
    "heard_block.content",
    "transcript_draft.pieces",
    "source.peaks",
    "source.filename",
    "source.transcript_filename",
    "source.sha256",
    "source.web_sha256",
    "source.transcript_sha256",
    "mentoring_session.title",
    "mentoring_session.description",
    "chapter.title",
    "review_event.text",
    "pinned_answer.note",
    "pinned_passage.text_sha256",
    "pinned_question.folded",
    "pinned_question.text",
    "clip.sound",
    "asked_question.question",
    "missed_question.question",
    "missed_question.folded",
    "missed_question.vector",
    "saved_search.question",
    "saved_search.name",
    "answered_request.answer",
    "upload.filename",
    "upload.capture",
    "upload.sha256",
    "sealed_original.filename",
}
"""What `off_record` or `taking_back` clears, rewrites or removes."""

HOLDS_NONE = {
    "source.whisper_model",
    "collection.cover_media_type",
    "collection.cover_sha256",
    "collection.cover_words",
    "collection.uid",
    "data_download.name",
    "data_download.session_ids",
    "data_download.error",
    "bulk_change.after",
    "bulk_change.before",
    "bulk_change.field",
    "bulk_edit.wishes",
    "person_merge.moved",
    "unsubscribe_link.token_hash",
    "delivery.content",
    "delivery.error",
    "delivery.event",
    "passkey.credential_id",
    "passkey.label",
    "passkey.public_key",
    "passkey.transports",
    "webhook.events",
    "webhook.seed",
    "webhook.url",
    "topic.definition",
    "topic.folded",
    "topic.label",
    "topic.uri",
    "topic_label.language",
    "topic_label.text",
    "topic_merge.before",
    "audit_words.name",
    "join_request.email",
    "join_request.name",
    "join_request.reason",
    "person.availability",
    "person.helps_with",
    "person.languages",
    "person.learns",
    "second_factor.recovery",
    "second_factor.sealed",
    "api_token.scopes",
    "audit_event.action",
    "audit_event.address",
    "audit_event.detail",
    "audit_event.subject_kind",
    "ledger_entry.content",
    "ledger_entry.hash",
    "ledger_entry.previous",
    "ledger_text.sha256",
    "cut_proposal.words_sha256",
    "told_waiting.key",
    "receipt.content",
    "recorded_removal.uid",
    "recorded_removal.content",
    "release_link.token_hash",
    "service_setting.name",
    "service_setting.value",
    "answered_request.fingerprint",
    "answered_request.key",
    "api_token.label",
    "api_token.token_hash",
    "asked_question.filters",
    "clip.error",
    "collection.description",
    "collection.title",
    "collection.vocabulary",
    "embedding.model",
    "erasure.name",
    "removal.copies",
    "removal.files",
    "removal.kind",
    "removal.sources",
    "mentoring_session.language",
    "missed_question.model",
    "one_time_link.purpose",
    "one_time_link.token_hash",
    "person.about",
    "person.email",
    "person.login_key",
    "person.name",
    "person.password_hash",
    "sign_in.address",
    "sign_in.browser",
    "sign_in.token_hash",
    "question_script.introduction",
    "question_script.prompts",
    "question_script.title",
    "saved_search.filters",
    "sealed_original.name",
    "segment.place",
    "segment.suspect",
    "source.activity",
    "source.error",
    "source.media_type",
    "source.notices",
    "source.web_media_type",
    "source.worker",
    "transcript_version.language",
    "transcript_version.model",
    "transcript_version.origin",
    "upload.id",
    "voice_print.model",
    "voice_print.vector",
    "voice_proposal.voice",
}
"""Names, settings and reports of work: nothing that repeats what was said in a session."""


def test_every_column_of_words_has_been_thought_of():
    """A new column that holds text, JSON or bytes belongs to one of the lists above.

    If this fails for a column of yours: does it hold words of a session, or anything made of them?
    Then let `off_record` and `taking_back` clear it, and list it as losing them.
    """
    held = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, (String, JSON, LargeBinary))
        and not hasattr(column.type, "enum_class")
    }

    assert held - LOSES_THEM - HOLDS_NONE == set()
    assert (LOSES_THEM | HOLDS_NONE) - held == set()


def test_chapters_answers_and_names_of_files_lose_the_words(library, mentor):
    """What was marked, answered and called by the words is empty of them, too."""
    lines = [("Ada", "The zanzibarflamingo it is.")]
    built = add_session(library, lines=lines, owner=mentor, content=b"sound")
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.filename = "zanzibarflamingo.ogg"
        chapters.put(db, source, [(5.0, "Secret"), (15.0, "More on zanzibarflamingo")])
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

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 0.0, 9.0))

    with library.reading() as db:
        titles = [chapter.title for chapter in chapters.of(db, built.source_id)]
    assert titles == ["More on \u2026"]
    assert [f for f in left_in(library, "zanzibarflamingo") if "kept" not in f] == []


def test_titles_keep_what_is_not_repeated(library, mentor):
    """Only the words that went are replaced, by an ellipsis."""
    lines = [("Ada", "Ask about feedback."), ("Ada", "There are some quokkas in the garden.")]
    built = add_session(library, title="A talk", lines=lines, owner=mentor)
    with library.transaction() as db:
        db.get(MentoringSession, built.session_id).title = "Feedback and quokkas in Perth"

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 10.0, 20.0))

    with library.reading() as db:
        session = db.get(MentoringSession, built.session_id)
        assert session.title == "Feedback and \u2026 in Perth"


def test_a_name_of_a_file_loses_a_word_that_is_part_of_it(library, mentor):
    """A file is called by what is in it, with a number or a letter before it."""
    lines = [("", "It begins."), ("", "The zanzibarflamingo it is.")]
    built = add_session(library, title="n1zanzibarflamingo", lines=lines, owner=mentor)

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 10.0, 20.0))

    with library.reading() as db:
        session = db.get(MentoringSession, built.session_id)
        assert (session.title, session.sources[0].filename) == ("\u2026", "\u2026.ogg")
