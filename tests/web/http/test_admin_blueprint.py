"""Tests of the blueprint for administration pages."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from library.store import Library
from tests.builders import Account, signed_in
from tests.web.client import Browser
from web.http.admin_blueprint import admin_blueprint


@pytest.mark.usefixtures("app")  # an administrator with a password
def test_only_an_administrator_gets_a_page(
    own_app: Flask, library: Library, admin: Account, mentor: Account
) -> None:
    """An administrator gets a page of the blueprint.

    A mentor gets 403, and a guest is redirected. The page's endpoint begins with the name of the
    blueprint.
    """
    bp = admin_blueprint("example", __name__, "/care/example")
    bp.add_url_rule("/", "page", lambda: "Shown.")
    own_app.register_blueprint(bp)

    def page(token: str | None = None) -> TestResponse:
        return Browser(own_app, token).get("/care/example/")

    assert page(signed_in(library, admin.id)).text == "Shown."
    assert page(signed_in(library, mentor.id)).status_code == 403
    assert page().status_code == 302
    assert "example.page" in own_app.view_functions
