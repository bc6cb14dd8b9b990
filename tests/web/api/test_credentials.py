"""Tests of the API of join requests, credentials, profiles, imports, retention and sign-ins.

Covers: accounts.sign_ins_api, admin.credentials_api, removal.retention_api.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from library.accounts import join_requests, people, service_settings, tokens
from library.collections import collections
from library.models import Role
from library.sessions import sessions
from library.store import Library
from library.vocabulary import topics
from tests.builders import Account, add_account, add_session
from tests.web.api_client import Program
from tests.web.client import Browser

SKOS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:listening> a skos:Concept ; skos:prefLabel "Listening"@en ; skos:altLabel "Hearing out"@en .
"""


def test_join_requests_are_answered(library: Library, admin: Account, program: Program) -> None:
    """Approving a join request makes an account, and declining it makes none.

    Approved and declined requests are removed from the list.
    """
    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), join_by_approval=True)
        )
        for name in ("Zoe", "Yan"):
            join_requests.join(db, name, f"{name.lower()}@example.org", "I want to learn.")

    first = program("GET", "/join-requests?limit=1").json
    rest = program("GET", first["next"].removeprefix("/api/v1")).json
    yes = program("POST", f"/join-requests/{first['requests'][0]['id']}", json={"approve": True})
    no = program("POST", f"/join-requests/{rest['requests'][0]['id']}", json={"approve": False})

    assert [one["name"] for one in first["requests"] + rest["requests"]] == ["Yan", "Zoe"]
    assert (yes.status_code, no.status_code) == (204, 204)
    assert program("GET", "/join-requests").json == {"requests": [], "next": None}
    with library.reading() as db:
        assert people.by_email(db, "yan@example.org") is not None
        assert people.by_email(db, "zoe@example.org") is None


def test_credentials_are_listed_by_kind_and_revoked(
    library: Library, mentor: Account, program: Program
) -> None:
    """A program revokes a member's token by its id.

    A wrong kind of credential or a second attempt answers 404.
    """
    with library.transaction() as db:
        number = tokens.add(db, mentor.id, "a reader")[0].id

    listed = program("GET", "/openers/token").json["openers"]
    answers = [
        program("DELETE", f"/openers/{kind}/{number}").status_code
        for kind in ("passkey", "token", "token", "window")
    ]

    assert (mentor.name, "a reader") in {(one["person"], one["about"]) for one in listed}
    assert answers == [404, 204, 404, 404]
    assert program("GET", "/openers/link").status_code == 200


def test_a_program_changes_its_owners_profile(program: Program) -> None:
    """A program changes its owner's profile with the ETag.

    Omitted fields stay unchanged, and an invalid value is refused.
    """
    tag = program("GET", "/me").headers["ETag"]

    changed = program("PATCH", "/me", tag, json={"helps_with": "Feedback", "languages": ["en"]})
    more = program("PATCH", "/me", changed.headers["ETag"], json={"learns": "To listen"})
    wrong = program("PATCH", "/me", more.headers["ETag"], json={"languages": ["no language"]})
    stale = program("PATCH", "/me", tag, json={"learns": ""})

    assert (more.json["helps_with"], more.json["learns"]) == ("Feedback", "To listen")
    assert (wrong.status_code, stale.status_code) == (400, 412)


def test_people_are_imported_all_or_none(library: Library, program: Program) -> None:
    """An import with an invalid line makes no account, and the answer names the line.

    The corrected import makes all accounts.
    """
    broken = "name,email,role\nAnn,ann@example.org,mentor\nBob,bob,mentee"

    refused = program("POST", "/people/import", json={"table": broken})
    with library.reading() as db:
        not_added = people.by_email(db, "ann@example.org")
    made = program("POST", "/people/import", json={"table": broken.replace(",bob,", ",b@x.org,")})

    assert (refused.status_code, not_added, made.status_code) == (400, None, 201)
    assert "Line 3" in refused.json["detail"]
    assert [(p["name"], p["role"]) for p in made.json["people"]] == [
        ("Ann", "mentor"),
        ("Bob", "mentee"),
    ]


def test_retention_and_legal_holds_are_set(
    library: Library, admin: Account, mentor: Account, program: Program
) -> None:
    """A program sets a collection's retention and a session's legal hold, each with its ETag."""
    session_id = add_session(library, owner=mentor).session_id
    with library.transaction() as db:
        collection_id = collections.add(db, admin.viewer, title="Five years").id
    tag = program("GET", f"/collections/{collection_id}/retention").headers["ETag"]
    free = program("GET", f"/sessions/{session_id}/hold").headers["ETag"]

    saved: Any = program(
        "PUT", f"/collections/{collection_id}/retention", tag, json={"years": 5, "hold": False}
    )
    hold = {"hold": True, "reason": "A complaint is open."}
    hold_answer = program("PUT", f"/sessions/{session_id}/hold", free, json=hold)
    stale = program("PUT", f"/sessions/{session_id}/hold", free, json=hold)

    assert saved.json == {"years": 5, "hold": False}
    assert (hold_answer.json, stale.status_code) == ({"hold": True}, 412)
    with library.reading() as db:
        assert collections.get(db, collection_id).keep_years == 5
        assert sessions.get(db, session_id).hold


def test_a_vocabulary_is_imported_as_skos(library: Library, program: Program) -> None:
    """A SKOS vocabulary is imported with its synonyms.

    A second import adds nothing, and invalid Turtle is refused.
    """
    request = {"format": "ttl", "text": SKOS}

    first, second = (program("POST", "/topics/import", json=request).json for _ in range(2))
    wrong = program("POST", "/topics/import", json={"format": "ttl", "text": "no <such> thing"})

    assert (first["new"], second["new"], second["known"]) == (1, 0, 1)
    assert wrong.status_code == 400
    with library.reading() as db:
        topic = topics.by_name(db, "hearing out")
        assert topic is not None
        assert topic.label == "Listening"


def test_pairs_that_look_alike_come_in_pages(library: Library, program: Program) -> None:
    """The list of similar names is the same in pages of one pair as in a single page."""
    for name in ("Tom Maier", "Tom Meyer", "Tom Meier"):
        add_account(library, name, Role.MENTEE)

    all_pairs = program("GET", "/people/alike").json["pairs"]
    pieces: list[Any] = []
    place = "/people/alike?limit=1"
    while place:
        page = program("GET", place.removeprefix("/api/v1")).json
        pieces += page["pairs"]
        place = page["next"]

    assert len(all_pairs) == 3
    assert pieces == all_pairs


def test_a_program_lists_and_ends_its_owners_sign_ins(
    program: Program, browse: Callable[..., Browser], admin: Account, mentor: Account
) -> None:
    """A program ends a sign-in of its owner with the ETag. Other people's sign-ins answer 404."""
    mine, theirs = browse(admin), browse(mentor)

    [listed] = program("GET", "/sign-ins").json["sign_ins"]
    path = f"/sign-ins/{listed['id']}"
    tag = program("GET", path).headers["ETag"]
    without = program("DELETE", path)
    foreign = program("GET", f"/sign-ins/{listed['id'] + 1}")
    ended = program("DELETE", path, tag)

    assert (listed["browser"], listed["way"]) == ("Firefox on Linux", "password")
    assert (without.status_code, foreign.status_code, ended.status_code) == (428, 404, 204)
    assert mine.get("/account").status_code == 302
    assert theirs.get("/account").status_code == 200
    assert program("GET", path).status_code == 404
