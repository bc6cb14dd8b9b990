"""Flask application: all pages and the API of an open library."""

from flask import Flask
from werkzeug.routing import IntegerConverter

from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from web import api, attempt_limits, audit_hook, security
from web.accounts import (
    account,
    data_download,
    join_requests,
    oidc,
    passkeys,
    password_reset,
    people,
    profile,
    setup,
    sign_in,
    sso,
    two_factor,
    voice_recognition,
    webauthn,
)
from web.admin import (
    administration,
    audit_log,
    credentials,
    healthz,
    import_people,
    integrity_and_retention,
    settings,
    webhooks,
)
from web.capture import add, jobs, notes, record, scripts, uploads
from web.collections import collections, collections_admin, cover_and_picks, members
from web.consent import receipts, redaction_proposals, release_link, releases
from web.curation import bulk_edit, merge_people, pinned_answers, review
from web.http import errors
from web.http.context import KEY, AppContext
from web.http.params import LARGEST_ID
from web.mail import sender
from web.media import chapters, clips, marks, stream
from web.overview import overview
from web.publishing import bagit, dublin_core, iiif, oai_pmh, robots
from web.removal import delete_account, off_record, sealed_originals, take_back, trash
from web.rendering import template_filters, translations
from web.search import alerts, feeds, passage_permalinks, saved_searches, search_page, suggestions
from web.sessions import export_download, mine, sessions
from web.speakers import session_speakers
from web.transcripts import editor, versions
from web.vocabulary import topics, topics_admin

PAGES = (
    search_page,
    sessions,
    export_download,
    editor,
    versions,
    chapters,
    clips,
    passage_permalinks,
    stream,
    collections,
    overview,
    data_download,
    topics,
    people,
    profile,
    voice_recognition,
    receipts,
    release_link,
    releases,
    session_speakers,
    redaction_proposals,
    review,
    bulk_edit,
    alerts,
    pinned_answers,
    merge_people,
    account,
    sign_in,
    two_factor,
    passkeys,
    sso,
    password_reset,
    join_requests,
    setup,
    add,
    record,
    scripts,
    uploads,
    jobs,
    mine,
    notes,
    take_back,
    off_record,
    administration,
    credentials,
    webhooks,
    import_people,
    collections_admin,
    cover_and_picks,
    topics_admin,
    members,
    settings,
    audit_log,
    sealed_originals,
    saved_searches,
    marks,
    suggestions,
    feeds,
    oai_pmh,
    dublin_core,
    iiif,
    robots,
    bagit,
    trash,
    integrity_and_retention,
    delete_account,
    healthz,
)


class IdConverter(IntegerConverter):
    """URL converter for ids up to the largest SQLite integer. Larger numbers give status 404."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def create_app(*, library: Library, engine: Engine, queue: WorkQueue) -> Flask:
    """Return the Flask application of an open library.

    Args:
        library: Open library.
        engine: Search engine over the library.
        queue: Work queue that the worker reads.
    """
    app = Flask("web")
    app.extensions[KEY] = AppContext(library=library, engine=engine, queue=queue)
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    translations.init_app(app)
    security.init_app(app, library)
    for page in PAGES:
        app.register_blueprint(page.bp)
    api.init_app(app, library.settings.site_name)
    errors.init_app(app)
    audit_hook.init_app(app)
    template_filters.init_app(app)
    sender.init_app(app)
    oidc.init_app(app, library.settings)
    webauthn.init_app(app)
    attempt_limits.init_app(app, library.settings)
    return app
