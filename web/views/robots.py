"""For search engines of the web: what is public, and what they need not try."""

from flask import Blueprint, Response
from lxml import etree

from library.access import GUEST
from library.holdings import sessions
from library.publishing import harvest
from web.context import library
from web.standards.description import absolute
from web.standards.xml import child, serialised

bp = Blueprint("robots", __name__)

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000  # addresses that one sitemap may hold (sitemaps.org)
NOT_FOR_ROBOTS = ("/api/", "/ask", "/feed.atom", "/media/", "/sign-in", "/suggest")


@bp.get("/robots.txt")
def rules() -> Response:
    """Robots may read what guests may, but need not ask questions (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return Response(
        "\n".join([*lines, f"Sitemap: {absolute('robots.sitemap')}", ""]), mimetype="text/plain"
    )


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """The pages of public sessions and collections, the newest first, whoever asks."""
    root = etree.Element(f"{{{NAMESPACE}}}urlset", nsmap={None: NAMESPACE})
    with library().reading() as db:
        for collection in harvest.public_collections(db):
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
