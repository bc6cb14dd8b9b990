"""Rules and sitemap for web crawlers."""

from flask import Blueprint, Response
from lxml import etree

from library.access import GUEST
from library.publishing import oai_records
from library.sessions import sessions
from web.http.context import library
from web.publishing.standards.description import absolute
from web.publishing.standards.xml import child, serialised

bp = Blueprint("robots", __name__)

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000  # maximum number of URLs in one sitemap (sitemaps.org)
NOT_FOR_ROBOTS = ("/api/", "/ask", "/feed.atom", "/media/", "/sign-in", "/suggest")


@bp.get("/robots.txt")
def rules() -> Response:
    """Return robots.txt (RFC 9309). Crawlers may read public pages but not run searches."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return Response(
        "\n".join([*lines, f"Sitemap: {absolute('robots.sitemap')}", ""]), mimetype="text/plain"
    )


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Return the sitemap of public collections and sessions, independent of sign-in."""
    root = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap={None: NAMESPACE})
    with library().reading() as db:
        for collection in oai_records.public_collections(db):
            _entry(root, absolute("collections.page", collection_id=collection.id))
        for session_id, changed in sessions.changes(db, GUEST, limit=MOST - len(root)):
            page = absolute("sessions.page", session_id=session_id)
            _entry(root, page, changed.date().isoformat())
    return Response(serialised(root), mimetype="application/xml")


def _entry(root: etree._Element, address: str, changed: str = "") -> None:
    place = child(root, "url")
    child(place, "loc", address)
    if changed:
        child(place, "lastmod", changed)
