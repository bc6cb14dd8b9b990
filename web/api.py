"""HTTP API, version 1: OpenAPI description, errors as problem documents (RFC 9457)."""

from typing import Any

from flask import Flask

from web.accounts import people_api, sign_ins_api, tokens_api
from web.admin import credentials_api, settings_api, webhooks_api
from web.capture import jobs_api, notes_api, scripts_api
from web.collections import collections_api, covers_api, members_api
from web.consent import ledger_api, redaction_proposals_api, releases_api, take_back_api
from web.curation import bulk_edit_api, freshness_api, merge_people_api, pins_api, reviews_api
from web.media import marks_api, moments_api
from web.openapi import docs_page
from web.openapi.description import DescribedApi
from web.overview import overview_api
from web.removal import redactions_api, retention_api, sealed_originals_api, trash_api
from web.search import saved_searches_api, search_api
from web.sessions import exports_api, sessions_api
from web.speakers import speakers_api
from web.todo import todo_api
from web.transcripts import transcripts_api
from web.vocabulary import topics_api

MODULES = (
    search_api,
    sessions_api,
    topics_api,
    collections_api,
    covers_api,
    transcripts_api,
    exports_api,
    jobs_api,
    redactions_api,
    take_back_api,
    reviews_api,
    overview_api,
    people_api,
    sign_ins_api,
    tokens_api,
    members_api,
    trash_api,
    settings_api,
    webhooks_api,
    releases_api,
    speakers_api,
    redaction_proposals_api,
    notes_api,
    moments_api,
    marks_api,
    bulk_edit_api,
    freshness_api,
    merge_people_api,
    pins_api,
    saved_searches_api,
    credentials_api,
    retention_api,
    scripts_api,
    ledger_api,
    sealed_originals_api,
    todo_api,
)

ABOUT = """\
Search, read and add sessions, and follow their processing. Create a token on the page “API tokens”
and send it as `Authorization: Bearer …`. Without a token you see what guests see. Upload
large files with tus 1.0 at `/uploads/`, then name the upload in the field `upload` of
`POST /api/v1/sessions`. Every error is a problem document (RFC 9457)."""


def init_app(app: Flask, site_name: str) -> None:
    """Register the blueprints of the API and its documentation page on *app*."""
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
    app.register_blueprint(docs_page.bp)
    app.extensions["api"] = api
