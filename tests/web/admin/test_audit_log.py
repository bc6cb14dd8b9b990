"""Tests of the audit log: recorded changes, search and export by administrators."""

import csv
import io
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from library import audit, audit_search
from library.audit_search import AuditFilter
from library.errors import NotAllowedError
from library.models import AuditEvent, AuditWords
from library.removal import quoted_words, take_back
from tests.builders import OPERATOR, add_session
from tests.web.browser.sign_in import PASSWORD
from web.audit_hook import NAMES, QUIET, READING, action_of


def actions(library):
    """Return the actions of all audit events, oldest first."""
    with library.reading() as db:
        return [e.action for e in db.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def test_every_change_is_logged_or_listed_as_quiet(app):
    """Each endpoint that changes data has an audit action or is listed as not logged.

    Both lists contain only endpoints that exist.
    """
    changing = {
        rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - READING
    }

    assert {*NAMES, *QUIET} <= changing
    assert all(action_of(endpoint) for endpoint in changing - QUIET)


def test_sign_ins_and_failures_are_logged(browse, admin, library):
    """A sign-in is logged with person and network address.

    A failed sign-in is logged with the typed e-mail address, which can be removed later.
    """
    guest = browse()
    guest.post("/sign-in", {"email": admin.email, "password": "a wrong guess"})
    guest.post("/sign-in", {"email": admin.email, "password": PASSWORD})

    with library.reading() as db:
        failed, done = audit_search.events(db, admin.viewer, AuditFilter(words="sign-in"), limit=9)[
            ::-1
        ]

    assert (failed.event.action, failed.event.actor_id) == ("sign-in.failed", None)
    assert failed.words == {"address given": admin.email}
    assert (done.event.action, done.event.actor_id) == ("sign-in", admin.id)
    assert done.event.address == "127.0.0.1"


def test_a_change_is_logged_with_its_subject(browse, admin, mentor, library):
    """Changes of a role, token, collection and session are logged with actor and subject."""
    built = add_session(library, owner=mentor)
    who = browse(admin)

    who.post(f"/care/people/{mentor.id}", {"role": "mentee"})
    who.post("/care/collections/", {"title": "A collection"})
    who.post("/account/tokens", {"label": "x", "may": "read", "days": "30"})
    browse(mentor).post(f"/sessions/{built.session_id}/visibility", {"visibility": "participants"})

    with library.reading() as db:
        rows = [
            audit_search.as_row(t) for t in audit_search.all_events(db, admin.viewer, AuditFilter())
        ]
    role = next(row for row in rows if row["action"] == "person.change")
    assert (role["subject_kind"], role["subject_id"]) == ("person", mentor.id)
    assert role["detail"]["role"] == "mentee"
    event = next(row for row in rows if row["action"] == "session.visibility")
    assert (event["subject_id"], event["actor"]) == (built.session_id, mentor.name)
    assert {"collection.add", "token.make"} <= {row["action"] for row in rows}


def test_a_refused_change_is_not_logged(browse, mentee, library):
    """The audit log does not contain a change that was refused."""
    browse(mentee).post("/care/collections/", {"title": "A collection"})

    assert "collection.add" not in actions(library)


def test_events_are_found_by_words_and_days(browse, admin, library):
    """Administrators filter events by words, action and date. An invalid date answers 400."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", ("lamp", 7), words={"reason": "It was dark."})

    page = browse(admin)
    assert "lamp.light" in page.get("/care/audit?q=dark+ines&action=lamp.light").text
    assert "Nothing was found" in page.get("/care/audit?q=dark&until=2001-01-01").text
    assert page.get("/care/audit?since=nonsense").status_code == 400


def test_the_log_is_exported(browse, admin, library):
    """The log is exported as JSON lines and as CSV, in which no cell is a formula.

    Each export is logged.
    """
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": "=1+1"}, address="=cmd")

    table = browse(admin).get("/care/audit.csv?action=lamp.light").text
    lines = browse(admin).get("/care/audit.json?action=lamp.light").text.splitlines()

    row = next(iter(csv.DictReader(io.StringIO(table))))
    assert (row["action"], row["address"]) == ("lamp.light", "'=cmd")
    assert json.loads(lines[0])["detail"] == {"reason": "=1+1"}
    assert actions(library).count("audit.export") == 2


@pytest.mark.parametrize("path", ["/care/audit", "/care/audit.csv", "/care/audit.json"])
def test_only_administrators_read_the_log(browse, mentor, path):
    """The pages and exports of the audit log are refused to members and guests."""
    assert browse(mentor).get(path).status_code == 403
    assert browse().get(path).status_code in {302, 401}


def test_the_search_of_events_needs_an_administrator(library, mentor):
    """The function that searches events raises `NotAllowedError` for a member."""
    with library.reading() as db, pytest.raises(NotAllowedError):
        audit_search.events(db, mentor.viewer, AuditFilter(), limit=1)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor_id = 9", "DELETE FROM audit_event"]
)
def test_events_are_never_changed(library, admin, statement):
    """The database refuses to update or delete an audit event."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light")

    with pytest.raises(IntegrityError, match="append-only"), library.transaction() as db:
        db.execute(text(statement))


def test_quotes_of_removed_words_are_replaced(library, admin, mentor):
    """The audit log keeps the typed reason of a removal, without removed words that it quotes."""
    lines = [("Ada", "He told me about the zanzibarflamingo at length.")]
    built = add_session(library, owner=mentor, lines=lines)
    reason = "Asked for: told me about the zanzibarflamingo, they say."
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": reason})

    take_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert [w.text for w in db.scalars(select(AuditWords))][
            -1
        ] == "Asked for: \u2026, they say."
        actions = {
            found.event.action
            for found in audit_search.events(db, OPERATOR, AuditFilter(), limit=9)
        }
    assert {"lamp.light", quoted_words.QUOTED} <= actions
