"""The site: every page and the API, in front of an open library."""

from collections.abc import Callable

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from web import errors, limits, look, oidc, passkey, post, recording, security
from web.context import KEY, Parts
from web.parameters import LARGEST_ID
from web.views import (
    account,
    add,
    alerts,
    api,
    ask,
    audit,
    bags,
    care,
    chapters,
    clips,
    collections,
    correct,
    described,
    duplicates,
    elsewhere,
    exports,
    feeds,
    healthz,
    hooks,
    iiif,
    jobs,
    join,
    keeping,
    leaving,
    lost_password,
    many,
    media,
    members,
    mine,
    notes,
    oai,
    off_record,
    openers,
    overview,
    own_data,
    passages,
    passkeys,
    people_pages,
    pins,
    profile,
    proposals,
    receipts,
    record,
    release_link,
    releases,
    review,
    robots,
    roster,
    scripts,
    sealed,
    searches,
    second_steps,
    service,
    sessions,
    setup,
    shelves,
    showcase,
    sign_in,
    speakers,
    suggestions,
    taking_back,
    topics,
    trash,
    uploads,
    versions,
    vocabulary,
    voice,
)

PAGES = (
    ask,
    sessions,
    exports,
    correct,
    versions,
    chapters,
    clips,
    passages,
    media,
    collections,
    overview,
    own_data,
    topics,
    people_pages,
    profile,
    voice,
    receipts,
    release_link,
    releases,
    speakers,
    proposals,
    review,
    many,
    alerts,
    pins,
    duplicates,
    account,
    sign_in,
    second_steps,
    passkeys,
    elsewhere,
    lost_password,
    join,
    setup,
    add,
    record,
    scripts,
    uploads,
    jobs,
    mine,
    notes,
    taking_back,
    off_record,
    care,
    openers,
    hooks,
    roster,
    shelves,
    showcase,
    vocabulary,
    members,
    service,
    audit,
    sealed,
    searches,
    suggestions,
    feeds,
    oai,
    described,
    iiif,
    robots,
    bags,
    trash,
    keeping,
    leaving,
    healthz,
)


class IdConverter(IntegerConverter):
    """A number in an address, no larger than a database keeps; beyond it nothing is found."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class Route(Rule):
    """A rule of the URL map; what builds its address is compiled when first asked for.

    Werkzeug compiles two functions for each rule, which is half of the time that a site takes to
    be made; nearly all of them are never called.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 (Werkzeug's own signature)
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(*args: object, **values: object) -> tuple[str, str]:
            if not compiled:
                compiled.append(super(Route, self)._compile_builder(append_unknown))
            return compiled[0](*args, **values)

        return build


def create_app(*, library: Library, engine: Engine, queue: WorkQueue) -> Flask:
    """The site in front of an open library; builds nothing that it was not given."""
    app = Flask("web")
    app.url_rule_class = Route
    app.extensions[KEY] = Parts(library=library, engine=engine, queue=queue)
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.init_app(app, library)
    for page in PAGES:
        app.register_blueprint(page.bp)
    api.init_app(app, library.settings.site_name)
    errors.init_app(app)
    recording.init_app(app)
    look.init_app(app)
    post.init_app(app)
    oidc.init_app(app, library.settings)
    passkey.init_app(app)
    limits.init_app(app, library.settings)
    return app
