"""IIIF resources of a session: manifest, canvases and content search."""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from library import access
from library.access import GUEST
from library.collections import collections
from library.discovery.search_scope import Filters
from library.models import MentoringSession
from library.store import Transaction
from library.transcripts import versions
from library.translation import gettext
from library.vocabulary import confirmed_topics
from web.http import params
from web.http.context import engine, library, viewer
from web.publishing.standards import manifests
from web.publishing.standards.description import absolute, terms
from web.publishing.standards.manifests import ContentHit

bp = Blueprint("iiif", __name__, url_prefix="/iiif")

MOST_FOUND = 50


@bp.get("/<int:session_id>/manifest.json")
def manifest(session_id: int) -> Response:
    """Return the IIIF manifest of a session that has a recording."""
    with library().reading() as db:
        session = _playable(db, session_id)
        transcribed = [s.id for s in session.sources if versions.current_version(db, s.id)]
        holding = collections.collections_of_sessions(db, viewer(), [session_id]).get(
            session_id, []
        )
        about = confirmed_topics.confirmed(db, viewer(), [session_id]).get(session_id, [])
        made = manifests.manifest(session, terms(session, holding, about), transcribed)
        return _shared(db, session_id, jsonify(made))


@bp.get("/<int:session_id>/canvas/<int:source_id>")
def canvas(session_id: int, source_id: int) -> ResponseReturnValue:
    """Return one canvas of a manifest as a JSON document. The id of a canvas is its URL."""
    with library().reading() as db:
        session = _playable(db, session_id)
        source = next((s for s in manifests.playable(session) if s.id == source_id), None)
        if source is None:
            abort(404)
        has_words = versions.current_version(db, source.id) is not None
        made = manifests.canvas(session, source, transcribed=has_words)
        return _shared(db, session_id, jsonify(made))


@bp.get("/<int:session_id>/search")
def search(session_id: int) -> Response:
    """Search a session for `?q=` and return the hits as annotations on its canvases."""
    question = params.text(request.args, "q")
    with library().reading() as db:
        session = _playable(db, session_id)
        audible = {s.id for s in manifests.playable(session)}
        found: list[ContentHit] = []
        if question:
            answer = engine().search(
                question, viewer(), filters=Filters(session_id=session_id), limit=MOST_FOUND
            )
            found = [
                ContentHit(
                    source_id=hit.source_id,
                    text="".join(fragment.text for fragment in hit.snippet),
                    start=hit.start,
                    end=max(hit.start, hit.end or hit.start),
                )
                for hit in answer.hits
                if hit.source_id in audible and hit.start is not None
            ]
        address = absolute("iiif.search", session_id=session_id, q=question)
        return _shared(db, session_id, jsonify(manifests.search_response(address, session, found)))


def _playable(db: Transaction, session_id: int) -> MentoringSession:
    session = access.session_for(db, viewer(), session_id)
    if not manifests.playable(session):
        abort(404, gettext("This session has no recording that can be played."))
    return session


def _shared(db: Transaction, session_id: int, response: Response) -> Response:
    """Set the content type, and CORS headers if guests may see the session.

    IIIF requires CORS, so that viewers on other sites can read the response.
    """
    response.mimetype = "application/ld+json"
    response.headers["Vary"] = "Cookie, Authorization"
    if access.is_visible(db, GUEST, session_id):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
