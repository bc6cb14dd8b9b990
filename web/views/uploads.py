"""Files that arrive in pieces and survive a broken line: tus 1.0.

Core, creation (with deferred length), termination, checksum and expiration, as https://tus.io/protocols/resumable-upload
describes them. Works with the sign-in cookie and with a bearer token.
"""

import base64
from collections.abc import Iterator
from email.utils import format_datetime
from http import HTTPStatus

from flask import Blueprint, Response, abort, request, url_for

from library.capture import pieces, uploads
from library.capture.intake import clean_name
from library.errors import InvalidInputError
from library.files import PIECE
from library.models import Upload
from web import errors, parameters, sending
from web.context import library
from web.intake import adder

bp = Blueprint("uploads", __name__, url_prefix="/uploads")

VERSION = "1.0.0"
MOST_BYTES = 2**53  # what JavaScript counts exactly
CHECKSUM_MISMATCH = 460  # the status that tus made for it


@bp.before_request
def check_version() -> Response | None:
    """Refuse clients that speak another version of the protocol."""
    if request.method == "OPTIONS" or request.headers.get("Tus-Resumable") == VERSION:
        return None
    response = errors.answer(
        HTTPStatus.PRECONDITION_FAILED, f"Uploads speak tus {VERSION}: send Tus-Resumable."
    )
    response.headers["Tus-Version"] = VERSION
    return response


@bp.after_request
def say_version(response: Response) -> Response:
    """Name the protocol in every answer."""
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
def describe(upload_id: str = "") -> Response:  # noqa: ARG001
    """Say what this server can do and how much it takes."""
    return _answer(
        HTTPStatus.NO_CONTENT,
        {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,creation-defer-length,termination,checksum,expiration",
            "Tus-Max-Size": str(library().settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(pieces.CHECKSUMS),
        },
    )


@bp.post("/")
def create() -> Response:
    """Begin an upload; it may be refused before its first byte travels."""
    who = adder()
    length = _number("Upload-Length")
    if length is None and request.headers.get("Upload-Defer-Length") != "1":
        raise InvalidInputError("Say how many bytes are coming, in Upload-Length.")
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
    """Say how many bytes have arrived.

    Whoever asks goes on from there: a request that has stalled on a broken line ends first.
    """
    who = adder()
    with library().reading() as db:
        upload = uploads.get(db, who, upload_id)
    if sending.end_stalled(upload_id):
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
    """Take the next bytes; the last ones are answered with the SHA-256 of the whole file."""
    who = adder()
    if request.mimetype != "application/offset+octet-stream":
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    offset = _number("Upload-Offset")
    if offset is None:
        raise InvalidInputError("Say where these bytes belong, in Upload-Offset.")
    try:
        with sending.running(upload_id, request.environ["wsgi.input"]):
            upload = pieces.append(
                library(),
                who,
                upload_id,
                offset=offset,
                pieces=_pieces(),
                checksum=_checksum(),
                size=_number("Upload-Length"),
                coming=request.content_length or 0,
            )
    except pieces.ChecksumError as error:
        return _answer(CHECKSUM_MISMATCH, {}, str(error))
    headers = {"Upload-Offset": str(upload.received), "Upload-Expires": _expires(upload)}
    if upload.received == upload.size:
        headers["Upload-SHA256"] = uploads.finish(library(), who, upload_id)[0]
    return _answer(HTTPStatus.NO_CONTENT, headers)


@bp.delete("/<upload_id>")
def abandon(upload_id: str) -> Response:
    """End an upload and remove what has arrived."""
    uploads.abandon(library(), adder(), upload_id)
    return _answer(HTTPStatus.NO_CONTENT, {})


@bp.post("/<upload_id>")
def overridden(upload_id: str) -> Response:
    """Take the method from a header, for clients behind a proxy that only lets POST through."""
    meant = {"PATCH": append, "HEAD": stand, "DELETE": abandon}
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method not in meant:
        abort(HTTPStatus.METHOD_NOT_ALLOWED)
    return meant[method](upload_id)


def _number(name: str) -> int | None:
    """The number in a header; None where there is none.

    Raises:
        InvalidInputError: it is no number, or out of reach.
    """
    given = {name: request.headers.get(name, "")}
    found = parameters.number(given, name, default=-1, low=0, high=MOST_BYTES)
    return None if found < 0 else found


def _pieces() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE):
        yield piece


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header; a value that is no base64 counts as absent."""
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
        except ValueError:
            continue
    return found


def _checksum() -> tuple[str, bytes] | None:
    """The announced checksum of these bytes.

    Raises:
        InvalidInputError: it cannot be read, or its algorithm is not one of ours.
    """
    header = request.headers.get("Upload-Checksum", "")
    if not header:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise InvalidInputError("The Upload-Checksum cannot be read as base64.") from error
    if algorithm not in pieces.CHECKSUMS:
        raise InvalidInputError(f"Checksums can be {' or '.join(pieces.CHECKSUMS)}.")
    return algorithm, digest


def _expires(upload: Upload) -> str:
    return format_datetime(upload.expires_at, usegmt=True)


def _answer(status: int, headers: dict[str, str], text: str = "") -> Response:
    response = Response(text, status=status, headers=headers, content_type="text/plain")
    if status == HTTPStatus.NO_CONTENT:
        response.headers.pop("Content-Type", None)
    return response
