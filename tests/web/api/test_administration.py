"""Tests of the API of people, tokens, trash, members, settings, audit log, health and webhooks.

Covers: accounts.people_api, accounts.tokens_api, admin.settings_api, admin.webhooks_api,
collections.members_api, removal.trash_api.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from library.accounts import people
from library.collections import collections
from library.models import CollectionRole, Role, Visibility
from library.removal import account_deletion, trash
from library.store import Library
from tests.builders import Account, add_account, add_session
from tests.web.api_client import API, Program
from tests.web.client import Browser


def test_an_account_is_made_changed_and_closed(
    app: Flask, program: Program, browse: Callable[..., Browser]
) -> None:
    """A program invites, changes and closes an account. A change needs the current ETag."""
    made = program("POST", "/invitations", json={"name": "Zoe New", "email": "zoe@example.org"})
    path = f"/people/{made.json['id']}"
    tag = program("GET", path).headers["ETag"]

    changed = program("PATCH", path, tag, json={"role": "mentor", "quota_mb": 5})
    stale = program("PATCH", path, tag, json={"active": False})
    blind = program("PATCH", path, json={"active": False})
    closed = program("PATCH", path, changed.headers["ETag"], json={"active": False})

    link = re.sub(r"^https?://[^/]+", "", made.json["invitation"])
    assert made.status_code == 201
    assert "No mail server" in made.json["unsent"]
    assert browse().get(link).status_code in {200, 404}
    assert (changed.json["role"], changed.json["quota_mb"]) == ("mentor", 5)
    assert (stale.status_code, blind.status_code) == (412, 428)
    assert closed.json["active"] is False


def test_an_invitation_twice_is_refused(program: Program, mentor: Account) -> None:
    """Inviting the address of an account answers 409, and inviting an invalid address 400."""
    twice = program("POST", "/invitations", json={"name": "Ada", "email": mentor.email})
    none = program("POST", "/invitations", json={"name": "Ada", "email": "nothing"})

    assert (twice.status_code, none.status_code) == (409, 400)


def test_lists_are_read_in_pages(program: Program, library: Library) -> None:
    """Pages linked by `next` contain every person once, newest first."""
    for number in range(5):
        add_account(library, f"Member {number}", Role.MENTEE)

    path, ids = "/people?limit=2", []
    while path:
        page = program("GET", path).json
        ids += [person["id"] for person in page["people"]]
        path = (page["next"] or "").removeprefix(API)

    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 6


def test_a_program_knows_itself_and_ends_its_token(program: Program, admin: Account) -> None:
    """A program reads its account and its tokens, without secrets, and revokes its own token."""
    me, tokens = program("GET", "/me").json, program("GET", "/tokens").json["tokens"]
    path = f"/tokens/{tokens[0]['id']}"
    blind = program("DELETE", path)
    ended = program("DELETE", path, program("GET", path).headers["ETag"])
    after = program("GET", "/me")

    assert me["email"] == admin.email
    assert tokens[0]["scopes"] == ["read", "write", "admin"]
    assert "secret" not in str(tokens)
    assert (blind.status_code, ended.status_code, after.status_code) == (428, 204, 401)


def test_sessions_in_the_trash_are_restored_or_removed(
    program: Program, library: Library, admin: Account
) -> None:
    """A program restores one trashed session and removes another for good, with a receipt.

    Both requests need the session's ETag.
    """
    first, second = (add_session(library, owner=admin, title=t).session_id for t in ("A", "B"))
    with library.transaction() as db:
        for number in (first, second):
            trash.put(db, admin.viewer, number)
    listed = program("GET", "/trash").json["sessions"]
    tags = [program("GET", f"/trash/{n}").headers["ETag"] for n in (first, second)]

    back = program("POST", f"/trash/{first}/restore", tags[0])
    deleted = program("DELETE", f"/trash/{second}", tags[1])

    assert [row["id"] for row in listed] == [second, first]
    assert (back.status_code, back.json["title"], deleted.status_code) == (200, "A", 200)
    assert deleted.json["receipt"]["session"] == second
    assert program("GET", "/trash").json["sessions"] == []
    assert program("GET", f"/sessions/{first}").status_code == 200


def test_a_member_is_deleted_with_a_receipt(
    program: Program, library: Library, admin: Account, mentee: Account
) -> None:
    """Deleting a member's account needs the ETag and that member's e-mail address.

    The answer has a receipt. A program may not delete the account that owns its token.
    """
    path, who = f"/people/{mentee.id}", f"email={mentee.email}"
    tag = program("GET", path).headers["ETag"]

    blind = program("DELETE", f"{path}?{who}")
    mistaken = program("DELETE", f"{path}?email={admin.email}", tag)
    deleted = program("DELETE", f"{path}?{who}&name=replace", tag)
    own = f"/people/{admin.id}"
    self_made = program("DELETE", f"{own}?email={admin.email}", program("GET", own).headers["ETag"])

    assert (blind.status_code, mistaken.status_code, self_made.status_code) == (428, 400, 403)
    assert deleted.status_code == 200
    assert deleted.json["receipt"]["name"] == "replace"
    assert program("GET", path).status_code == 404
    with library.reading() as db:
        assert (
            account_deletion.by_hash(db, deleted.json["receipt"]["sha256"]).content
            == deleted.json["receipt"]
        )


def test_members_are_added_and_removed(program: Program, library: Library, mentee: Account) -> None:
    """A program gives and removes a collection role.

    Both requests need the ETag of the members' list.
    """
    with library.transaction() as db:
        admin = people.viewer_of(people.accounts(db)[-1])
        collection_id = collections.add(db, admin, title="A collection").id
    path = f"/collections/{collection_id}/members"
    tag = program("GET", path).headers["ETag"]

    put = program("PUT", f"{path}/{mentee.id}", tag, json={"role": CollectionRole.CURATOR.value})
    stale = program("DELETE", f"{path}/{mentee.id}", tag)
    taken = program("DELETE", f"{path}/{mentee.id}", put.headers["ETag"])

    assert [(m["person_id"], m["role"]) for m in put.json["members"]] == [(mentee.id, "curator")]
    assert stale.status_code == 412
    assert taken.json["members"] == []


def test_a_changed_setting_is_in_the_audit_log(program: Program) -> None:
    """A changed setting applies at once and is in the audit log. An invalid one answers 422."""
    tag = program("GET", "/settings").headers["ETag"]

    changed = program("PATCH", "/settings", tag, json={"trash_days": 7})

    assert changed.json["trash_days"] == 7
    events = program("GET", "/audit?action=setting.change").json["events"]
    assert events[0]["detail"] == {"name": "trash_days", "from": 30, "to": 7}
    assert program("PATCH", "/settings", "*", json={"trash_days": 0}).status_code == 422
    assert program("PATCH", "/settings", "*", json={"colour": "red"}).status_code == 422


def test_an_integrity_check_is_requested(program: Program) -> None:
    """A program requests an integrity check. No result is given before the first check."""
    before, requested_check = program("GET", "/health"), program("POST", "/health")

    assert (before.json["wanted"], before.json["looked_at"]) == (False, None)
    assert (requested_check.status_code, requested_check.json["wanted"]) == (202, True)


def test_webhooks_are_managed_by_programs(program: Program) -> None:
    """A webhook is added, paused, tested, replayed and removed by a program.

    The secret of the webhook is shown once and can be renewed.
    """
    made = program("POST", "/webhooks", json={"url": "https://93.184.216.34/told"})
    path = made.json["links"]["self"].removeprefix(API)
    read = program("GET", path)
    rested = program("PATCH", path, read.headers["ETag"], json={"active": False})
    ping = program("POST", f"{path}/ping")
    again = program("POST", f"{path}/deliveries/{ping.json['id']}/replay")
    deliveries = program("GET", f"{path}/deliveries?limit=1").json
    renewed = program("POST", f"{path}/secret", rested.headers["ETag"])
    deleted = program("DELETE", path, "*")

    assert made.json["secret"].startswith("whsec_")
    assert "secret" not in read.json
    assert rested.json["active"] is False
    assert [row["id"] for row in deliveries["deliveries"]] == [again.json["id"]]
    assert f"before={again.json['id']}" in deliveries["next"]
    assert renewed.json["secret"] != made.json["secret"]
    assert (deleted.status_code, program("GET", path).status_code) == (204, 404)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://169.254.169.254/", "x", "ftp://a/"])
def test_a_webhook_to_a_private_address_is_refused(program: Program, url: str) -> None:
    """A webhook to this machine, to its network or to an invalid address answers 400."""
    answer = program("POST", "/webhooks", json={"url": url})

    assert answer.status_code == 400
    assert answer.json["detail"]


def test_the_description_names_every_call_and_every_refusal(app: Flask) -> None:
    """The OpenAPI 3.1 document has every route below /api/v1 and no default response.

    Every PATCH and PUT has the header `If-Match`.
    """
    described = app.test_client().get(f"{API}/openapi.json").json
    routes = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    calls = {
        (path, method): call
        for path, item in described["paths"].items()
        for method, call in item.items()
        if method != "parameters"
    }

    assert described["openapi"].startswith("3.1")
    assert set(calls) == routes
    assert [key for key, call in calls.items() if "default" in call["responses"]] == []
    changing = [c for (_, m), c in calls.items() if m in {"patch", "put"}]
    assert all("If-Match" in [p.get("name") for p in c["parameters"]] for c in changing)


def test_a_private_session_s_webhook_tells_no_title(
    program: Program, library: Library, admin: Account
) -> None:
    """The log of webhook deliveries contains no title of a private session."""
    program("POST", "/webhooks", json={"url": "https://93.184.216.34/told"})
    add_session(library, owner=admin, title="Of zanzibar", visibility=Visibility.PRIVATE)

    deliveries = program("GET", "/webhooks/1/deliveries")

    assert [row["event"] for row in deliveries.json["deliveries"]] == ["source.ready"]
    assert "zanzibar" not in deliveries.text
