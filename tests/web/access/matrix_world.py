"""Library with a session in every state, and users of every kind, for `test_matrix`."""

import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from library.access import Viewer, today
from library.accounts import passkeys, sign_ins, tokens
from library.accounts.passkeys import NewKey
from library.capture import uploads
from library.collections import collections
from library.consent import release, release_links
from library.data_download import download
from library.discovery import saved_searches
from library.models import (
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MarkKind,
    ParticipantRole,
    PassageMark,
    Person,
    Release,
    Role,
    Scope,
    Source,
    State,
    Visibility,
)
from library.publishing import oai_records
from library.queue import WorkQueue
from library.removal import redaction_proposals, take_back, trash
from library.removal.redaction import TimeRange
from library.sessions import chapters, sessions, sources
from library.settings import Settings
from library.store import REMEMBERED, Library, Transaction, open_library
from search.engine import Engine
from tests.builders import (
    OPERATOR,
    Account,
    Built,
    add_account,
    add_session,
    begin_sign_in,
    person_named,
)
from tests.fakes import BagOfWordsEmbedder
from tests.web.access.matrix_routes import ABSENT
from tests.web.shared_routes import made_app
from web.mail import sender

NONSENSE = "qanaryzz"  # a word that no session contains
QUOTED = "when it comes the same day, in a quiet room"  # long enough for the home page
OWNS = "qanaryown"  # a word in data that only its owner may see
USED = "UPDATE api_token SET last_used_at="  # the statement before it is its BEGIN
FORM_TOKEN = re.compile(
    rb'((?:name="csrf_token"|name="csrf-token"|data-token)[^>]*(?:value|content)=")[^"]*'
)
VARIES = re.compile(
    rb"\b\d+\.\d+ s\b|\"seconds\":\s*[\d.e-]+|(?<=<responseDate>)[^<]*"
    rb"|never used|last used <time[^>]*>[^<]*</time>|\"last_used_at\":\s*(?:\"[^\"]*\"|null)"
)
"""Durations, the present time and the last use of a token: they differ between two requests."""


@dataclass(frozen=True)
class Situation:
    """State of a test session: its visibility, and what happened to it, such as "trashed"."""

    visibility: Visibility
    fate: str


@dataclass(frozen=True)
class SessionCase:
    """Session of the test library, whose texts contain a canary: a word that no other text has."""

    state: Situation
    canary: str
    ids: Mapping[str, Any]
    in_collection: bool
    sentences: Mapping[str, str] = field(default_factory=dict)  # secret word to author


@dataclass(frozen=True)
class Asker:
    """User or program that sends requests to the test site, with its headers."""

    name: str
    person_id: int | None = None
    admin: bool = False
    relation: str = ""  # "owner", "participant", or a role in the collection
    headers: Mapping[str, str] = field(default_factory=dict)
    reads_only: bool = False
    may_add: bool = False  # whether this user may add sessions

    @property
    def member(self) -> bool:
        """Return whether the requester has signed in or sends a token."""
        return self.person_id is not None

    @property
    def by_token(self) -> bool:
        """Return whether the requester is a program with a token."""
        return "Authorization" in self.headers


HELD = ("unnamed", "unconfirmed", "ambiguous")
PROPOSED = ("proposed", "decided")
FATES = ("released", "waiting", "refused", *HELD, *PROPOSED, "embargoed", "trashed", "gone")
ASKED = {"waiting", "refused", *HELD, "proposed"}
STATES = [
    *(
        Situation(v, f)
        for v, f in product(Visibility, FATES)
        if v.needs_release or f not in {*ASKED, *PROPOSED}  # otherwise no consent is requested
    ),
    Situation(Visibility.PUBLIC, "unready"),
    Situation(Visibility.PRIVATE, "unready"),
    Situation(Visibility.PUBLIC, "failed"),
    Situation(Visibility.COLLECTION, "elsewhere"),
]
"""Tested combinations of visibility and fate."""


SECOND = {
    "unnamed": "Speaker 2",
    "unconfirmed": "Nora {canary}",
    "ambiguous": "Mika Stranger",
    **dict.fromkeys(PROPOSED, "Zora {canary}"),
}
"""Name of the second speaker, in states in which that speaker is not the owner.

It is a number, a name from a file, or a name that two people have. In a state with redaction
proposals it is the first speaker again, so that only participants are asked for consent.
"""


class RollbackLibrary(Library):
    """Library that rolls back every change at the end of its transaction."""

    @contextmanager
    def transaction(self, *, on_full_disk: bool = False) -> Iterator[Transaction]:
        """Open a write transaction that is rolled back at its end."""
        with self._writing() as db:
            yield db
            db.flush()
            db.expunge_all()
            db.rollback()


Grow = Callable[[Sequence[Situation]], list[SessionCase]]


@dataclass(frozen=True)
class World:
    """Test site over a library with sessions in many states, and the users of the tests."""

    app: Flask
    library: Library
    cases: list[SessionCase]
    askers: dict[str, Asker]
    own: Mapping[str, Any]  # ids of the owner's upload, token and so on
    client: Client

    def ask(
        self, asker: Asker, method: str, path: str, **more: Any
    ) -> tuple[TestResponse, list[str]]:
        """Send a request. Return the response and the SQL statements that the request ran."""
        headers = {**asker.headers, **more.pop("headers", {})}
        statements: list[str] = []
        here = threading.get_ident()

        def record(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if threading.get_ident() == here:
                statements.append(statement)

        event.listen(self.library._engine, "before_cursor_execute", record)
        try:
            answer = self.client.open(path, method=method, headers=headers, buffered=True, **more)
        finally:
            event.remove(self.library._engine, "before_cursor_execute", record)
        return answer, _without_use(statements)


def _without_use(statements: list[str]) -> list[str]:
    """Return the SQL statements, except those that record the last use of a token."""
    uses = {i for i, statement in enumerate(statements) if statement.startswith(USED)}
    return [statement for i, statement in enumerate(statements) if not {i, i + 1} & uses]


def may_see(asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester may see a session. Restates the access rules without SQL."""
    fate, visibility = case.state.fate, case.state.visibility
    if fate in {"trashed", "gone"}:
        return False
    if asker.admin or asker.relation == "owner":
        return True
    if asker.relation == "participant" and visibility is not Visibility.PRIVATE:
        return True
    if fate in {*ASKED, "embargoed"}:
        return False
    if visibility is Visibility.PUBLIC or (visibility is Visibility.MEMBERS and asker.member):
        return True
    in_it = asker.relation in set(CollectionRole) and case.in_collection
    return visibility is Visibility.COLLECTION and in_it


def may_read_sentence(asker: Asker, case: SessionCase, whose: str) -> bool:
    """Return whether a requester may read the sentence with which a redaction was proposed.

    *whose* is the author of the proposal: "speaker" or "participant".
    """
    return may_edit(asker, case) or (asker.relation == whose and may_see(asker, case))


def may_edit(asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester may edit a session."""
    return may_see(asker, case) and (asker.admin or asker.relation == "owner")


def may_review(asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester may review a session."""
    curates = asker.relation == CollectionRole.CURATOR and case.in_collection
    return may_edit(asker, case) or (curates and may_see(asker, case))


def could_have_seen(asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester may know that a trashed or removed session existed."""
    before = replace(case, state=replace(case.state, fate="released"))
    return case.state.fate in {"trashed", "gone"} and may_see(asker, before)


def has_trashed(asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester sees a session in the trash."""
    return case.state.fate == "trashed" and (asker.admin or asker.relation == "owner")


def all_bytes(answer: TestResponse) -> bytes:
    """Return headers, body and unpacked zip content of a response, in lower case."""
    header_lines = b"\n".join(f"{n}: {v}".encode() for n, v in answer.headers if n != "Set-Cookie")
    body = answer.data
    if body[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(body)) as packed:
            body += b"\n".join(n.encode() + packed.read(n) for n in packed.namelist())
    return (header_lines + b"\n" + body).lower()


VARYING_HEADERS = {
    *("Set-Cookie", "Content-Length", "ETag", "Date", "Expires"),
    *(
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
    ),  # vary with earlier requests
}


def comparable(answer: TestResponse, path: str, *words: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers of a response without the parts that differ by request.

    In body and headers, *path* and *words* are replaced by "@".
    """
    body = FORM_TOKEN.sub(rb"\1", VARIES.sub(b"", answer.data))
    headers = {n: v for n, v in answer.headers if n not in VARYING_HEADERS}
    for text in sorted((path, path.partition("?")[0], *words), key=len, reverse=True):
        # "/sessions/2" must not match in "/sessions/21".
        pattern = re.compile(f"(?:{re.escape(text)}|{re.escape(quote(text))})(?![0-9])")
        body = re.sub(pattern.pattern.encode(), b"@", body)
        headers = {n: pattern.sub("@", v) for n, v in headers.items()}
    return answer.status_code, body, headers


@contextmanager
def full_world(settings: Settings) -> Iterator[World]:
    """Open the test site over a new library with a session in every state."""
    with growing_world(settings) as (world, add):
        add(STATES)
        _make_copies(world)
        oai_records.refresh(committing(world))
        yield world


def committing(world: World) -> Library:
    """Return the world's library with transactions that are committed instead of rolled back."""
    return Library(world.library._engine, world.library.files, world.library.settings)


def _make_copies(world: World) -> None:
    """Make a data copy for every account."""
    library = committing(world)
    accounts = {a.person_id for a in world.askers.values() if a.member}
    with library.transaction() as db:
        for person_id in accounts:
            download.ask(db, Viewer(person_id=person_id))
    assert download.make_waiting(library) == len(accounts)


@contextmanager
def growing_world(settings: Settings) -> Iterator[tuple[World, Grow]]:
    """Open a site over a library without sessions, and a function that adds sessions to it.

    The function takes states and adds one session in each of them.
    """
    settings = replace(settings, sign_in_limit="100000/minute", account_limit="100000/minute")
    library = open_library(settings)
    owner = add_account(library, "Olga Owner", Role.MENTOR)
    participant = add_account(library, "Pia Participant", Role.MENTEE)
    accounts_of = {"owner": owner, "participant": participant, **_others(library)}
    collection_id = _add_collections(library, owner, accounts_of)
    own = _own_things(library, owner) | {"collection_id": collection_id}
    with opened(library, settings) as world:

        def add(states: Sequence[Situation]) -> list[SessionCase]:
            first = len(world.cases)
            new = [
                _add_session(library, first + number, state, accounts_of, collection_id)
                for number, state in enumerate(states)
            ]
            world.cases.extend(new)
            return new

        yield replace(world, askers=_askers(world.app, library, accounts_of), own=own), add


def _forget_answers(_db: Any, record: Any, _proxy: Any) -> None:
    """Clear the cached answers of a connection, so that SQL statements can be compared."""
    record.info.pop(REMEMBERED, None)


@contextmanager
def opened(library: Library, settings: Settings) -> Iterator[World]:
    """Open the test site over *library*. Every change through the site is rolled back."""
    untouched = RollbackLibrary(library._engine, library.files, settings)
    event.listen(library._engine, "checkout", _forget_answers)
    queue = WorkQueue(settings.home)
    app = made_app(library=untouched, engine=Engine(untouched, BagOfWordsEmbedder()), queue=queue)
    try:
        yield World(app, untouched, [], {}, {}, app.test_client(use_cookies=False))
    finally:
        app.extensions[sender.KEY].settle()
        queue.close()
        library.close()


def _others(library: Library) -> dict[str, Account]:
    """Add accounts with other roles than owner and participant. Return them by name."""
    add_account(library, SECOND["ambiguous"], Role.MENTEE, email="namesake@example.org")
    return {
        "admin": add_account(library, "Ines Admin", Role.ADMIN),
        "mentor": add_account(library, "Mona Stranger", Role.MENTOR),
        "mentee": add_account(library, "Mika Stranger", Role.MENTEE),
        **{role.value: add_account(library, f"Col {role}", Role.MENTEE) for role in CollectionRole},
    }


def _add_collections(library: Library, owner: Account, accounts_of: Mapping[str, Account]) -> int:
    """Add two collections, the first with a member of each role. Return the id of the first."""
    with library.transaction() as db:
        admin = accounts_of["admin"].viewer
        db.get_one(Person, accounts_of["admin"].id).password_hash = "not to be signed in with"
        collection = collections.add(db, admin, title="The shelf")
        collections.add(db, admin, title="Another shelf")
        for role in CollectionRole:
            member = accounts_of[role.value].id
            db.add(CollectionMember(collection_id=collection.id, person_id=member, role=role))
        return collection.id


def _add_session(
    library: Library,
    number: int,
    state: Situation,
    known: Mapping[str, Account],
    collection_id: int,
) -> SessionCase:
    """Add a session and bring it into the given state."""
    owner, participant = known["owner"], known["participant"]
    canary = f"qanary{chr(97 + number // 26)}{chr(97 + number % 26)}"
    speaker = f"Zora {canary}"
    with library.transaction() as db:
        speaker_id = person_named(db, speaker).id
    built = add_session(
        library,
        title=f"Talk of {canary}",
        lines=[
            (speaker, f"Feedback about {canary} helps everybody {QUOTED}."),
            (
                SECOND.get(state.fate, "Olga Owner").format(canary=canary),
                f"How do people get feedback about {canary} {QUOTED}?",
            ),
        ],
        owner=owner,
        participants=[
            (participant.id, ParticipantRole.MENTEE),
            (speaker_id, ParticipantRole.MENTOR),
        ],
        visibility=state.visibility,
        content=f"sound of {canary}".encode() * 20,
        released=False,
    )
    in_collection = state.fate != "elsewhere"
    collection = collection_id if in_collection else collection_id + 1
    with library.transaction() as db:
        db.add(CollectionEntry(collection_id=collection, session_id=built.session_id))
        _describe(db, built, canary)
        link = _settle(db, owner, built, state, speaker_id)
        proposed = _propose(db, known, built, state, link) if state.fate in PROPOSED else {}
    if state.fate == "gone":
        take_back.take_back(library, owner.viewer, built.session_id)
    ids = {
        "session_id": built.session_id,
        "source_id": built.source_id,
        "passage_id": built.passage_ids[0],
        "person_id": speaker_id,
        "token": link or "no-such-secret",
        "proposal_id": proposed.get("speaker", ABSENT),
    }
    sentences = {_sentence(canary, whose): whose for whose in proposed}
    return SessionCase(state, canary, ids, in_collection, sentences)


def _describe(db: Transaction, built: Built, canary: str) -> None:
    """Put the canary into the description and one chapter of a session."""
    sessions.get(db, built.session_id).description = f"Told in confidence: {canary}."
    chapters.replace(db, sources.get(db, built.source_id), [(0.0, f"Of {canary}")])


def _settle(
    db: Transaction, owner: Account, built: Built, state: Situation, speaker_id: int
) -> str:
    """Bring a session into its state. Return the secret of a release link, or "" without one."""
    session = sessions.get(db, built.session_id)
    link = ""
    if state.visibility.needs_release:
        link = release_links.make(db, owner.viewer, session, speaker_id)
        waits = {"waiting": Release.WAITING, "refused": Release.REFUSED}
        if state.fate in HELD:  # the known speakers have agreed; one speaker is unknown
            release.waive(db, OPERATOR, session, "as tests need it")
        elif state.fate not in PROPOSED:
            session.release = waits.get(state.fate, Release.RELEASED)
    if state.fate == "embargoed":
        session.embargo_until = today() + timedelta(days=9)
    if state.fate == "trashed":
        trash.put(db, owner.viewer, session.id)
    source = db.get_one(Source, built.source_id)
    source.media_type = "audio/ogg"
    if state.fate in {"unready", "failed"}:
        source.state = State.FAILED if state.fate == "failed" else State.WORKING
        source.error = "It broke." if state.fate == "failed" else ""
    return link


def _propose(
    db: Transaction, known: Mapping[str, Account], built: Built, state: Situation, link: str
) -> dict[str, int]:
    """Propose a redaction as each of two speakers. Return proposal ids by author.

    In the state "decided", the owner also refuses both proposals, and both speakers agree to the
    release.
    """
    owner, participant = known["owner"].viewer, known["participant"].viewer
    speaker, session, _ = release_links.opened(db, link)
    release.choose(db, owner, session)
    canary = session.title.split()[-1]
    made = {}
    for whose, person in (("speaker", speaker), ("participant", participant)):
        sentence, stretch = _sentence(canary, whose), TimeRange(built.source_id, 0, 5)
        (proposal,) = redaction_proposals.propose(db, person, session, [stretch], sentence=sentence)
        made[whose] = proposal.id
        if state.fate == "decided":
            redaction_proposals.refuse(db, owner, session.id, proposal.id, f"It stays: {sentence}")
            release.respond(db, person, session, agree=True)
    assert (session.release is Release.RELEASED) == (state.fate == "decided")
    return made


def _sentence(canary: str, whose: str) -> str:
    """Return the sentence with which *whose*, "speaker" or "participant", proposes a cut.

    It contains the secret word *canary* without its beginning.
    """
    return f"{whose[0]}{canary.removeprefix('qanary')}qcut"


def _own_things(library: Library, owner: Account) -> dict[str, Any]:
    """Add an upload, a saved search and other objects of the owner. Return their ids by name.

    Each object contains the word `OWNS`, which only the owner may see.
    """
    upload = uploads.begin(library, owner.id, filename=f"{OWNS}.ogg", size=20)
    with library.transaction() as db:
        search = saved_searches.save(db, owner.viewer, name=OWNS, question=f"where is {OWNS}?")
        mark = PassageMark(
            person_id=owner.id, segment=0, kind=MarkKind.SAVED, folder=OWNS, note=OWNS
        )
        db.add(mark)
        db.flush()
        token, _ = tokens.add(db, owner.id, OWNS)
        saved_searches.remember(db, owner.viewer, f"{OWNS} again")
        key = NewKey(credential_id="b3duZXI", public_key=b"", sign_count=0)
        passkey = passkeys.add(db, owner.viewer, key, OWNS)
        begin_sign_in(db, owner.id)
        sign_in = sign_ins.for_person(db, owner.id)[0]
        sign_in.browser = OWNS
        return {
            "upload_id": upload.id,
            "search_id": search.id,
            "mark_id": mark.id,
            "token_id": token.id,
            "passkey_id": passkey.id,
            "sign_in_id": sign_in.id,
        }


def _askers(app: Flask, library: Library, known: Mapping[str, Account]) -> dict[str, Asker]:
    """Return every kind of user and program that sends requests, by name."""
    askers = {"guest": Asker("guest", headers=_browser(app))}
    with library.transaction() as db:
        for name, account in known.items():
            person = db.get_one(Person, account.id)
            askers[name] = Asker(
                name,
                account.id,
                admin=name == "admin",
                relation=name,
                may_add=account.viewer.may_add_sessions(),
                headers=_browser(app, begin_sign_in(db, person.id)),
            )
        for scopes, name in product(
            ((Scope.READ,), (Scope.READ, Scope.WRITE), tuple(Scope)), ("mentor", "owner", "admin")
        ):
            _, secret = tokens.add(db, known[name].id, "a program", scopes=scopes)
            called = f"{name}'s token to {scopes[-1]}"
            askers[called] = replace(
                askers[name],
                name=called,
                admin=name == "admin" and Scope.ADMIN in scopes,
                reads_only=Scope.WRITE not in scopes,
                headers={"Authorization": f"Bearer {secret}"},
            )
    return askers


def _browser(app: Flask, token: str | None = None) -> dict[str, str]:
    """Return the headers of a browser with a form token, signed in if a token is given."""
    content = {"csrf_token": "0" * 40} | ({"_user_id": token} if token is not None else {})
    form = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("0" * 40)
    return {"Cookie": signed_cookie(app, content), "X-CSRFToken": str(form)}


def signed_cookie(app: Flask, content: Mapping[str, Any]) -> str:
    """Return a session cookie with the given content, signed with the site's key."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    return f"session={signer.dumps(dict(content))}"
