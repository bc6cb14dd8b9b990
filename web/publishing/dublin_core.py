"""Dublin Core metadata of a session as XML, for library catalogues."""

from flask import Blueprint, Response

from library import access
from library.collections import collections
from library.vocabulary import confirmed_topics
from web.http.context import library, viewer
from web.publishing.standards import oai_dc
from web.publishing.standards.description import terms
from web.publishing.standards.xml import serialised

bp = Blueprint("described", __name__)


@bp.get("/sessions/<int:session_id>/dublin-core.xml")
def dublin_core(session_id: int) -> Response:
    """Return the Dublin Core record of a session (DCMES 1.1)."""
    with library().reading() as db:
        session = access.session_for(db, viewer(), session_id)
        holding = collections.collections_of_sessions(db, viewer(), [session_id]).get(
            session_id, []
        )
        about = confirmed_topics.confirmed(db, viewer(), [session_id]).get(session_id, [])
        xml = serialised(oai_dc.element(terms(session, holding, about)))
    return Response(xml, mimetype="application/xml")
