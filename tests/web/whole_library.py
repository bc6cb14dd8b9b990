"""A library in which every page of the site has something to show; needs no models."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from ingest.pipeline import Pipeline
from ingest.transcribe import Transcriber
from library import webhooks
from library.access import Viewer
from library.accounts import joining, passkeys, people, resets, service, tokens
from library.accounts.passkeys import NewKey
from library.capture import sample_library, scripts
from library.consent import release, release_links
from library.curating import bulk, merges, pins, review_switch
from library.curating.bulk_fields import Cell
from library.editing import transcripts
from library.holdings import chapters, jobs, sessions, sources
from library.models import (
    Collection,
    CollectionMember,
    CollectionRole,
    Event,
    Form,
    MentoringSession,
    Part,
    Person,
    Rhythm,
    Role,
    Scope,
    Source,
    SourceKind,
    Visibility,
)
from library.searching import alerts, searches
from library.store import Library, Transaction
from library.vocabulary import session_topics, starter_topics, topics
from library.withdrawal import leaving, trash
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
class Told:
    """What was put into the library: numbers and secrets by the names that addresses use."""

    tokens: dict[str, str] = field(default_factory=dict)  # of browsers that are signed in
    ids: dict[str, Any] = field(default_factory=dict)
    of_one: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by endpoint


def fill(library: Library) -> Told:
    """Put the samples and something of everything else into an empty library."""
    told = Told()
    _samples(library, told)
    admin = add_account(library, "Ines Okafor", Role.ADMIN)
    mentor = add_account(library, "Rosa Lindqvist", Role.MENTOR)
    _sessions(library, admin, mentor, told)
    _people(library, admin.viewer, told)
    with library.transaction() as db:
        _shelves(db, admin.viewer, mentor, told)
        _asked(db, admin, told)
        _care(library, db, admin.viewer, told)
        keys = {"admin": admin.id, "mentor": mentor.id}
        for number in keys.values():
            db.get_one(Person, number).password_hash = "not to be signed in with"
        told.tokens = {who: begin_sign_in(db, number) for who, number in keys.items()}
    _changed(library, admin.viewer, told)
    return told


def _samples(library: Library, told: Told) -> None:
    """The sample library; nobody has to listen, as each recording has its transcript."""
    pipeline = Pipeline(library, transcriber=_no_ears, embedder=BagOfWordsEmbedder, worker="test")
    todo = sample_library.load(library)
    with library.reading() as db:
        heard = db.scalars(select(Source).where(Source.kind == SourceKind.RECORDING)).all()
        shortest = min(heard, key=lambda source: source.size)
    told.ids["recording_session_id"] = shortest.session_id
    for source_id in set(todo) - {source.id for source in heard} | {shortest.id}:
        pipeline.take_in(source_id)
    with library.transaction() as db:
        marks = [(0.0, "Twenty-two slides"), (40.0, "Eighty thousand pounds")]
        chapters.put(db, db.get_one(Source, shortest.id), marks)


def _no_ears(_model: str) -> Transcriber:
    raise AssertionError("a text is listened to")


def _sessions(library: Library, admin: Account, mentor: Account, told: Told) -> None:
    """One's own session with a history, one that waits for an answer, one taken back."""
    built = add_session(library, title="Rosa on feedback", lines=SAID * 4, owner=mentor)
    with library.transaction() as db:
        ben = person_named(db, "Ben Achterberg").id
        own = db.get_one(Source, built.source_id)
        _history(db, mentor, own)
        note = db.scalars(select(Source).where(Source.kind == SourceKind.NOTE)).first()
        assert note is not None
        told.ids |= {
            "session_id": own.session_id,
            "source_id": own.id,
            "note_session_id": note.session_id,
            "person_id": note.session.participants[0].person_id,
        }
    told.ids["passage_id"] = _waiting(library, admin, mentor, ben, told).passage_ids[0]
    _taken_back(library, admin, mentor, ben, told)
    _asked_of_admin(library, admin, mentor, told)
    unread = add_waiting(library, title="A talk that is not read yet")
    broken = add_waiting(library, title="A talk on a broken tape", content=b"noise")
    gone = add_session(library, title="Thrown away by mistake", owner=mentor)
    kept, size = library.files.keep([b"What we left out."])
    with library.transaction() as db:
        trash.put(db, mentor.viewer, gone.session_id)
        session = sources.get(db, unread).session
        told.ids["waiting_session_id"] = session.id
        beside = sources.add(
            db, session, kind=SourceKind.NOTE, filename="Left out.md", sha256=kept, size=size
        )
        told.of_one["taking_back.ask"] = {"session_id": session.id, "source_id": beside.id}
        jobs.fail(db, broken, "There is no sound in this recording. Send another copy of it.")


def _history(db: Transaction, mentor: Account, source: Source) -> None:
    """A second version of a transcript, and chapters."""
    version = transcripts.current_version(db, source.id)
    assert version is not None
    first, *rest = transcripts.drafts_of(db, version.id)
    segments = [replace(first, text=f"{first.text} As far as I remember."), *rest]
    transcripts.save_version(db, source, segments, origin="correction", author_id=mentor.id)
    chapters.put(db, source, [(0.0, "How it began"), (60.0, "What she would do again")])


def _waiting(library: Library, admin: Account, mentor: Account, ben: int, told: Told) -> Built:
    built = _talk(library, "A first talk about feedback", mentor, ben)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        token = release_links.make(db, admin.viewer, session, ben)
    told.of_one["release_link.page"] = told.of_one["release_link.leave_out"] = {"token": token}
    told.of_one["releases.page"] = {"session_id": built.session_id}
    return built


def _taken_back(library: Library, admin: Account, mentor: Account, ben: int, told: Told) -> None:
    built = _talk(library, "A second talk about feedback", mentor, ben)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        token = release_links.make(db, admin.viewer, session, ben)
        who, session, _ = release_links.opened(db, token)
        release.respond(db, who, session, agree=True, via="link")
        receipt = release.withdraw(db, who, session, via="link")
    told.ids["receipt_id"] = receipt.id
    told.of_one["release_link.receipt"] = {"token": token}


def _asked_of_admin(library: Library, admin: Account, mentor: Account, told: Told) -> None:
    """A session in which the administrator takes part, and is asked for consent."""
    built = add_session(
        library,
        title="Rosa and Ines on asking for help",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (admin.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    for endpoint in ("proposals.page", "notes.page"):
        told.of_one[endpoint] = {"session_id": built.session_id}


def _talk(library: Library, title: str, mentor: Account, ben: int) -> Built:
    return add_session(
        library,
        title=title,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (ben, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        form=Form.ONE_TO_ONE,
        held_on=date(2024, 5, 31),
        released=False,
    )


def _people(library: Library, admin: Viewer, told: Told) -> None:
    """Somebody who is invited, who lost a password, who left, who asks, and who is there twice."""
    invited = add_account(library, "Yusuf Demir", Role.MENTEE)
    left = add_account(library, "Karl Vogel", Role.MENTEE)
    receipt = leaving.leave(library, admin, left.id, leaving.Wish())
    told.of_one["leaving.receipt"] = told.of_one["leaving.receipt_file"] = {
        "sha256": receipt.content["sha256"]
    }
    with library.transaction() as db:
        token = people.invite(db, db.get_one(Person, invited.id))
        told.of_one["account.welcome"] = {"person_id": invited.id, "token": token}
        offered = resets.offer(db, "rosa.lindqvist@example.org")
        assert offered is not None
        told.of_one["lost_password.form"] = {"person_id": offered[0].id, "token": offered[1]}
        told.of_one["leaving.ask_for"] = {"person_id": invited.id}
        service.change(db, admin, service.Service(join_by_approval=True, gap_map=True))
        joining.join(db, "Nia Brandt", "nia@example.org", "I begin as a nurse in May.")
        one = db.get_one(Person, told.ids["person_id"])
        told.ids["other_id"] = person_named(db, one.name.replace(" ", "h ", 1)).id
        merged = person_named(db, "Benn Achterberg")
        merges.merge(db, admin, person_named(db, "Ben Achterberg").id, merged.id)


def _shelves(db: Transaction, admin: Viewer, mentor: Account, told: Told) -> None:
    """A collection with a curator and a review, and topics."""
    shelf = db.scalars(select(Collection).order_by(Collection.id)).first()
    assert shelf is not None
    role = CollectionRole.CURATOR
    db.add(CollectionMember(collection_id=shelf.id, person_id=mentor.id, role=role))
    told.ids["collection_id"] = shelf.id
    review_switch.everywhere(db, admin, on=True)
    if not topics.visible(db, admin):
        starter_topics.load(db, admin)
    known = topics.visible(db, admin)
    about = told.ids["session_id"]
    session_topics.put(db, admin, about, [topic.id for topic in known[:3]])
    told.ids["topic_id"] = known[0].id


def _asked(db: Transaction, admin: Account, told: Told) -> None:
    """What somebody asked, saved and pinned."""
    viewer = admin.viewer
    searches.remember(db, viewer, "How do I say no without a speech?")
    kept = searches.save(db, viewer, name="Handing over", question="How do I hand over well?")
    alerts.subscribe(db, viewer, kept.id, Rhythm.WEEKLY)
    told.of_one["alerts.page"] = {"token": alerts.link(db, kept.id)}
    tokens.add(db, admin.id, "The reading room's screen", scopes=(Scope.READ,))
    key = NewKey(credential_id="aW5lcw", public_key=b"", sign_count=0)
    told.ids["passkey_id"] = passkeys.add(db, viewer, key, "The telephone in my pocket").id
    wanted = pins.Wanted(
        questions=["How do I hand over well?"],
        passage_ids=[told.ids["passage_id"]],
        note="Rosa's own words on it.",
    )
    told.ids["pin_id"] = pins.save(db, viewer, wanted).id


def _care(library: Library, db: Transaction, admin: Viewer, told: Told) -> None:
    """Questions to record by, and a program that is told."""
    told.ids["script_id"] = scripts.save(
        db,
        admin,
        None,
        title="The last year",
        introduction="Half an hour, before somebody retires.",
        prompts=["What do you know that is written nowhere?", "Whom should one ask after you?"],
    ).id
    events = [Event.SESSION_RELEASED, Event.SOURCE_FAILED]
    hook, _ = webhooks.add(library, db, admin, url="http://127.0.0.1/told", events=events)
    webhooks.try_out(db, admin, hook.id)
    told.ids["webhook_id"] = hook.id


def _changed(library: Library, admin: Viewer, told: Told) -> None:
    """Many sessions changed at once."""
    with library.transaction() as db:
        ids = list(db.scalars(select(MentoringSession.id).limit(3)))
        planned = bulk.plan(db, admin, ids, [bulk.Wish(Cell("language"), "de")])
        told.ids["edit_id"] = bulk.begin(db, admin, planned, planned.mark).id
    list(bulk.change(library, admin, told.ids["edit_id"], planned.steps))
