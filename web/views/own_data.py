"""A copy of one's own data, on the account page."""

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from library.capture.quota import in_words
from library.exports import own_data
from web import accounts
from web.context import library, viewer

bp = Blueprint("own_data", __name__, url_prefix="/account/data")


@bp.get("")
def page() -> str:
    """Show whether there is a copy of one's data, and how to get one."""
    accounts.require()
    with library().reading() as db:
        found = own_data.of(db, viewer())
    return render_template("account/own_data.html", copy=found, in_words=in_words)


@bp.post("")
def ask() -> ResponseReturnValue:
    """Ask for a copy of one's data."""
    accounts.require()
    with library().transaction() as db:
        own_data.ask(db, viewer())
    flash("Your data is being gathered. This takes a few minutes at most; you can close the page.")
    return redirect(url_for("own_data.page"))


@bp.get("/living-history-data.zip")
def file() -> Response:
    """Give the copy to its owner."""
    accounts.require()
    path = own_data.file_of(library(), viewer())
    return send_file(
        path,
        mimetype="application/zip",
        as_attachment=True,
        download_name="living-history-data.zip",
        conditional=False,
    )
