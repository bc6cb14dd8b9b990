"""Tests of resumable uploads with a tus 1.0 client."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from library.capture import uploads
from library.models import Upload, now
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, hash_of
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine

Headers = dict[str, str]
CONTENT = bytes(range(256)) * 40


class Sender:
    """Client of the tus upload protocol for one account."""

    def __init__(self, client: FlaskClient, headers: Headers) -> None:
        self.client = client
        self.headers = {**headers, "Tus-Resumable": "1.0.0"}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> TestResponse:
        """Send a request with the headers of the tus protocol."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            path, method=method, data=body, headers={**self.headers, **named}, buffered=True
        )

    def begin(self, size: int = len(CONTENT), name: str = "talk.ogg") -> str:
        """Announce an upload. Return its address."""
        encoded_name = base64.b64encode(name.encode()).decode()
        answer = self.ask(
            "POST", "/uploads/", Upload_Length=str(size), Upload_Metadata=f"filename {encoded_name}"
        )
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def patch(self, path: str, offset: int, body: bytes, **headers: str) -> TestResponse:
        """Send bytes at an offset."""
        return self.ask(
            "PATCH",
            path,
            body,
            Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
            **headers,
        )

    def offset(self, path: str) -> int:
        """Return how many bytes of the upload the server has."""
        return int(self.ask("HEAD", path).headers["Upload-Offset"])


@pytest.fixture
def sender(app: Flask, mentor: Account, token_of: Callable[[Account], Headers]) -> Sender:
    """Upload client of the mentor."""
    return Sender(app.test_client(), token_of(mentor))


def test_a_file_is_uploaded_in_chunks(sender: Sender, library: Library) -> None:
    """The answer to the last chunk has the SHA-256 of the whole file, and the file is stored."""
    path = sender.begin()

    first, last = sender.patch(path, 0, CONTENT[:4000]), sender.patch(path, 4000, CONTENT[4000:])

    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4000")
    assert "Upload-SHA256" not in first.headers
    assert last.headers["Upload-SHA256"] == hash_of(CONTENT)
    assert library.files.path(hash_of(CONTENT)).read_bytes() == CONTENT


def test_an_interrupted_upload_resumes(sender: Sender) -> None:
    """After an interruption, the server gives the offset and accepts the rest of the file."""
    path = sender.begin()
    sender.patch(path, 0, CONTENT[:1234])

    stands = sender.offset(path)
    rest = sender.patch(path, stands, CONTENT[stands:])

    assert stands == 1234
    assert rest.headers["Upload-SHA256"] == hash_of(CONTENT)


def test_a_wrong_offset_changes_nothing(sender: Sender) -> None:
    """Bytes at a wrong offset answer 409, and the upload keeps its offset."""
    path = sender.begin()
    sender.patch(path, 0, CONTENT[:100])

    answer = sender.patch(path, 50, CONTENT[50:])

    assert answer.status_code == 409
    assert sender.offset(path) == 100


def test_a_repeated_last_chunk_is_answered_again(sender: Sender) -> None:
    """A client that sends an empty chunk after the last one gets the same SHA-256 again."""
    path = sender.begin()
    sender.patch(path, 0, CONTENT)

    again = sender.patch(path, len(CONTENT), b"")

    assert again.headers["Upload-SHA256"] == hash_of(CONTENT)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_chunk_with_a_wrong_checksum_is_dropped(sender: Sender, algorithm: str) -> None:
    """A chunk whose checksum does not match answers 460, and none of it is stored."""
    path = sender.begin()
    digest = base64.b64encode(hashlib.new(algorithm, CONTENT[:500]).digest()).decode()

    wrong = sender.patch(path, 0, CONTENT[1:501], Upload_Checksum=f"{algorithm} {digest}")
    stands = sender.offset(path)
    right = sender.patch(path, 0, CONTENT[:500], Upload_Checksum=f"{algorithm} {digest}")

    assert (wrong.status_code, stands) == (460, 0)
    assert (right.status_code, sender.offset(path)) == (204, 500)


def test_more_than_was_announced_is_refused(sender: Sender) -> None:
    """Bytes beyond the announced size answer 413 and are not stored."""
    path = sender.begin(size=10)

    answer = sender.patch(path, 0, b"x" * 11)

    assert answer.status_code == 413
    assert sender.offset(path) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "-5"}, 400),
        ({"Upload-Length": "many"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({}, 400),
        ({"Upload-Length": str(5 * 1024**3)}, 413),
    ],
)
def test_an_invalid_announcement_is_refused(sender: Sender, headers: Headers, status: int) -> None:
    """An upload with an invalid or too large size is refused with a problem document."""
    answer = sender.client.post("/uploads/", headers={**sender.headers, **headers})

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"].endswith(".")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "x"}, 400),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Checksum": "md5 abcd"}, 400),
        ({"Upload-Checksum": "sha1 §"}, 400),
        ({"Content-Type": "text/plain"}, 415),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_odd_headers_are_refused(sender: Sender, headers: Headers, status: int) -> None:
    """Headers that violate the tus protocol are refused, each with its own status."""
    path = sender.begin()
    usual = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    given = {
        k: v.encode().decode("latin-1") for k, v in {**sender.headers, **usual, **headers}.items()
    }

    answer = sender.client.patch(path, data=b"x", headers=given)

    assert answer.status_code == status


def test_a_method_can_be_named_in_a_header(sender: Sender) -> None:
    """A POST is handled as the method in `X-HTTP-Method-Override`. An unknown one answers 405."""
    path = sender.begin()
    usual = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}

    answer = sender.ask("POST", path, CONTENT[:9], X_HTTP_Method_Override="PATCH", **usual)
    unknown = sender.ask("POST", path, X_HTTP_Method_Override="BREW")

    assert (answer.status_code, unknown.status_code) == (204, 405)
    assert sender.offset(path) == 9


def test_options_list_the_capabilities(sender: Sender, library: Library) -> None:
    """OPTIONS lists version, extensions, size limit and checksums, without an account."""
    answer = sender.client.options("/uploads/")

    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == (
        "creation,creation-defer-length,termination,checksum,expiration"
    )
    assert answer.headers["Tus-Max-Size"] == str(library.settings.max_upload_bytes)
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_an_upload_can_be_terminated(sender: Sender, library: Library) -> None:
    """A client can terminate an unfinished or a finished upload, which deletes its bytes."""
    part, complete = sender.begin(), sender.begin()
    sender.patch(part, 0, CONTENT[:10])
    sender.patch(complete, 0, CONTENT)

    answers = [sender.ask("DELETE", path).status_code for path in (part, complete)]

    assert answers == [204, 204]
    assert sender.ask("HEAD", part).status_code == 404
    assert not library.files.has(hash_of(CONTENT))
    assert not library.files.incoming(part.rsplit("/", 1)[1]).exists()


def test_an_upload_is_hidden_from_other_members(
    app: Flask, sender: Sender, admin: Account, token_of: Callable[[Account], Headers]
) -> None:
    """An administrator gets 404 for an upload of a mentor."""
    path = sender.begin()
    other = Sender(app.test_client(), token_of(admin))

    answers = [
        other.ask("HEAD", path).status_code,
        other.patch(path, 0, b"x").status_code,
        other.ask("DELETE", path).status_code,
    ]

    assert answers == [404, 404, 404]


def test_guests_and_mentees_upload_nothing(
    app: Flask, mentee: Account, token_of: Callable[[Account], Headers]
) -> None:
    """A guest and a mentee cannot begin an upload."""
    guest, member = (Sender(app.test_client(), h) for h in ({}, token_of(mentee)))

    answers = [s.ask("POST", "/uploads/", Upload_Length="5").status_code for s in (guest, member)]

    assert answers == [401, 403]


def test_an_expired_upload_is_removed(sender: Sender, library: Library) -> None:
    """An expired upload is removed with its bytes. An upload that has not expired stays."""
    old, new = sender.begin(), sender.begin()
    sender.patch(old, 0, CONTENT)
    with library.transaction() as db:
        row = db.get(Upload, old.rsplit("/", 1)[1])
        assert row is not None
        row.expires_at = now() - timedelta(seconds=1)

    cleared = uploads.clear_expired(library)

    assert cleared == 1
    assert not library.files.has(hash_of(CONTENT))
    assert sender.ask("HEAD", old).status_code == 404
    assert sender.offset(new) == 0


def test_an_upload_that_became_a_session_keeps_its_bytes(sender: Sender, library: Library) -> None:
    """The removal of expired uploads does not delete the recording of a session."""
    path = sender.begin()
    sender.patch(path, 0, CONTENT)
    number = path.rsplit("/", 1)[1]
    sender.client.post("/api/v1/sessions", data={"upload": number}, headers=sender.headers)
    with library.transaction() as db:
        row = db.get(Upload, number)
        assert row is not None
        row.expires_at = now() - timedelta(days=1)

    uploads.clear_expired(library)

    assert library.files.has(hash_of(CONTENT))


def test_a_recording_grows_until_its_length_is_set(sender: Sender) -> None:
    """An upload with the header `Upload-Defer-Length` accepts chunks of unknown total length.

    The upload is complete when the client sends the length.
    """
    made = sender.ask("POST", "/uploads/", Upload_Defer_Length="1")
    path = made.headers["Location"]
    growing = sender.ask("HEAD", path)
    sender.patch(path, 0, CONTENT[:5000])
    sender.patch(path, 5000, CONTENT[5000:])

    last = sender.patch(path, len(CONTENT), b"", Upload_Length=str(len(CONTENT)))

    assert (made.status_code, growing.headers["Upload-Defer-Length"]) == (201, "1")
    assert "Upload-Length" not in growing.headers
    assert last.headers["Upload-SHA256"] == hash_of(CONTENT)
    assert sender.ask("HEAD", path).headers["Upload-SHA256"] == hash_of(CONTENT)


@pytest.mark.parametrize("length", ["3", "0", "nine"])
def test_an_invalid_length_is_refused(sender: Sender, length: str) -> None:
    """A final length is refused if it is invalid or less than the received bytes.

    The upload stays open.
    """
    path = sender.ask("POST", "/uploads/", Upload_Defer_Length="1").headers["Location"]
    sender.patch(path, 0, CONTENT[:10])

    refused = sender.patch(path, 10, b"", Upload_Length=length)

    assert refused.status_code in {400, 409}
    assert sender.ask("HEAD", path).headers["Upload-Defer-Length"] == "1"


def test_a_file_larger_than_the_disk_is_refused(
    settings: Settings, queue: WorkQueue, mentor: Account, token_of: Callable[[Account], Headers]
) -> None:
    """The announcement of a file larger than the free space answers 413 with a message."""
    huge = open_library(replace(settings, max_upload_mb=2**40))
    app = made_app(library=huge, engine=ScanningEngine(huge), queue=queue)
    sender = Sender(app.test_client(), token_of(mentor))

    answer = sender.ask("POST", "/uploads/", Upload_Length=str(2**52))

    assert answer.status_code == 413
    assert "disk has only" in answer.json["detail"]
    huge.close()
