"""Tests of the pages of the settings and the consent ledger."""

from library.accounts import service_settings
from library.consent import release, review_gate
from library.models import Visibility
from library.sessions import sessions
from tests.builders import add_session


def test_settings_are_saved_and_shown(browse, library, admin, mentor):
    """Saved settings are shown on the page.

    A number out of range is refused, and a member does not see the page.
    """
    as_admin = browse(admin)
    form = {"trash_days": "14", "link_days": "7", "review": "1", "join_domains": "example.org"}

    saved = as_admin.post("/care/settings", form)
    wrong = as_admin.post("/care/settings", {**form, "trash_days": "0"})

    assert (saved.status_code, wrong.status_code) == (302, 400)
    assert 'value="14"' in as_admin.get("/care/settings").text
    assert browse(mentor).get("/care/settings").status_code == 403
    with library.reading() as db:
        settings = service_settings.service(db)
        assert (settings.trash_days, settings.link_days, settings.guests_read) == (14, 7, False)
        assert review_gate.is_on(db)


def test_the_ledger_names_who_did_what(browse, library, admin, mentor):
    """The page of the consent ledger shows an entry with the person's name."""
    built = add_session(library, owner=mentor, visibility=Visibility.MEMBERS, released=False)
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))

    page = browse(admin).get("/care/ledger")

    assert page.status_code == 200
    assert "Ada Mentor" in page.text
