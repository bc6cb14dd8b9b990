"""API resource of a collection's cover picture, for curators of the collection."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.collections import collections, covers
from library.errors import InvalidInputError
from library.images import LARGEST
from web.collections.collections_api import Answer, WholeCollectionSchema, to_change, written
from web.http import params
from web.http.context import library, viewer
from web.http.etags import MATCH, tag_of

bp = Blueprint(
    "api_covers",
    __name__,
    url_prefix="/api/v1/collections/<int:collection_id>/cover",
    description="Cover pictures of collections.",
)


class CoverFormSchema(Schema):
    """Cover picture and its description, as a form with a file (multipart/form-data)."""

    picture = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."},
    )
    words = fields.String(
        metadata={"description": "Text alternative; empty if the picture is decorative."}
    )


@bp.put("")
@bp.doc(
    parameters=[MATCH],
    requestBody={"content": {"multipart/form-data": {"schema": CoverFormSchema}}},
)
@bp.response(200, WholeCollectionSchema)
def put(collection_id: int) -> Answer:
    """Set the cover of a collection. Send the collection's ETag. For curators."""
    with library().reading() as db:
        to_change(db, collection_id)
    words = params.text(request.form, "words", longest=covers.LONGEST_WORDS)
    if (given := request.files.get("picture")) is None:
        raise InvalidInputError("Send the picture as the file `picture` of a multipart form.")
    covers.put(library(), viewer(), collection_id, given.stream.read(LARGEST + 1), words)
    with library().reading() as db:
        content = written(db, collections.get(db, collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(collection_id: int) -> None:
    """Remove the cover of a collection. Send the collection's ETag. For curators."""
    with library().reading() as db:
        to_change(db, collection_id)
    covers.remove(library(), viewer(), collection_id)
