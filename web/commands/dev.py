"""Development server: `make dev`. Never reachable from other machines.

It keeps its library in `dev-data/`, loads the sample library, has one account for each role, and
shows Werkzeug's debugger. A changed template is shown at the next request. After a change of code,
the server and the worker restart.
"""

import atexit
import os
from pathlib import Path

import click
from werkzeug.serving import is_running_from_reloader, run_simple

from library.accounts import passwords, people
from library.capture import sample_library
from library.models import Role
from library.queue import WorkQueue
from library.settings import read_settings
from library.store import Library, open_library
from web.app import create_app
from web.commands.engine import engine_for
from web.commands.worker_supervisor import WorkerSupervisor

HOME = Path("dev-data")
HOST = "127.0.0.1"
PASSWORD = "only for development"  # noqa: S105 (printed on the terminal)
PEOPLE = {Role.ADMIN: "Ines Admin", Role.MENTOR: "Ada Mentor", Role.MENTEE: "Ben Mentee"}


def main() -> None:
    """Run the server until Ctrl-C."""
    os.umask(0o077)
    settings = read_settings(home=HOME, host=HOST)
    library = open_library(settings)
    if not is_running_from_reloader():
        _fill(library)
        library.close()
        for role in PEOPLE:
            click.echo(f"{role.value}: {_address(role)}, password: {PASSWORD}")
        click.echo(f"Open http://{HOST}:{settings.port}. Press Ctrl-C to stop.")
        run_simple(HOST, settings.port, _nothing, use_reloader=True)
        return
    engine = engine_for(library)
    app = create_app(library=library, engine=engine, queue=WorkQueue(settings.home))
    app.debug = True
    atexit.register(WorkerSupervisor(settings).stop)
    run_simple(
        HOST,
        settings.port,
        app,
        threaded=True,
        use_reloader=True,
        use_debugger=True,
    )


def _fill(library: Library) -> None:
    """Load the sample library, and add the accounts that do not exist yet."""
    queue = WorkQueue(library.settings.home)
    for source_id in sample_library.load(library):
        queue.request(source_id)
    with library.transaction() as db:
        for role, name in PEOPLE.items():
            if people.by_email(db, _address(role)) is None:
                people.add_account(
                    db,
                    name=name,
                    email=_address(role),
                    role=role,
                    password_hash=passwords.hashed(PASSWORD),
                )


def _address(role: Role) -> str:
    return f"{role.value}@example.org"


def _nothing(_environ: object, _start: object) -> list[bytes]:
    """Empty WSGI application of the parent process, which only restarts the child process."""
    return []


if __name__ == "__main__":
    main()
