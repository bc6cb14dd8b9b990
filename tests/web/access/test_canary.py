"""Tests that removed words are shown at no address and stored in no byte on disk.

The addresses come from the URL map, so that new routes are included. `matrix_routes` contains a
valid request for each route.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ingest.media.clips import ClipCutter
from ingest.pipeline import Pipeline
from library.capture import intake, uploads
from library.collections import collections
from library.discovery import saved_searches
from library.exports.formats import EXPORTS
from library.models import Embedding, ParticipantRole, Person
from library.notifications import email
from library.notifications.email import OutgoingEmail
from library.publishing import clips
from library.queue import WorkQueue
from library.sessions import asr_checkpoints, chapters, jobs, sources
from library.store import Library
from library.transcripts import drafts, versions
from search.engine import Engine
from tests.builders import (
    Account,
    Built,
    add_part,
    add_session,
    agree,
    person_named,
    signed_in,
)
from tests.fakes import BagOfWordsEmbedder
from tests.paths import DATA
from tests.remains import left_in
from tests.web.access.matrix_routes import EXPECTED, MOMENT
from tests.web.access.matrix_world import all_bytes
from tests.web.client import Browser
from tests.web.shared_routes import made_app

SECRET = "zanzibarflamingo"
SOUND = (DATA / "handover.ogg").read_bytes()
COPIED = b"the copy for browsers that do not play the original"
LINES = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ada Mentor", f"Our password was {SECRET} until Easter."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)
QUESTIONS = ("password until easter", SECRET[:6], "zanzibarflamimgo")
"""Questions that find the secret without containing it.

A page that repeats the question must not count as a page that shows the secret.
"""
BEFORE = {
    "api_exports.one",
    "api_search.related",
    "api_search.search",
    "api_search.suggest",
    "api_sessions.index",
    "api_sessions.one",
    "api_sessions.transcript",
    "api_sessions.transcript_vtt",
    "api_transcripts.get",
    "ask.page",
    "media.page",
    "bags.session",
    "clips.page",
    "collections.page",
    "correct.page",
    "described.dublin_core",
    "exports.page",
    "feeds.page",
    "iiif.manifest",
    "iiif.search",
    "oai.provide",
    "off_record.page",
    "passages.related",
    "people.page",
    "searches.page",
    "sessions.captions_of",
    "sessions.index",
    "sessions.page",
    "sessions.words_of",
    "suggestions.page",
    "versions.page",
}
"""Endpoints that show the secret before its removal.

The test fails if one of them does not show it, because it would then prove nothing.
"""
VERBS = (
    "verb=ListRecords&metadataPrefix=oai_dc",
    "verb=ListIdentifiers&metadataPrefix=oai_dc",
    "verb=ListSets",
)
NEAR = 1  # id of the passage in the session with similar words
COSTLY = "bags."  # endpoints that pack files in a separate process


@dataclass(frozen=True)
class Place:
    """Address of a page or file of the site, with its endpoint."""

    endpoint: str
    path: str


@pytest.fixture
def site(library: Library, app: Flask, queue: WorkQueue) -> Flask:
    """Site with the real search engine and an administrator."""
    assert app.extensions
    return made_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)


@pytest.fixture
def talk(library: Library, mentor: Account, admin: Account) -> Built:
    """Public session with a secret in every kind of text. Another session has similar words."""
    near = add_session(
        library, lines=[("", "Our password is kept until Easter; that is too long.")]
    )
    assert near.passage_ids == [NEAR]
    with library.transaction() as db:
        ben = person_named(db, "Ben").id
        collection_id = collections.add(db, admin.viewer, title="Keys").id
    built = add_session(
        library,
        title=f"How {SECRET} came to be",
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (ben, ParticipantRole.MENTEE)],
        content=SOUND,
    )
    with library.transaction() as db:
        _repeat(db, library, mentor, built)
        collections.append_session(
            db, admin.viewer, collections.get(db, collection_id), built.session_id
        )
        clips.request(db, mentor.viewer, built.source_id, 0.0, 5.0)
    more = [("Ben", "I kept the keys of the kiln room.")]
    add_part(library, built.session_id, lines=more, content=b"another recording")
    agree(library, built.session_id)
    _upload_again(library, admin)
    ClipCutter(library).cut_waiting()
    body = f"“How {SECRET} came to be” is given to you."
    email.send(library.settings, OutgoingEmail(to="a@example.org", subject="To review", text=body))
    return built


def _upload_again(library: Library, admin: Account) -> None:
    """Upload the same recording twice as another person: one upload is complete, one is half."""
    uploads.keep_single_request_file(
        library, admin.viewer, intake.keep(library, "again.ogg", [SOUND])
    )
    begun = uploads.begin(library, admin.id, filename="cut.ogg", size=len(SOUND))
    library.files.incoming(begun.id).write_bytes(SOUND[: len(SOUND) // 2])


def _repeat(db: Any, library: Library, mentor: Account, built: Built) -> None:
    """Put the secret into file name, chapter, checkpoint, saved search and draft of a session."""
    source = sources.get(db, built.source_id)
    source.media_type = source.web_media_type = "audio/ogg"
    source.web_sha256, _ = library.files.keep([SOUND, COPIED])
    source.filename, source.peaks = f"{SECRET}.ogg", bytes(range(200))
    source.session.description = f"All about {SECRET}."
    chapters.replace(db, source, [(10.0, f"On {SECRET}")])
    asr_checkpoints.save(db, source, 0, {"segments": [{"text": f"was {SECRET} until"}]})
    saved_searches.remember(db, mentor.viewer, f"who said {SECRET}?")
    saved_searches.save(db, mentor.viewer, name=f"my {SECRET}", question="passwords")
    version = versions.current_version(db, source.id)
    assert version is not None
    pieces = [{"keep": 0}, {"text": f"It was {SECRET}."}, {"keep": 2}]
    drafts.save(db, mentor.viewer, source, base_id=version.id, pieces=pieces, revision=0)


def places(app: Flask, library: Library, built: Built) -> Iterator[Place]:
    """Yield every readable address, with ids of the session and with search questions."""
    with library.reading() as db:
        ben = db.query(Person.id).filter(Person.name == "Ben").scalar()
    filled = {
        "session_id": built.session_id,
        "source_id": built.source_id,
        "person_id": ben,
    }
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "security.logout":
            continue
        for numbers in _variants(rule, built):
            for query in _queries(rule.endpoint):
                arguments = {**dict.fromkeys(rule.arguments, "1"), **filled, **numbers}
                path = _path(rule, {name: arguments[name] for name in rule.arguments})
                yield Place(rule.endpoint, f"{path}?{query}" if query else path)


def _variants(rule: Rule, built: Built) -> list[dict[str, Any]]:
    """Return values for the arguments of a route, such as every export format."""
    route = EXPECTED.get(rule.endpoint)
    if "ending" in rule.arguments and "export" in rule.endpoint:
        return [{"ending": ending} for ending in EXPORTS]
    if "passage_id" in rule.arguments:
        return [{"passage_id": number} for number in (*built.passage_ids, NEAR)]
    return [dict(route.args)] if route else [{}]


def _queries(endpoint: str) -> list[str]:
    """Return the query strings with which an endpoint is requested."""
    route = EXPECTED.get(endpoint)
    query = route.query if route else ""
    if query.startswith("q="):
        return [f"q={question.replace(' ', '+')}" for question in QUESTIONS]
    if query.startswith("verb="):
        return list(VERBS)
    if endpoint.startswith("clips.") or query == MOMENT:
        return [MOMENT, "from=10&to=20"]
    return [query] + (["q=password+until+easter"] if endpoint == "sessions.page" else [])


def _path(rule: Rule, arguments: dict[str, Any]) -> str:
    """Return the path of a rule with the given arguments."""
    domain, path = rule.build(arguments, append_unknown=False) or ("", "")
    return f"{domain}{path}".removeprefix("|")


def endpoints_with_secret(browser: Browser, requested: list[Place], *, costly: bool) -> set[str]:
    """Request all places, those of BagIt bags only if *costly* is true.

    Return the endpoints whose response contains the secret or its context.
    """
    endpoints = set()
    for place in requested:
        if place.endpoint.startswith(COSTLY) and not costly:
            continue
        answer = browser.get(place.path)
        assert answer.status_code < 500 or answer.status_code == 501, place.path
        content = all_bytes(answer)
        if SECRET.encode() in content or b"password was" in content or COPIED in content:
            endpoints.add(place.endpoint)
    return endpoints


def work(library: Library) -> None:
    """Process the waiting sources as the worker does."""
    pipeline = Pipeline(
        library,
        transcriber=lambda _: pytest.fail("no recording is to be transcribed"),
        embedder=BagOfWordsEmbedder,
        worker="worker",
    )
    with library.reading() as db:
        waiting = jobs.unfinished(db)
    for source_id in waiting:
        pipeline.take_in(source_id)


Act = Callable[[Browser, Built], Any]


def _off_record(owner: Browser, built: Built) -> None:
    """Redact ten seconds with the secret, as the owner."""
    form = {"source": built.source_id, "from": "0:10", "to": "0:20"}
    owner.post(f"/sessions/{built.session_id}/off-record", form)


def _taken_back(owner: Browser, built: Built) -> None:
    """Remove the session for good, as the owner."""
    owner.post(f"/sessions/{built.session_id}/remove", {"for_good": "1"})


def _source_taken_back(owner: Browser, built: Built) -> None:
    """Remove the recording with the secret, as the owner."""
    owner.post(f"/sessions/{built.session_id}/parts/{built.source_id}/remove")


@pytest.fixture
def visitors(
    library: Library, site: Flask, mentor: Account, mentee: Account, admin: Account
) -> dict[str, Browser]:
    """Browsers of the owner, another member, an administrator and a guest."""
    keys = [signed_in(library, one.id) for one in (mentor, mentee, admin)]
    browsers = (Browser(site, key) for key in keys)
    known = dict(zip(("owner", "member", "administrator"), browsers, strict=True))
    return known | {"guest": Browser(site)}


@pytest.mark.parametrize(
    "act",
    [_off_record, _taken_back, _source_taken_back],
    ids=["off the record", "taken back", "a source taken back"],
)
@pytest.mark.parametrize(
    "readers",
    [
        pytest.param(("owner", "guest"), id=""),
        pytest.param(
            ("owner", "member", "administrator", "guest"), id="all", marks=pytest.mark.proof
        ),
    ],
)
def test_removed_words_are_at_no_address_and_in_no_byte_on_disk(
    *,
    library: Library,
    visitors: dict[str, Browser],
    talk: Built,
    act: Act,
    readers: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After a removal or redaction, no route shows the words and no file contains them.

    The owner and a guest read right after the removal, the administrator after the worker has
    finished. With `make proofs`, all users also read right after the removal.
    """
    caplog.set_level(logging.DEBUG)
    owner = visitors["owner"]
    with library.reading() as db:
        vector = db.query(Embedding.vector).filter_by(passage_id=talk.passage_ids[1]).scalar()
    requested = list(places(owner.client.application, library, talk))
    showing = [place for place in requested if place.endpoint in BEFORE]
    before = endpoints_with_secret(owner, showing, costly=True)
    clip = next((library.settings.home / "files" / "clips").rglob("*.m4a")).read_bytes()
    caplog.clear()

    act(owner, talk)

    secrets = (SECRET, "password was", vector, clip[-500:])
    assert BEFORE - before == set(), "these endpoints no longer show the secret before its removal"
    assert left_in(library, *secrets) == []
    after = {who: endpoints_with_secret(visitors[who], requested, costly=False) for who in readers}
    assert after == {who: set() for who in readers}
    assert SECRET not in caplog.text
    work(library)
    assert endpoints_with_secret(visitors["administrator"], requested, costly=True) == set()
    middle = SOUND[len(SOUND) // 3 :][:2000]
    assert left_in(library, *secrets, SOUND[-2000:], middle, COPIED) == []
