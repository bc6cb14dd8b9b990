"""Library with content for every page of the site, made without models."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from ingest.asr.transcriber import Transcriber
from ingest.pipeline import Pipeline
from library.access import Viewer
from library.accounts import (
    join_requests,
    passkeys,
    password_resets,
    people,
    service_settings,
    tokens,
)
from library.accounts.passkeys import NewKey
from library.capture import question_scripts, sample_library
from library.consent import release, release_links
from library.curation import bulk_edit, person_merge, pinned_answers, review
from library.curation.bulk_fields import FieldRef
from library.discovery import alerts, passage_marks, saved_searches
from library.models import (
    AlertFrequency,
    Collection,
    CollectionMember,
    CollectionRole,
    Event,
    Form,
    MarkKind,
    MentoringSession,
    ParticipantRole,
    Person,
    Role,
    Scope,
    Source,
    SourceKind,
    Visibility,
)
from library.notifications import webhooks
from library.removal import account_deletion, trash
from library.sessions import chapters, jobs, sessions, sources
from library.store import Library, Transaction
from library.transcripts import versions
from library.vocabulary import session_topics, starter_vocabulary, topics
from tests.builders import (
    Account,
    Built,
    add_account,
    add_session,
    add_waiting,
    begin_sign_in,
    person_named,
)
from tests.fakes import BagOfWordsEmbedder

SAID = (
    ("Rosa Lindqvist", "I asked for feedback the same day, while everybody still remembered it."),
    ("Ben Achterberg", "I was afraid that it would sound like a complaint."),
    ("Rosa Lindqvist", "Say what you saw, say what it did to you, and then wait for the answer."),
)


@dataclass
class SampleIds:
    """Ids and secrets of the library's content, by the argument of an address that takes them."""

    tokens: dict[str, str] = field(default_factory=dict)  # sign-in tokens of each person
    ids: dict[str, Any] = field(default_factory=dict)
    of_one: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # per endpoint


def fill(library: Library) -> SampleIds:
    """Fill an empty library with the samples and an example of each other kind of content."""
    sample = SampleIds()
    _samples(library, sample)
    admin = add_account(library, "Ines Okafor", Role.ADMIN)
    mentor = add_account(library, "Rosa Lindqvist", Role.MENTOR)
    _sessions(library, admin, mentor, sample)
    _people(library, admin.viewer, sample)
    with library.transaction() as db:
        _collections(db, admin.viewer, mentor, sample)
        _own_data(db, admin, sample)
        _script_and_webhook(library, db, admin.viewer, sample)
        keys = {"admin": admin.id, "mentor": mentor.id}
        for number in keys.values():
            db.get_one(Person, number).password_hash = "not to be signed in with"
        sample.tokens = {who: begin_sign_in(db, number) for who, number in keys.items()}
    _changed(library, admin.viewer, sample)
    return sample


def _samples(library: Library, sample: SampleIds) -> None:
    """Load the sample library, and process its texts and its shortest recording."""
    pipeline = Pipeline(
        library, transcriber=_no_transcriber, embedder=BagOfWordsEmbedder, worker="test"
    )
    todo = sample_library.load(library)
    with library.reading() as db:
        recordings = db.scalars(select(Source).where(Source.kind == SourceKind.RECORDING)).all()
        shortest = min(recordings, key=lambda source: source.size)
    sample.ids["recording_session_id"] = shortest.session_id
    for source_id in set(todo) - {source.id for source in recordings} | {shortest.id}:
        pipeline.take_in(source_id)
    with library.transaction() as db:
        marks = [(0.0, "Twenty-two slides"), (40.0, "Eighty thousand pounds")]
        chapters.replace(db, db.get_one(Source, shortest.id), marks)


def _no_transcriber(_model: str) -> Transcriber:
    raise AssertionError("a text is to be transcribed")


def _sessions(library: Library, admin: Account, mentor: Account, sample: SampleIds) -> None:
    """Add sessions in several states: with a history, waiting, withdrawn, failed, in the trash."""
    built = add_session(library, title="Rosa on feedback", lines=SAID * 4, owner=mentor)
    with library.transaction() as db:
        ben = person_named(db, "Ben Achterberg").id
        own = db.get_one(Source, built.source_id)
        _history(db, mentor, own)
        note = db.scalars(select(Source).where(Source.kind == SourceKind.NOTE)).first()
        assert note is not None
        sample.ids |= {
            "session_id": own.session_id,
            "source_id": own.id,
            "note_session_id": note.session_id,
            "person_id": note.session.participants[0].person_id,
        }
    sample.ids["passage_id"] = _waiting(library, admin, mentor, ben, sample).passage_ids[0]
    _taken_back(library, admin, mentor, ben, sample)
    _asked_of_admin(library, admin, mentor, sample)
    unread = add_waiting(library, title="A talk that is not read yet")
    broken = add_waiting(library, title="A talk on a broken tape", content=b"noise")
    trashed = add_session(library, title="Thrown away by mistake", owner=mentor)
    stored, size = library.files.keep([b"What we left out."])
    with library.transaction() as db:
        trash.put(db, mentor.viewer, trashed.session_id)
        session = sources.get(db, unread).session
        sample.ids["waiting_session_id"] = session.id
        beside = sources.add(
            db, session, kind=SourceKind.NOTE, filename="Left out.md", sha256=stored, size=size
        )
        sample.of_one["taking_back.ask"] = {"session_id": session.id, "source_id": beside.id}
        jobs.fail(db, broken, "There is no sound in this recording. Send another copy of it.")


def _history(db: Transaction, mentor: Account, source: Source) -> None:
    """Add a second version of a transcript, and chapters."""
    version = versions.current_version(db, source.id)
    assert version is not None
    first, *rest = versions.drafts_of(db, version.id)
    segments = [replace(first, text=f"{first.text} As far as I remember."), *rest]
    versions.save_version(db, source, segments, origin="correction", author_id=mentor.id)
    chapters.replace(db, source, [(0.0, "How it began"), (60.0, "What she would do again")])


def _waiting(
    library: Library, admin: Account, mentor: Account, ben: int, sample: SampleIds
) -> Built:
    built = _talk(library, "A first talk about feedback", mentor, ben)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        token = release_links.make(db, admin.viewer, session, ben)
    sample.of_one["release_link.page"] = sample.of_one["release_link.leave_out"] = {"token": token}
    sample.of_one["releases.page"] = {"session_id": built.session_id}
    return built


def _taken_back(
    library: Library, admin: Account, mentor: Account, ben: int, sample: SampleIds
) -> None:
    built = _talk(library, "A second talk about feedback", mentor, ben)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        token = release_links.make(db, admin.viewer, session, ben)
        who, session, _ = release_links.opened(db, token)
        release.respond(db, who, session, agree=True, via="link")
        receipt = release.withdraw(db, who, session, via="link")
    sample.ids["receipt_id"] = receipt.id
    sample.of_one["release_link.receipt"] = {"token": token}


def _asked_of_admin(library: Library, admin: Account, mentor: Account, sample: SampleIds) -> None:
    """Add a session in which the administrator takes part and is asked for consent."""
    built = add_session(
        library,
        title="Rosa and Ines on asking for help",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (admin.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    for endpoint in ("proposals.page", "notes.page"):
        sample.of_one[endpoint] = {"session_id": built.session_id}


def _talk(library: Library, title: str, mentor: Account, ben: int) -> Built:
    return add_session(
        library,
        title=title,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (ben, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        form=Form.ONE_TO_ONE,
        held_on=date(2024, 5, 31),
        released=False,
    )


def _people(library: Library, admin: Viewer, sample: SampleIds) -> None:
    """Add an invited, a former and a duplicate person, a password reset and a join request."""
    invited = add_account(library, "Yusuf Demir", Role.MENTEE)
    left = add_account(library, "Karl Vogel", Role.MENTEE)
    receipt = account_deletion.delete_account(
        library, admin, left.id, account_deletion.DeletionRequest()
    )
    sample.of_one["leaving.receipt"] = sample.of_one["leaving.receipt_file"] = {
        "sha256": receipt.content["sha256"]
    }
    with library.transaction() as db:
        token = people.invite(db, db.get_one(Person, invited.id))
        sample.of_one["account.welcome"] = {"person_id": invited.id, "token": token}
        offered = password_resets.offer(db, "rosa.lindqvist@example.org")
        assert offered is not None
        sample.of_one["lost_password.form"] = {"person_id": offered[0].id, "token": offered[1]}
        sample.of_one["leaving.ask_for"] = {"person_id": invited.id}
        service_settings.change(
            db, admin, service_settings.Service(join_by_approval=True, gap_map=True)
        )
        join_requests.join(db, "Nia Brandt", "nia@example.org", "I begin as a nurse in May.")
        one = db.get_one(Person, sample.ids["person_id"])
        sample.ids["other_id"] = person_named(db, one.name.replace(" ", "h ", 1)).id
        merged = person_named(db, "Benn Achterberg")
        person_merge.merge(db, admin, person_named(db, "Ben Achterberg").id, merged.id)


def _collections(db: Transaction, admin: Viewer, mentor: Account, sample: SampleIds) -> None:
    """Add a curator and a review to a collection, and topics to a session."""
    collection = db.scalars(select(Collection).order_by(Collection.id)).first()
    assert collection is not None
    role = CollectionRole.CURATOR
    db.add(CollectionMember(collection_id=collection.id, person_id=mentor.id, role=role))
    sample.ids["collection_id"] = collection.id
    review.set_required_everywhere(db, admin, on=True)
    if not topics.visible(db, admin):
        starter_vocabulary.load(db, admin)
    known = topics.visible(db, admin)
    about = sample.ids["session_id"]
    session_topics.replace_confirmed(db, admin, about, [topic.id for topic in known[:3]])
    sample.ids["topic_id"] = known[0].id


def _own_data(db: Transaction, admin: Account, sample: SampleIds) -> None:
    """Add a past search, a saved search with alerts, a token, a passkey, a mark and a pin."""
    viewer = admin.viewer
    saved_searches.remember(db, viewer, "How do I say no without a speech?")
    stored = saved_searches.save(
        db, viewer, name="Handing over", question="How do I hand over well?"
    )
    alerts.subscribe(db, viewer, stored.id, AlertFrequency.WEEKLY)
    sample.of_one["alerts.page"] = {"token": alerts.link(db, stored.id)}
    tokens.add(db, admin.id, "The reading room's screen", scopes=(Scope.READ,))
    key = NewKey(credential_id="aW5lcw", public_key=b"", sign_count=0)
    sample.ids["passkey_id"] = passkeys.add(db, viewer, key, "The telephone in my pocket").id
    mark = passage_marks.put(db, viewer, sample.ids["passage_id"], MarkKind.SAVED)
    passage_marks.describe(db, viewer, mark.id, folder="Before a talk", note="Try this on Monday.")
    pin = pinned_answers.PinInput(
        questions=["How do I hand over well?"],
        passage_ids=[sample.ids["passage_id"]],
        note="Rosa's own words on it.",
    )
    sample.ids["pin_id"] = pinned_answers.save(db, viewer, pin).id


def _script_and_webhook(
    library: Library, db: Transaction, admin: Viewer, sample: SampleIds
) -> None:
    """Add a question script and a webhook."""
    sample.ids["script_id"] = question_scripts.save(
        db,
        admin,
        None,
        title="The last year",
        introduction="Half an hour, before somebody retires.",
        prompts=["What do you know that is written nowhere?", "Whom should one ask after you?"],
    ).id
    events = [Event.SESSION_RELEASED, Event.SOURCE_FAILED]
    hook, _ = webhooks.add(library, db, admin, url="http://127.0.0.1/told", events=events)
    webhooks.queue_ping(db, admin, hook.id)
    sample.ids["webhook_id"] = hook.id


def _changed(library: Library, admin: Viewer, sample: SampleIds) -> None:
    """Make a bulk edit, so that the change history is not empty."""
    with library.transaction() as db:
        ids = list(db.scalars(select(MentoringSession.id).limit(3)))
        planned = bulk_edit.plan(
            db, admin, ids, [bulk_edit.FieldChange(FieldRef("language"), "de")]
        )
        sample.ids["edit_id"] = bulk_edit.begin(db, admin, planned, planned.mark).id
    list(bulk_edit.change(library, admin, sample.ids["edit_id"], planned.steps))
