"""The API for programs, version 1: described by OpenAPI, refused by problem documents."""

from typing import Any

from flask import Flask

from web.views.api import (
    collections,
    covers,
    current,
    doors,
    duplicates,
    exports,
    jobs,
    keeping,
    ledger,
    many,
    members,
    moments,
    notes,
    overview,
    pages,
    people,
    pins,
    proposals,
    receipts,
    redactions,
    releases,
    reviews,
    scripts,
    sealed,
    search,
    searches,
    service,
    sessions,
    sign_ins,
    speakers,
    tokens,
    topics,
    transcripts,
    trash,
    waiting,
    webhooks,
)
from web.views.api.description import DescribedApi

MODULES = (
    search,
    sessions,
    topics,
    collections,
    covers,
    transcripts,
    exports,
    jobs,
    redactions,
    receipts,
    reviews,
    overview,
    people,
    sign_ins,
    tokens,
    members,
    trash,
    service,
    webhooks,
    releases,
    speakers,
    proposals,
    notes,
    moments,
    many,
    current,
    duplicates,
    pins,
    searches,
    doors,
    keeping,
    scripts,
    ledger,
    sealed,
    waiting,
)

ABOUT = """\
Search, read, add and watch from programs. Send a token that you made on the page “Tokens for
programs” as `Authorization: Bearer …`; without one you see what guests see. Large files travel by
tus 1.0 at `/uploads/` and are then named in the field `upload` of `POST /api/v1/sessions`. Every
error is a problem document (RFC 9457)."""


def init_app(app: Flask, site_name: str) -> None:
    """Put the API in front of *app*."""
    options: dict[str, Any] = {
        "API_TITLE": f"{site_name}: API",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {
            "info": {"description": ABOUT},
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}, {}],
        },
    }
    app.config.update(options)
    api = DescribedApi(app)
    for module in MODULES:
        api.register_blueprint(module.bp)
    app.register_blueprint(pages.bp)
    app.extensions["api"] = api
