"""The site, the API and the command line in front of the library."""

from flask import Flask

from library.queue import WorkQueue
from library.store import Library
from search.engine import Engine
from web.context import KEY, Parts


def create_app(*, library: Library, engine: Engine, queue: WorkQueue) -> Flask:
    """The site in front of an open library; builds nothing that it was not given."""
    app = Flask(__name__)
    app.extensions[KEY] = Parts(library=library, engine=engine, queue=queue)
    return app
