"""Personal data download, on the account page."""

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from library.capture.quota import in_words
from library.data_download import download
from library.translation import gettext
from web.accounts import login_manager
from web.http.context import library, viewer

bp = Blueprint("own_data", __name__, url_prefix="/account/data")


@bp.get("")
def page() -> str:
    """Show the form that requests a copy of the viewer's data, or the link to a finished copy."""
    login_manager.require()
    with library().reading() as db:
        found = download.of(db, viewer())
    return render_template("accounts/data_download.html", copy=found, in_words=in_words)


@bp.post("")
def ask() -> ResponseReturnValue:
    """Request a copy of the viewer's data. The worker creates it."""
    login_manager.require()
    with library().transaction() as db:
        download.ask(db, viewer())
    flash(
        gettext(
            "Your data is being prepared. This takes a few minutes at most; you can close the page."
        )
    )
    return redirect(url_for("own_data.page"))


@bp.get("/living-history-data.zip")
def file() -> Response:
    """Send the data copy to its owner, as a ZIP file."""
    login_manager.require()
    path = download.file_of(library(), viewer())
    return send_file(
        path,
        mimetype="application/zip",
        as_attachment=True,
        download_name="living-history-data.zip",
        conditional=False,
    )
