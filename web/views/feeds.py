"""The library for other programs' search boxes and readers: OpenSearch, and Atom of any search."""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request

from library.holdings import reading
from web import addresses, asking
from web.context import engine, library, viewer

bp = Blueprint("feeds", __name__)

ENTRIES = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Atom demands a time also of a feed without entries


@bp.get("/opensearch.xml")
def description() -> Response:
    """How a browser asks this library (OpenSearch 1.1)."""
    name = library().settings.site_name
    xml = render_template("feeds/opensearch.xml", short=name[:16], name=name)
    return Response(xml, mimetype="application/opensearchdescription+xml")


@bp.get("/feed.atom")
def page() -> Response:
    """What a search finds, newest session first, as an Atom feed (RFC 4287).

    A guest's reader gets what is public. A reader that signs in with a token in its header
    (RFC 6750) gets what that person may see; a token in the address would end up in logs.
    """
    asked = asking.asked(request.args)
    found = []
    if asked.question:
        answer = engine().search(asked.question, viewer(), filters=asked.filters, limit=ENTRIES)
        found = [(s, hit) for s in answer.sessions for hit in s.hits] if answer.found else []
    with library().reading() as db:
        added = reading.added_on(db, viewer(), {session.session_id for session, _ in found})
    found.sort(key=lambda pair: added.get(pair[0].session_id, NEVER), reverse=True)
    xml = render_template(
        "feeds/atom.xml",
        asked=asked,
        entries=found,
        added=added,
        updated=max(added.values(), default=NEVER),
        moment=addresses.moment,
    )
    response = Response(xml, mimetype="application/atom+xml")
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
