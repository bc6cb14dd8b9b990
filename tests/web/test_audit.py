"""The audit log: what people change is in it, administrators search it and take it along."""

import csv
import io
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from library import audit, audit_log
from library.audit_log import Wanted
from library.errors import NotAllowedError
from library.models import AuditEvent, AuditWords
from library.withdrawal import taking_back, traces
from tests.builders import OPERATOR, add_session
from tests.web.signing_in import PASSWORD
from web.recording import NAMES, QUIET, READING, action_of


def actions(library):
    """What was done, oldest first."""
    with library.reading() as db:
        return [e.action for e in db.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def test_every_change_is_written_or_said_to_be_quiet(app):
    """Each endpoint that changes something has an action; names and exceptions are real ones."""
    changing = {
        rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - READING
    }

    assert {*NAMES, *QUIET} <= changing
    assert all(action_of(endpoint) for endpoint in changing - QUIET)


def test_signing_in_and_failing_to_are_written(browse, admin, library):
    """Who, from where; of a failure the address that was given, which can be forgotten."""
    guest = browse()
    guest.post("/sign-in", {"email": admin.email, "password": "a wrong guess"})
    guest.post("/sign-in", {"email": admin.email, "password": PASSWORD})

    with library.reading() as db:
        failed, done = audit_log.events(db, admin.viewer, Wanted(words="sign-in"), limit=9)[::-1]

    assert (failed.event.action, failed.event.actor_id) == ("sign-in.failed", None)
    assert failed.words == {"address given": admin.email}
    assert (done.event.action, done.event.actor_id) == ("sign-in", admin.id)
    assert done.event.address == "127.0.0.1"


def test_what_somebody_changes_is_written_with_its_subject(browse, admin, mentor, library):
    """A role, a token, a collection, a session: who did what to which."""
    built = add_session(library, owner=mentor)
    who = browse(admin)

    who.post(f"/care/people/{mentor.id}", {"role": "mentee"})
    who.post("/care/collections/", {"title": "A shelf"})
    who.post("/account/tokens", {"label": "x", "may": "read", "days": "30"})
    browse(mentor).post(f"/sessions/{built.session_id}/visibility", {"visibility": "participants"})

    with library.reading() as db:
        rows = [audit_log.as_row(t) for t in audit_log.all_events(db, admin.viewer, Wanted())]
    role = next(row for row in rows if row["action"] == "person.change")
    assert (role["subject_kind"], role["subject_id"]) == ("person", mentor.id)
    assert role["detail"]["role"] == "mentee"
    seen = next(row for row in rows if row["action"] == "session.visibility")
    assert (seen["subject_id"], seen["actor"]) == (built.session_id, mentor.name)
    assert {"collection.add", "token.make"} <= {row["action"] for row in rows}


def test_what_was_refused_is_not_written_as_done(browse, mentee, library):
    """Somebody who may not do it has done nothing."""
    browse(mentee).post("/care/collections/", {"title": "A shelf"})

    assert "collection.add" not in actions(library)


def test_events_are_found_by_words_and_days(browse, admin, library):
    """Name, action, reason and date narrow; the page shows what is left."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", ("lamp", 7), words={"reason": "It was dark."})

    page = browse(admin)
    assert "lamp.light" in page.get("/care/audit?q=dark+ines&action=lamp.light").text
    assert "Nothing was found" in page.get("/care/audit?q=dark&until=2001-01-01").text
    assert page.get("/care/audit?since=nonsense").status_code == 400


def test_the_log_is_taken_along(browse, admin, library):
    """CSV that no spreadsheet reckons with, JSON a line an event; the taking is an event."""
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
    """Neither members nor guests."""
    assert browse(mentor).get(path).status_code == 403
    assert browse().get(path).status_code in {302, 401}


def test_the_log_itself_asks_who_reads_it(library, mentor):
    """The page is not the only fence."""
    with library.reading() as db, pytest.raises(NotAllowedError):
        audit_log.events(db, mentor.viewer, Wanted(), limit=1)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor_id = 9", "DELETE FROM audit_event"]
)
def test_events_are_never_changed(library, admin, statement):
    """The database refuses it, also to our own mistakes."""
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light")

    with pytest.raises(IntegrityError, match="append-only"), library.transaction() as db:
        db.execute(text(statement))


def test_words_that_repeat_what_is_gone_are_replaced(library, admin, mentor):
    """The event stays with its reason, the run of words that it quotes does not."""
    lines = [("Ada", "He told me about the zanzibarflamingo at length.")]
    built = add_session(library, owner=mentor, lines=lines)
    reason = "Asked for: told me about the zanzibarflamingo, they say."
    with library.transaction() as db:
        audit.record(db, admin.id, "lamp.light", words={"reason": reason})

    taking_back.take_back(library, mentor.viewer, built.session_id)

    with library.reading() as db:
        assert [w.text for w in db.scalars(select(AuditWords))][
            -1
        ] == "Asked for: \u2026, they say."
        actions = {told.event.action for told in audit_log.events(db, OPERATOR, Wanted(), limit=9)}
    assert {"lamp.light", traces.QUOTED} <= actions
