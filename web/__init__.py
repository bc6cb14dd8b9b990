"""The site, the API and the command line in front of the library."""

import importlib
import pkgutil

from flask import Flask
from werkzeug.routing import IntegerConverter

from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from web import errors, look, security, views
from web.context import KEY, Parts

LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """A number in an address, no larger than a database keeps; beyond it nothing is found."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def create_app(*, library: Library, engine: Engine, queue: WorkQueue) -> Flask:
    """The site in front of an open library; builds nothing that it was not given."""
    app = Flask(__name__)
    app.extensions[KEY] = Parts(library=library, engine=engine, queue=queue)
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.init_app(app, library)
    for module in pkgutil.iter_modules(views.__path__, prefix=f"{views.__name__}."):
        if bp := getattr(importlib.import_module(module.name), "bp", None):
            app.register_blueprint(bp)
    errors.init_app(app)
    look.init_app(app)
    return app
