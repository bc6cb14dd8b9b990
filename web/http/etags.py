"""Entity tags of API resources, which prevent lost updates (RFC 9110)."""

import hashlib
import json
from typing import Any

from flask import abort, request
from marshmallow import Schema

MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "ETag of the resource as last read.",
}


def tag_of(content: Any) -> str:
    """Return a strong entity tag: the truncated SHA-256 of the JSON of *content*."""
    written = json.dumps(content, sort_keys=True, default=str).encode()
    return f'"{hashlib.sha256(written).hexdigest()[:32]}"'


def tag_of_row(schema: Schema, row: Any) -> str:
    """Return the entity tag of a row or object, computed from the fields that *schema* dumps."""
    return tag_of(schema.dump(row))


def require_match(tag: str) -> None:
    """Abort with 428 if the request has no If-Match header, with 412 if it does not match."""
    if not request.if_match:
        abort(428)
    if not (request.if_match.star_tag or tag.strip('"') in request.if_match):
        abort(412)
