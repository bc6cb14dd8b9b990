"""Tests of the page of credentials."""

from library.accounts import tokens
from library.models import ApiToken


def test_an_administrator_lists_and_revokes_credentials(browse, library, admin, mentor):
    """An administrator sees a token without its secret and revokes it.

    An unknown kind of credential and a second attempt answer 404.
    """
    with library.transaction() as db:
        made, secret = tokens.add(db, mentor.id, "A harvester")
    as_admin = browse(admin)

    page = as_admin.get("/care/links").text
    answers = [
        as_admin.post(f"/care/links/{kind}/{made.id}/revoke").status_code
        for kind in ("door", "token", "token")
    ]

    assert "A harvester" in page
    assert secret not in page
    assert answers == [404, 303, 404]
    with library.reading() as db:
        assert db.get(ApiToken, made.id) is None


def test_others_do_not_see_the_credentials(browse, mentor):
    """A member is refused the page of credentials, and a guest is led to the sign-in page."""
    assert browse(mentor).get("/care/links").status_code == 403
    assert browse().get("/care/links").status_code == 302
