"""What a session is, for catalogues: Dublin Core as XML."""

from flask import Blueprint, Response

from library import access
from library.holdings import collections
from library.vocabulary import filed
from web.context import library, viewer
from web.standards import oai_dc
from web.standards.description import terms
from web.standards.xml import serialised

bp = Blueprint("described", __name__)


@bp.get("/sessions/<int:session_id>/dublin-core.xml")
def dublin_core(session_id: int) -> Response:
    """The Dublin Core of a session (DCMES 1.1)."""
    with library().reading() as db:
        session = access.session_for(db, viewer(), session_id)
        holding = collections.holdings(db, viewer(), [session_id]).get(session_id, [])
        about = filed.confirmed(db, viewer(), [session_id]).get(session_id, [])
        xml = serialised(oai_dc.element(terms(session, holding, about)))
    return Response(xml, mimetype="application/xml")
