"""Entity tags of what programs change: nobody writes over what they have not read (RFC 9110)."""

import hashlib
import json
from typing import Any

from flask import abort, request

MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag that came with it.",
}


def tag_of(content: Any) -> str:
    """The entity tag of what was given."""
    written = json.dumps(content, sort_keys=True, default=str).encode()
    return f'"{hashlib.sha256(written).hexdigest()[:32]}"'


def require_match(tag: str) -> None:
    """Answer 428 where no tag was sent, and 412 where it is an old one."""
    if not request.if_match:
        abort(428)
    if not (request.if_match.star_tag or tag.strip('"') in request.if_match):
        abort(412)
