"""Download of sessions and collections as BagIt bags in a zip file."""

import os
import subprocess
import sys

from flask import Blueprint, Response, send_file

from library.access import require_admin, session_to_edit
from library.collections import collections
from library.errors import ConflictError, StorageFullError
from web.http.context import library, viewer

bp = Blueprint("bags", __name__)


@bp.get("/sessions/<int:session_id>/bag.zip")
def session(session_id: int) -> Response:
    """Download a session as a BagIt bag. Requires the right to edit the session."""
    with library().reading() as db:
        session_to_edit(db, viewer(), session_id)
    return _packed("session", session_id)


@bp.get("/collections/<int:collection_id>/bag.zip")
def collection(collection_id: int) -> Response:
    """Download a collection as a BagIt bag. Requires an administrator."""
    with library().reading() as db:
        require_admin(viewer())
        collections.get(db, collection_id)
        if not collections.sessions_in(db, viewer(), collection_id):
            raise ConflictError("This collection has no sessions. Add a session, then try again.")
    return _packed("collection", collection_id)


def _packed(what: str, number: int) -> Response:
    """Run `living-history bag` in a subprocess and return the zip file as an attachment.

    Raises:
        StorageFullError: The command failed or wrote no file; most often the disk is full.
    """
    home = library().settings.home.resolve()
    with library().files.temporary(".zip") as path:
        path.unlink()
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "web", "--home", str(home)),
                *("bag", what, str(number), str(path), "--for", str(viewer().person_id)),
            ],
            env=os.environ | {"LIVING_HISTORY_PUBLIC_URL": library().settings.public_url},
            capture_output=True,
            check=False,
        )
        if done.returncode or not path.exists():
            raise StorageFullError(
                "The archive package could not be made. Ask the administrator to check the free "
                "space on the disk."
            )
        return send_file(
            path.open("rb"),
            mimetype="application/zip",
            as_attachment=True,
            download_name=f"{what}-{number}.zip",
        )
