"""Tests of the page of webhooks."""

from collections.abc import Callable

from tests.builders import Account
from tests.web.client import Browser


def test_an_administrator_manages_webhooks(browse: Callable[..., Browser], admin: Account) -> None:
    """An administrator adds a webhook, sees its secret once, tests it and removes it."""
    as_admin = browse(admin)
    form = {"url": "https://93.184.216.34/told", "event": ["session.released"]}

    added = as_admin.post("/care/webhooks", form)
    tried = as_admin.post("/care/webhooks/1", {"do": "ping"}, follow_redirects=True)
    again = as_admin.post("/care/webhooks/1", {"do": "replay", "delivery": "1"})
    refused = as_admin.post("/care/webhooks", {**form, "url": "http://10.0.0.1/"})
    removed = as_admin.post("/care/webhooks/1", {"do": "remove"}, follow_redirects=True)

    assert "whsec_" in added.text
    assert "whsec_" not in as_admin.get("/care/webhooks").text
    assert "ping" in tried.text
    assert again.status_code == 303
    assert refused.status_code == 400
    assert "private network" in refused.text
    assert "The webhook is removed." in removed.text
