"""Resumable uploads: tus 1.0.

Implements core, creation (with deferred length), termination, checksum and expiration of
https://tus.io/protocols/resumable-upload. Works with the sign-in cookie and with a bearer token.
"""

import base64
from collections.abc import Iterator
from email.utils import format_datetime
from http import HTTPStatus

from flask import Blueprint, Response, abort, request, url_for

from library.capture import upload_bytes, uploads
from library.capture.intake import clean_name
from library.errors import InvalidInputError
from library.files import PIECE
from library.models import Upload
from library.translation import gettext
from web.capture import active_uploads
from web.capture.create_session import require_may_add
from web.http import errors, params
from web.http.context import library

bp = Blueprint("uploads", __name__, url_prefix="/uploads")

VERSION = "1.0.0"
MOST_BYTES = 2**53  # largest integer that JavaScript represents exactly
CHECKSUM_MISMATCH = 460  # HTTP status defined by tus


@bp.before_request
def check_version() -> Response | None:
    """Return an error to clients with another version of tus; None for the supported version."""
    if request.method == "OPTIONS" or request.headers.get("Tus-Resumable") == VERSION:
        return None
    response = errors.error_response(
        HTTPStatus.PRECONDITION_FAILED,
        gettext(
            "Uploads use the protocol tus %(version)s. Send the header Tus-Resumable.",
            version=VERSION,
        ),
    )
    response.headers["Tus-Version"] = VERSION
    return response


@bp.after_request
def say_version(response: Response) -> Response:
    """Add the tus headers to a response, and forbid caching."""
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
def describe(upload_id: str = "") -> Response:  # noqa: ARG001
    """Return the capabilities and the size limit of the server."""
    return _answer(
        HTTPStatus.NO_CONTENT,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,creation-defer-length,termination,checksum,expiration",
            "Tus-Max-Size": str(library().settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(upload_bytes.CHECKSUMS),
        },
    )


@bp.post("/")
def create() -> Response:
    """Create an upload. An upload that is too large is refused before its first byte."""
    who = require_may_add()
    length = _number("Upload-Length")
    if length is None and request.headers.get("Upload-Defer-Length") != "1":
        raise InvalidInputError("Send the number of bytes in the header Upload-Length.")
    name = clean_name(_metadata(request.headers.get("Upload-Metadata", "")).get("filename", ""))
    upload = uploads.begin(library(), who.person_id or 0, filename=name, size=length)
    return _answer(
        HTTPStatus.CREATED,
        {
            "Location": url_for("uploads.append", upload_id=upload.id),
            "Upload-Offset": "0",
            "Upload-Expires": _expires(upload),
        },
    )


@bp.route("/<upload_id>", methods=["HEAD"])
def stand(upload_id: str) -> Response:
    """Return the number of bytes of an upload that have arrived, in the header Upload-Offset.

    A stalled request of the same upload is ended first, so that the client can resume.
    """
    who = require_may_add()
    with library().reading() as db:
        upload = uploads.get(db, who, upload_id)
    if active_uploads.end_stalled(upload_id):
        with library().reading() as db:
            upload = uploads.get(db, who, upload_id)
    length = {"Upload-Defer-Length": "1"}
    if upload.size is not None:
        length = {"Upload-Length": str(upload.size)}
    headers = {"Upload-Offset": str(upload.received), **length, "Upload-Expires": _expires(upload)}
    if upload.sha256 is not None:
        headers["Upload-SHA256"] = upload.sha256
    return _answer(HTTPStatus.OK, headers)


@bp.patch("/<upload_id>")
def append(upload_id: str) -> Response:
    """Append bytes to an upload. The last response contains the SHA-256 of the whole file."""
    who = require_may_add()
    if request.mimetype != "application/offset+octet-stream":
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    offset = _number("Upload-Offset")
    if offset is None:
        raise InvalidInputError("Send the offset of these bytes in the header Upload-Offset.")
    try:
        with active_uploads.running(upload_id, request.environ["wsgi.input"]):
            upload = upload_bytes.append(
                library(),
                who,
                upload_id,
                offset=offset,
                pieces=_pieces(),
                checksum=_checksum(),
                size=_number("Upload-Length"),
                coming=request.content_length or 0,
            )
    except upload_bytes.ChecksumError as error:
        return _answer(CHECKSUM_MISMATCH, {}, str(error))
    headers = {"Upload-Offset": str(upload.received), "Upload-Expires": _expires(upload)}
    if upload.received == upload.size:
        headers["Upload-SHA256"] = uploads.finish(library(), who, upload_id)[0]
    return _answer(HTTPStatus.NO_CONTENT, headers)


@bp.delete("/<upload_id>")
def abandon(upload_id: str) -> Response:
    """End an upload and delete its bytes."""
    uploads.abandon(library(), require_may_add(), upload_id)
    return _answer(HTTPStatus.NO_CONTENT, {})


@bp.post("/<upload_id>")
def overridden(upload_id: str) -> Response:
    """Handle a POST request as PATCH, HEAD or DELETE, for clients whose proxy allows only POST."""
    views = {"PATCH": append, "HEAD": stand, "DELETE": abandon}
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method not in views:
        abort(HTTPStatus.METHOD_NOT_ALLOWED)
    return views[method](upload_id)


def _number(name: str) -> int | None:
    """Return the number in a header; None if the header is absent.

    Raises:
        InvalidInputError: The value is not a number from 0 to `MOST_BYTES`.
    """
    given = {name: request.headers.get(name, "")}
    found = params.number(given, name, default=-1, low=0, high=MOST_BYTES)
    return None if found < 0 else found


def _pieces() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE):
        yield piece


def _metadata(header: str) -> dict[str, str]:
    """Return the names and values of an Upload-Metadata header. Skip values that are not base64."""
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
        except ValueError:
            continue
    return found


def _checksum() -> tuple[str, bytes] | None:
    """Return algorithm and digest of the Upload-Checksum header; None without the header.

    Raises:
        InvalidInputError: The digest is not base64, or the algorithm is not supported.
    """
    header = request.headers.get("Upload-Checksum", "")
    if not header:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise InvalidInputError("The Upload-Checksum is not valid base64.") from error
    if algorithm not in upload_bytes.CHECKSUMS:
        raise InvalidInputError(
            "The checksum algorithm is not supported. Use one of: %(algorithms)s.",
            algorithms=", ".join(upload_bytes.CHECKSUMS),
        )
    return algorithm, digest


def _expires(upload: Upload) -> str:
    return format_datetime(upload.expires_at, usegmt=True)


def _answer(status: int, headers: dict[str, str], text: str = "") -> Response:
    response = Response(text, status=status, headers=headers, content_type="text/plain")
    if status == HTTPStatus.NO_CONTENT:
        response.headers.pop("Content-Type", None)
    return response
