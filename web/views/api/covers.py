"""The covers of collections, for programs; a curator's to choose."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.errors import InvalidInputError
from library.holdings import collections, covers
from library.pictures import LARGEST
from web import parameters
from web.context import library, viewer
from web.views.api.collections import Answer, WholeCollectionSchema, to_change, written
from web.views.api.matching import MATCH, tag_of

bp = Blueprint(
    "api_covers",
    __name__,
    url_prefix="/api/v1/collections/<int:collection_id>/cover",
    description="The pictures on collections.",
)


class CoverFormSchema(Schema):
    """A picture and what can be seen on it, as a form with a file (multipart/form-data)."""

    picture = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."},
    )
    words = fields.String(metadata={"description": "Empty: it only decorates."})


@bp.put("")
@bp.doc(
    parameters=[MATCH],
    requestBody={"content": {"multipart/form-data": {"schema": CoverFormSchema}}},
)
@bp.response(200, WholeCollectionSchema)
def put(collection_id: int) -> Answer:
    """Choose a collection's cover, naming the ETag of the collection; for its curators."""
    with library().reading() as db:
        to_change(db, collection_id)
    words = parameters.text(request.form, "words", longest=covers.LONGEST_WORDS)
    if (given := request.files.get("picture")) is None:
        raise InvalidInputError("Send the picture as the file `picture` of a form.")
    covers.put(library(), viewer(), collection_id, given.stream.read(LARGEST + 1), words)
    with library().reading() as db:
        content = written(db, collections.get(db, collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(collection_id: int) -> None:
    """Take the cover off, naming the ETag of the collection; for its curators."""
    with library().reading() as db:
        to_change(db, collection_id)
    covers.remove(library(), viewer(), collection_id)
