"""People, tokens, trash, members, settings, audit log, health and webhooks from a program."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from library.accounts import people
from library.holdings import collections
from library.models import CollectionRole, Role, Visibility
from library.store import Library
from library.withdrawal import leaving, trash
from tests.builders import Account, add_account, add_session
from tests.web.browsing import Browser
from tests.web.program import API, Program


def test_an_account_is_made_changed_and_closed(
    app: Flask, program: Program, browse: Callable[..., Browser]
) -> None:
    """The invitation's link works once shown; a change needs the tag of what was read."""
    made = program("POST", "/invitations", json={"name": "Zoe New", "email": "zoe@example.org"})
    path = f"/people/{made.json['id']}"
    tag = program("GET", path).headers["ETag"]

    changed = program("PATCH", path, tag, json={"role": "mentor", "quota_mb": 5})
    stale = program("PATCH", path, tag, json={"active": False})
    blind = program("PATCH", path, json={"active": False})
    closed = program("PATCH", path, changed.headers["ETag"], json={"active": False})

    link = re.sub(r"^https?://[^/]+", "", made.json["invitation"])
    assert made.status_code == 201
    assert "no mail server" in made.json["unsent"]
    assert browse().get(link).status_code in {200, 404}
    assert (changed.json["role"], changed.json["quota_mb"]) == ("mentor", 5)
    assert (stale.status_code, blind.status_code) == (412, 428)
    assert closed.json["active"] is False


def test_an_invitation_twice_is_refused(program: Program, mentor: Account) -> None:
    """An address that has an account already is a conflict, and what is no address is refused."""
    twice = program("POST", "/invitations", json={"name": "Ada", "email": mentor.email})
    none = program("POST", "/invitations", json={"name": "Ada", "email": "nothing"})

    assert (twice.status_code, none.status_code) == (409, 400)


def test_lists_are_read_in_pages(program: Program, library: Library) -> None:
    """Following `next` to its end gives everybody once, the newest first."""
    for number in range(5):
        add_account(library, f"Member {number}", Role.MENTEE)

    path, found = "/people?limit=2", []
    while path:
        page = program("GET", path).json
        found += [person["id"] for person in page["people"]]
        path = (page["next"] or "").removeprefix(API)

    assert found == sorted(found, reverse=True)
    assert len(found) == 6


def test_a_program_knows_itself_and_ends_its_token(program: Program, admin: Account) -> None:
    """Whom it speaks for, which tokens there are, and the end of its own."""
    me, tokens = program("GET", "/me").json, program("GET", "/tokens").json["tokens"]
    path = f"/tokens/{tokens[0]['id']}"
    blind = program("DELETE", path)
    ended = program("DELETE", path, program("GET", path).headers["ETag"])
    after = program("GET", "/me")

    assert me["email"] == admin.email
    assert tokens[0]["scopes"] == ["read", "write", "admin"]
    assert "secret" not in str(tokens)
    assert (blind.status_code, ended.status_code, after.status_code) == (428, 204, 401)


def test_what_is_in_the_trash_comes_back_or_goes(
    program: Program, library: Library, admin: Account
) -> None:
    """One is put back as it was, the other removed for good; each by the tag that was read."""
    first, second = (add_session(library, owner=admin, title=t).session_id for t in ("A", "B"))
    with library.transaction() as db:
        for number in (first, second):
            trash.put(db, admin.viewer, number)
    listed = program("GET", "/trash").json["sessions"]
    tags = [program("GET", f"/trash/{n}").headers["ETag"] for n in (first, second)]

    back = program("POST", f"/trash/{first}/restore", tags[0])
    gone = program("DELETE", f"/trash/{second}", tags[1])

    assert [row["id"] for row in listed] == [second, first]
    assert (back.status_code, back.json["title"], gone.status_code) == (200, "A", 200)
    assert gone.json["receipt"]["session"] == second
    assert program("GET", "/trash").json["sessions"] == []
    assert program("GET", f"/sessions/{first}").status_code == 200


def test_somebody_s_data_is_deleted_with_a_receipt(
    program: Program, library: Library, admin: Account, mentee: Account
) -> None:
    """By the tag that was read and the account's own address; never the token's own owner."""
    path, who = f"/people/{mentee.id}", f"email={mentee.email}"
    tag = program("GET", path).headers["ETag"]

    blind = program("DELETE", f"{path}?{who}")
    mistaken = program("DELETE", f"{path}?email={admin.email}", tag)
    gone = program("DELETE", f"{path}?{who}&name=replace", tag)
    own = f"/people/{admin.id}"
    self_made = program("DELETE", f"{own}?email={admin.email}", program("GET", own).headers["ETag"])

    assert (blind.status_code, mistaken.status_code, self_made.status_code) == (428, 400, 403)
    assert gone.status_code == 200
    assert gone.json["receipt"]["name"] == "replace"
    assert program("GET", path).status_code == 404
    with library.reading() as db:
        assert leaving.by_hash(db, gone.json["receipt"]["sha256"]).content == gone.json["receipt"]


def test_members_come_and_go(program: Program, library: Library, mentee: Account) -> None:
    """A role is given and taken, by the tag of the list."""
    with library.transaction() as db:
        admin = people.viewer_of(people.accounts(db)[-1])
        shelf = collections.add(db, admin, title="A shelf").id
    path = f"/collections/{shelf}/members"
    tag = program("GET", path).headers["ETag"]

    put = program("PUT", f"{path}/{mentee.id}", tag, json={"role": CollectionRole.CURATOR.value})
    stale = program("DELETE", f"{path}/{mentee.id}", tag)
    taken = program("DELETE", f"{path}/{mentee.id}", put.headers["ETag"])

    assert [(m["person_id"], m["role"]) for m in put.json["members"]] == [(mentee.id, "curator")]
    assert stale.status_code == 412
    assert taken.json["members"] == []


def test_settings_change_and_the_audit_log_knows(program: Program) -> None:
    """A setting holds at once, and who changed it is found in the log."""
    tag = program("GET", "/settings").headers["ETag"]

    changed = program("PATCH", "/settings", tag, json={"trash_days": 7})

    assert changed.json["trash_days"] == 7
    events = program("GET", "/audit?action=setting.change").json["events"]
    assert events[0]["detail"] == {"name": "trash_days", "from": 30, "to": 7}
    assert program("PATCH", "/settings", "*", json={"trash_days": 0}).status_code == 422
    assert program("PATCH", "/settings", "*", json={"colour": "red"}).status_code == 422


def test_health_is_read_and_asked_for(program: Program) -> None:
    """Before the first look there is nothing wrong; a look can be asked for."""
    before, asked = program("GET", "/health"), program("POST", "/health")

    assert (before.json["wanted"], before.json["looked_at"]) == (False, None)
    assert (asked.status_code, asked.json["wanted"]) == (202, True)


def test_webhooks_are_kept_by_programs(program: Program) -> None:
    """Made with a secret that is shown once, changed, tried out, told again, and removed."""
    made = program("POST", "/webhooks", json={"url": "https://93.184.216.34/told"})
    path = made.json["links"]["self"].removeprefix(API)
    read = program("GET", path)
    rested = program("PATCH", path, read.headers["ETag"], json={"active": False})
    ping = program("POST", f"{path}/ping")
    again = program("POST", f"{path}/deliveries/{ping.json['id']}/replay")
    told = program("GET", f"{path}/deliveries?limit=1").json
    renewed = program("POST", f"{path}/secret", rested.headers["ETag"])
    gone = program("DELETE", path, "*")

    assert made.json["secret"].startswith("whsec_")
    assert "secret" not in read.json
    assert rested.json["active"] is False
    assert [row["id"] for row in told["deliveries"]] == [again.json["id"]]
    assert f"before={again.json['id']}" in told["next"]
    assert renewed.json["secret"] != made.json["secret"]
    assert (gone.status_code, program("GET", path).status_code) == (204, 404)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://169.254.169.254/", "x", "ftp://a/"])
def test_no_webhook_leads_within(program: Program, url: str) -> None:
    """An address of this machine or its network is refused with a sentence."""
    answer = program("POST", "/webhooks", json={"url": url})

    assert answer.status_code == 400
    assert answer.json["detail"]


def test_webhooks_have_a_page(browse: Callable[..., Browser], admin: Account) -> None:
    """An administrator adds one, sees the secret once, tries it out, and removes it."""
    keeper = browse(admin)
    form = {"url": "https://93.184.216.34/told", "event": ["session.released"]}

    added = keeper.post("/care/webhooks", form)
    tried = keeper.post("/care/webhooks/1", {"do": "ping"}, follow_redirects=True)
    again = keeper.post("/care/webhooks/1", {"do": "replay", "delivery": "1"})
    refused = keeper.post("/care/webhooks", {**form, "url": "http://10.0.0.1/"})
    gone = keeper.post("/care/webhooks/1", {"do": "remove"}, follow_redirects=True)

    assert "whsec_" in added.text
    assert "whsec_" not in keeper.get("/care/webhooks").text
    assert "ping" in tried.text
    assert again.status_code == 303
    assert refused.status_code == 400
    assert "private network" in refused.text
    assert "nothing more" in gone.text


def test_the_description_names_every_call_and_every_refusal(app: Flask) -> None:
    """OpenAPI 3.1 made from the code has each route under /api/v1, and no status by default."""
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
    """The log of deliveries holds numbers only."""
    program("POST", "/webhooks", json={"url": "https://93.184.216.34/told"})
    add_session(library, owner=admin, title="Of zanzibar", visibility=Visibility.PRIVATE)

    told = program("GET", "/webhooks/1/deliveries")

    assert [row["event"] for row in told.json["deliveries"]] == ["source.ready"]
    assert "zanzibar" not in told.text
