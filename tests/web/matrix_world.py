"""A library with a session in every state, and everybody who may ask for it: for `test_matrix`."""

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
from library.consent import release, release_links
from library.exports import own_data
from library.holdings import chapters, collections, sessions, sources
from library.models import (
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    Part,
    Person,
    Release,
    Role,
    Scope,
    Source,
    State,
    Visibility,
)
from library.publishing import harvest
from library.queue import WorkQueue
from library.searching import searches
from library.settings import Settings
from library.store import REMEMBERED, Library, Transaction, open_library
from library.withdrawal import proposals, taking_back, trash
from library.withdrawal.off_record import Stretch
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
from tests.web.matrix_routes import ABSENT
from web import post
from web.site import create_app

NONSENSE = "qanaryzz"  # a word that nobody said
QUOTED = "when it comes the same day, in a quiet room"  # enough words for the first page
OWNS = "qanaryown"  # a word in what the owner has besides sessions
USED = "UPDATE api_token SET last_used_at="  # after a BEGIN of its own
FORM_TOKEN = re.compile(
    rb'((?:name="csrf_token"|name="csrf-token"|data-token)[^>]*(?:value|content)=")[^"]*'
)
TOOK = re.compile(
    rb"\b\d+\.\d+ s\b|\"seconds\":\s*[\d.e-]+|(?<=<responseDate>)[^<]*"
    rb"|never used|last used <time[^>]*>[^<]*</time>|\"last_used_at\":\s*(?:\"[^\"]*\"|null)"
)
"""Durations, the present time, and the last use of a token, which is noted once a minute."""


@dataclass(frozen=True)
class Situation:
    """What has become of a session, and whom it is meant for."""

    visibility: Visibility
    fate: str


@dataclass(frozen=True)
class Kept:
    """A session of the world, with the word that nothing else holds."""

    state: Situation
    canary: str
    ids: Mapping[str, Any]
    shelved: bool
    sentences: Mapping[str, str] = field(default_factory=dict)  # a word of each, and whose it is


@dataclass(frozen=True)
class Asker:
    """Somebody who may ask, and the headers with which they do."""

    name: str
    person_id: int | None = None
    admin: bool = False
    relation: str = ""  # owner, participant, or a role in the collection
    headers: Mapping[str, str] = field(default_factory=dict)
    reads_only: bool = False
    gives: bool = False  # whether they may add sessions

    @property
    def member(self) -> bool:
        """Whether they have signed in, or send a token."""
        return self.person_id is not None

    @property
    def by_token(self) -> bool:
        """Whether this is a program."""
        return "Authorization" in self.headers


HELD = ("unnamed", "unconfirmed", "ambiguous")
PROPOSED = ("proposed", "decided")
FATES = ("released", "waiting", "refused", *HELD, *PROPOSED, "embargoed", "trashed", "gone")
ASKED = {"waiting", "refused", *HELD, "proposed"}
STATES = [
    *(
        Situation(v, f)
        for v, f in product(Visibility, FATES)
        if v.needs_release or f not in {*ASKED, *PROPOSED}  # where nobody is asked
    ),
    Situation(Visibility.PUBLIC, "unready"),
    Situation(Visibility.PRIVATE, "unready"),
    Situation(Visibility.PUBLIC, "failed"),
    Situation(Visibility.COLLECTION, "elsewhere"),
]
"""Whom it is meant for x what those who speak said, when, and whether it was thrown away."""


SECOND = {
    "unnamed": "Speaker 2",
    "unconfirmed": "Nora {canary}",
    "ambiguous": "Mika Stranger",
    **dict.fromkeys(PROPOSED, "Zora {canary}"),
}
"""The second speaker, where that is not the owner: a number, a name from a file, one of two.

Where a cut is proposed it is the first once more, so that nobody but who takes part is asked.
"""


class Untouched(Library):
    """A library in which every change is made and, at the end of its transaction, unmade."""

    @contextmanager
    def transaction(self, *, on_full_disk: bool = False) -> Iterator[Transaction]:
        """One intention to write that leaves nothing behind."""
        with self._writing() as db:
            yield db
            db.flush()
            db.expunge_all()
            db.rollback()


Grow = Callable[[Sequence[Situation]], list[Kept]]


@dataclass(frozen=True)
class World:
    """The site over a library with a session in every state."""

    app: Flask
    library: Library
    kept: list[Kept]
    askers: dict[str, Asker]
    own: Mapping[str, Any]  # numbers of things that are the owner's alone
    client: Client

    def ask(
        self, asker: Asker, method: str, path: str, **more: Any
    ) -> tuple[TestResponse, list[str]]:
        """The answer to a request, and the statements that it took."""
        headers = {**asker.headers, **more.pop("headers", {})}
        done: list[str] = []
        here = threading.get_ident()

        def asked(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if threading.get_ident() == here:
                done.append(statement)

        event.listen(self.library._engine, "before_cursor_execute", asked)
        try:
            answer = self.client.open(path, method=method, headers=headers, buffered=True, **more)
        finally:
            event.remove(self.library._engine, "before_cursor_execute", asked)
        return answer, _without_use(done)


def _without_use(done: list[str]) -> list[str]:
    """Leave out what notes now and then, whatever is asked for, that a token was used."""
    noted = {i for i, said in enumerate(done) if said.startswith(USED)}
    return [said for i, said in enumerate(done) if not {i, i + 1} & noted]


def may_see(asker: Asker, kept: Kept) -> bool:
    """Whether somebody may see a session: the rules said once more, without SQL."""
    fate, visibility = kept.state.fate, kept.state.visibility
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
    in_it = asker.relation in set(CollectionRole) and kept.shelved
    return visibility is Visibility.COLLECTION and in_it


def may_read_sentence(asker: Asker, kept: Kept, whose: str) -> bool:
    """Whether somebody may read what was said with a proposal to leave something out."""
    return may_edit(asker, kept) or (asker.relation == whose and may_see(asker, kept))


def may_edit(asker: Asker, kept: Kept) -> bool:
    """Whether somebody may change a session that they see."""
    return may_see(asker, kept) and (asker.admin or asker.relation == "owner")


def may_review(asker: Asker, kept: Kept) -> bool:
    """Whether somebody may look a session over before others find it, and say what it needs."""
    curates = asker.relation == CollectionRole.CURATOR and kept.shelved
    return may_edit(asker, kept) or (curates and may_see(asker, kept))


def could_have_seen(asker: Asker, kept: Kept) -> bool:
    """Whether somebody may be told that a session was here, until it was thrown away."""
    before = replace(kept, state=replace(kept.state, fate="released"))
    return kept.state.fate in {"trashed", "gone"} and may_see(asker, before)


def has_trashed(asker: Asker, kept: Kept) -> bool:
    """Whether somebody finds a session in the trash."""
    return kept.state.fate == "trashed" and (asker.admin or asker.relation == "owner")


def all_bytes(answer: TestResponse) -> bytes:
    """Everything that an answer tells, also in its headers and in packed files, in lower case."""
    told = b"\n".join(f"{n}: {v}".encode() for n, v in answer.headers if n != "Set-Cookie")
    body = answer.data
    if body[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(body)) as packed:
            body += b"\n".join(n.encode() + packed.read(n) for n in packed.namelist())
    return (told + b"\n" + body).lower()


OF_THE_MOMENT = {
    *("Set-Cookie", "Content-Length", "ETag", "Date", "Expires"),
    *("X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"),  # they count one's own tries
}


def alike(answer: TestResponse, path: str, *words: str) -> tuple[int, bytes, dict[str, str]]:
    """What two answers have to share to look the same: without their address and form tokens."""
    body = FORM_TOKEN.sub(rb"\1", TOOK.sub(b"", answer.data))
    headers = {n: v for n, v in answer.headers if n not in OF_THE_MOMENT}
    for told in sorted((path, path.partition("?")[0], *words), key=len, reverse=True):
        # "/sessions/2" is no part of "/sessions/21".
        asked = re.compile(f"(?:{re.escape(told)}|{re.escape(quote(told))})(?![0-9])")
        body = re.sub(asked.pattern.encode(), b"@", body)
        headers = {n: asked.sub("@", v) for n, v in headers.items()}
    return answer.status_code, body, headers


@contextmanager
def made(settings: Settings) -> Iterator[World]:
    """The world, over a library in the settings' home."""
    with growing(settings) as (world, add):
        add(STATES)
        _make_copies(world)
        harvest.refresh(lasting(world))
        yield world


def lasting(world: World) -> Library:
    """The library of a world as one in which changes stay."""
    return Library(world.library._engine, world.library.files, world.library.settings)


def _make_copies(world: World) -> None:
    """Have a copy of their own data made for everybody with an account."""
    library = lasting(world)
    accounts = {a.person_id for a in world.askers.values() if a.member}
    with library.transaction() as db:
        for person_id in accounts:
            own_data.ask(db, Viewer(person_id=person_id))
    assert own_data.make_waiting(library) == len(accounts)


@contextmanager
def growing(settings: Settings) -> Iterator[tuple[World, Grow]]:
    """A world without sessions, and what adds one in each of some states to it."""
    settings = replace(settings, sign_in_limit="100000/minute", account_limit="100000/minute")
    library = open_library(settings)
    owner = add_account(library, "Olga Owner", Role.MENTOR)
    participant = add_account(library, "Pia Participant", Role.MENTEE)
    accounts_of = {"owner": owner, "participant": participant, **_others(library)}
    collection_id = _shelves(library, owner, accounts_of)
    own = _own_things(library, owner) | {"collection_id": collection_id}
    with opened(library, settings) as world:

        def add(states: Sequence[Situation]) -> list[Kept]:
            first = len(world.kept)
            new = [
                _kept(library, first + number, state, accounts_of, collection_id)
                for number, state in enumerate(states)
            ]
            world.kept.extend(new)
            return new

        yield replace(world, askers=_askers(world.app, library, accounts_of), own=own), add


def _forget_answers(_db: Any, record: Any, _proxy: Any) -> None:
    """Let no view remember what an earlier one was told, so that statements can be compared."""
    record.info.pop(REMEMBERED, None)


@contextmanager
def opened(library: Library, settings: Settings) -> Iterator[World]:
    """The site over a library, in which nothing changes."""
    untouched = Untouched(library._engine, library.files, settings)
    event.listen(library._engine, "checkout", _forget_answers)
    queue = WorkQueue(settings.home)
    app = create_app(library=untouched, engine=Engine(untouched, BagOfWordsEmbedder()), queue=queue)
    try:
        yield World(app, untouched, [], {}, {}, app.test_client(use_cookies=False))
    finally:
        app.extensions[post.KEY].settle()
        queue.close()
        library.close()


def _others(library: Library) -> dict[str, Account]:
    add_account(library, SECOND["ambiguous"], Role.MENTEE, email="namesake@example.org")
    return {
        "admin": add_account(library, "Ines Admin", Role.ADMIN),
        "mentor": add_account(library, "Mona Stranger", Role.MENTOR),
        "mentee": add_account(library, "Mika Stranger", Role.MENTEE),
        **{role.value: add_account(library, f"Col {role}", Role.MENTEE) for role in CollectionRole},
    }


def _shelves(library: Library, owner: Account, accounts_of: Mapping[str, Account]) -> int:
    """A collection with a member of each role, and another without; gives the first's number."""
    with library.transaction() as db:
        admin = accounts_of["admin"].viewer
        db.get_one(Person, accounts_of["admin"].id).password_hash = "not to be signed in with"
        shelf = collections.add(db, admin, title="The shelf")
        collections.add(db, admin, title="Another shelf")
        for role in CollectionRole:
            member = accounts_of[role.value].id
            db.add(CollectionMember(collection_id=shelf.id, person_id=member, role=role))
        return shelf.id


def _kept(
    library: Library,
    number: int,
    state: Situation,
    known: Mapping[str, Account],
    collection_id: int,
) -> Kept:
    owner, participant = known["owner"], known["participant"]
    canary = f"qanary{chr(97 + number // 26)}{chr(97 + number % 26)}"
    voice = f"Zora {canary}"
    with library.transaction() as db:
        heard = person_named(db, voice).id
    built = add_session(
        library,
        title=f"Talk of {canary}",
        lines=[
            (voice, f"Feedback about {canary} helps everybody {QUOTED}."),
            (
                SECOND.get(state.fate, "Olga Owner").format(canary=canary),
                f"How do people get feedback about {canary} {QUOTED}?",
            ),
        ],
        owner=owner,
        participants=[(participant.id, Part.MENTEE), (heard, Part.MENTOR)],
        visibility=state.visibility,
        content=f"sound of {canary}".encode() * 20,
        released=False,
    )
    shelved = state.fate != "elsewhere"
    shelf = collection_id if shelved else collection_id + 1
    with library.transaction() as db:
        db.add(CollectionEntry(collection_id=shelf, session_id=built.session_id))
        _describe(db, built, canary)
        link = _settle(db, owner, built, state, heard)
        proposed = _propose(db, known, built, state, link) if state.fate in PROPOSED else {}
    if state.fate == "gone":
        taking_back.take_back(library, owner.viewer, built.session_id)
    ids = {
        "session_id": built.session_id,
        "source_id": built.source_id,
        "passage_id": built.passage_ids[0],
        "person_id": heard,
        "token": link or "no-such-secret",
        "proposal_id": proposed.get("voice", ABSENT),
    }
    sentences = {_sentence(canary, whose): whose for whose in proposed}
    return Kept(state, canary, ids, shelved, sentences)


def _describe(db: Transaction, built: Built, canary: str) -> None:
    """Say what a session is about, and name a chapter of it."""
    sessions.get(db, built.session_id).description = f"Told in confidence: {canary}."
    chapters.put(db, sources.get(db, built.source_id), [(0.0, f"Of {canary}")])


def _settle(db: Transaction, owner: Account, built: Built, state: Situation, heard: int) -> str:
    """Bring a session into its state; gives the secret of a link to answer by, if there can be."""
    session = sessions.get(db, built.session_id)
    link = ""
    if state.visibility.needs_release:
        link = release_links.make(db, owner.viewer, session, heard)
        waits = {"waiting": Release.WAITING, "refused": Release.REFUSED}
        if state.fate in HELD:  # everyone who is known has agreed; the second speaker is not
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
    """Let two who speak propose a cut each, for its numbers; where it is decided, they agree."""
    owner, participant = known["owner"].viewer, known["participant"].viewer
    voice, session, _ = release_links.opened(db, link)
    release.choose(db, owner, session)
    canary = session.title.split()[-1]
    made = {}
    for whose, person in (("voice", voice), ("participant", participant)):
        said, stretch = _sentence(canary, whose), Stretch(built.source_id, 0, 5)
        (proposal,) = proposals.propose(db, person, session, [stretch], sentence=said)
        made[whose] = proposal.id
        if state.fate == "decided":
            proposals.refuse(db, owner, session.id, proposal.id, f"It stays: {said}")
            release.respond(db, person, session, agree=True)
    assert (session.release is Release.RELEASED) == (state.fate == "decided")
    return made


def _sentence(canary: str, whose: str) -> str:
    """The sentence with a proposal, which its person, the owner and administrators read."""
    return f"{whose[0]}{canary.removeprefix('qanary')}qcut"


def _own_things(library: Library, owner: Account) -> dict[str, Any]:
    """What the owner has that is nobody else's, each with the word `OWNS`."""
    upload = uploads.begin(library, owner.id, filename=f"{OWNS}.ogg", size=20)
    with library.transaction() as db:
        search = searches.save(db, owner.viewer, name=OWNS, question=f"where is {OWNS}?")
        token, _ = tokens.add(db, owner.id, OWNS)
        searches.remember(db, owner.viewer, f"{OWNS} again")
        key = NewKey(credential_id="b3duZXI", public_key=b"", sign_count=0)
        passkey = passkeys.add(db, owner.viewer, key, OWNS)
        begin_sign_in(db, owner.id)
        sign_in = sign_ins.of(db, owner.id)[0]
        sign_in.browser = OWNS
        return {
            "upload_id": upload.id,
            "search_id": search.id,
            "token_id": token.id,
            "passkey_id": passkey.id,
            "sign_in_id": sign_in.id,
        }


def _askers(app: Flask, library: Library, known: Mapping[str, Account]) -> dict[str, Asker]:
    found = {"guest": Asker("guest", headers=_browser(app))}
    with library.transaction() as db:
        for name, account in known.items():
            person = db.get_one(Person, account.id)
            found[name] = Asker(
                name,
                account.id,
                admin=name == "admin",
                relation=name,
                gives=account.viewer.may_add_sessions(),
                headers=_browser(app, begin_sign_in(db, person.id)),
            )
        for scopes, name in product(
            ((Scope.READ,), (Scope.READ, Scope.WRITE), tuple(Scope)), ("mentor", "owner", "admin")
        ):
            _, secret = tokens.add(db, known[name].id, "a program", scopes=scopes)
            called = f"{name}'s token to {scopes[-1]}"
            found[called] = replace(
                found[name],
                name=called,
                admin=name == "admin" and Scope.ADMIN in scopes,
                reads_only=Scope.WRITE not in scopes,
                headers={"Authorization": f"Bearer {secret}"},
            )
    return found


def _browser(app: Flask, token: str | None = None) -> dict[str, str]:
    """The headers of a browser that is signed in, or not, and has a form of ours open."""
    kept = {"csrf_token": "0" * 40} | ({"_user_id": token} if token is not None else {})
    form = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("0" * 40)
    return {"Cookie": signed_cookie(app, kept), "X-CSRFToken": str(form)}


def signed_cookie(app: Flask, kept: Mapping[str, Any]) -> str:
    """The cookie in which the site keeps something about a browser."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    return f"session={signer.dumps(dict(kept))}"
