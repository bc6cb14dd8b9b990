"""Sessions for IIIF viewers: a manifest, its canvases, and search within it."""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from library import access
from library.access import GUEST
from library.editing import transcripts
from library.holdings import collections
from library.models import MentoringSession
from library.searching.scope import Filters
from library.store import Transaction
from library.vocabulary import filed
from web import parameters
from web.context import engine, library, viewer
from web.standards import manifests
from web.standards.description import absolute, terms
from web.standards.manifests import Found

bp = Blueprint("iiif", __name__, url_prefix="/iiif")

MOST_FOUND = 50


@bp.get("/<int:session_id>/manifest.json")
def manifest(session_id: int) -> Response:
    """The manifest of a session with a recording."""
    with library().reading() as db:
        session = _playable(db, session_id)
        transcribed = [s.id for s in session.sources if transcripts.current_version(db, s.id)]
        holding = collections.holdings(db, viewer(), [session_id]).get(session_id, [])
        about = filed.confirmed(db, viewer(), [session_id]).get(session_id, [])
        made = manifests.manifest(session, terms(session, holding, about), transcribed)
        return _shared(db, session_id, jsonify(made))


@bp.get("/<int:session_id>/canvas/<int:source_id>")
def canvas(session_id: int, source_id: int) -> ResponseReturnValue:
    """One canvas of the manifest, for viewers that follow its name."""
    with library().reading() as db:
        session = _playable(db, session_id)
        source = next((s for s in manifests.playable(session) if s.id == source_id), None)
        if source is None:
            abort(404)
        has_words = transcripts.current_version(db, source.id) is not None
        made = manifests.canvas(session, source, transcribed=has_words)
        return _shared(db, session_id, jsonify(made))


@bp.get("/<int:session_id>/search")
def search(session_id: int) -> Response:
    """The moments of a session that answer `?q=`, as annotations on its canvases."""
    question = parameters.text(request.args, "q")
    with library().reading() as db:
        session = _playable(db, session_id)
        audible = {s.id for s in manifests.playable(session)}
        found: list[Found] = []
        if question:
            answer = engine().search(
                question, viewer(), filters=Filters(session_id=session_id), limit=MOST_FOUND
            )
            found = [
                Found(
                    source_id=hit.source_id,
                    text="".join(fragment.text for fragment in hit.snippet),
                    start=hit.start,
                    end=max(hit.start, hit.end or hit.start),
                )
                for hit in answer.hits
                if hit.source_id in audible and hit.start is not None
            ]
        address = absolute("iiif.search", session_id=session_id, q=question)
        return _shared(db, session_id, jsonify(manifests.found(address, session, found)))


def _playable(db: Transaction, session_id: int) -> MentoringSession:
    session = access.session_for(db, viewer(), session_id)
    if not manifests.playable(session):
        abort(404, "This session has no recording that a viewer could play.")
    return session


def _shared(db: Transaction, session_id: int, response: Response) -> Response:
    """Let any site's viewer read what is public (IIIF asks for CORS); nothing else."""
    response.mimetype = "application/ld+json"
    response.headers["Vary"] = "Cookie, Authorization"
    if access.is_visible(db, GUEST, session_id):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
