"""OpenSearch description, and an Atom feed of any search."""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request

from library.sessions import read_models
from web.http.context import engine, library, viewer
from web.rendering import urls
from web.search import query

bp = Blueprint("feeds", __name__)

ENTRIES = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Atom requires a time even for an empty feed


@bp.get("/opensearch.xml")
def description() -> Response:
    """Return the OpenSearch 1.1 description document."""
    name = library().settings.site_name
    xml = render_template("search/opensearch.xml", short=name[:16], name=name)
    return Response(xml, mimetype="application/opensearchdescription+xml")


@bp.get("/feed.atom")
def page() -> Response:
    """Return the results of a search as an Atom feed (RFC 4287), newest session first.

    Guests get public sessions. With a bearer token in the header (RFC 6750), a feed reader gets
    what that person may see. A token in the URL is not accepted, because URLs are logged.
    """
    asked = query.parse(request.args)
    found = []
    if asked.question:
        answer = engine().search(asked.question, viewer(), filters=asked.filters, limit=ENTRIES)
        found = [(s, hit) for s in answer.sessions for hit in s.hits] if answer.found else []
    with library().reading() as db:
        added = read_models.added_on(db, viewer(), {session.session_id for session, _ in found})
    found.sort(key=lambda pair: added.get(pair[0].session_id, NEVER), reverse=True)
    xml = render_template(
        "search/atom.xml",
        asked=asked,
        entries=found,
        added=added,
        updated=max(added.values(), default=NEVER),
        moment=urls.moment,
    )
    response = Response(xml, mimetype="application/atom+xml")
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
