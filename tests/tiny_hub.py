"""A small Hugging Face hub on loopback with prepared repositories."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

COMMIT = "1234567890abcdef1234567890abcdef12345678"
NEWER = "abcdefabcdefabcdefabcdefabcdefabcdefabcd"


class TinyHub:
    """Hub whose repositories have the commits `COMMIT` and `NEWER`, which is `main`."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}  # file contents by name
        self.commits = [COMMIT, NEWER]
        self.broken: set[str] = set()  # files that the hub does not send
        self.sent: list[str] = []  # paths of files that were sent
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self, with_body=False)

            def do_GET(self) -> None:
                hub.answer(self, with_body=True)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        """Answer one request of the hub's API or for a file."""
        path = request.path.partition("?")[0].removeprefix("/")
        if path.startswith("api/models/"):
            found = self._about(path.removeprefix("api/models/"))
            self._send(request, json.dumps(found).encode(), found is not None, with_body, {})
            return
        repository, _, rest = path.partition("/resolve/")
        commit, _, name = rest.partition("/")
        content = self.repositories.get(repository, {}).get(name)
        there = content is not None and name not in self.broken
        if there and with_body:
            self.sent.append(name)
        etag = hashlib.sha256(content or b"").hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit}
        self._send(request, content or b"", there, with_body, headers)

    def _about(self, path: str) -> Any:
        """Return what the API says about a repository or its files, or None."""
        owner, name, *rest = path.split("/")
        files = self.repositories.get(f"{owner}/{name}")
        what, revision = rest or ("revision", "main")
        commit = NEWER if revision == "main" else revision
        if files is None or commit not in self.commits:
            return None
        if what == "tree":
            return [
                {"type": "file", "path": path, "size": len(content), "oid": path}
                for path, content in files.items()
            ]
        siblings = [{"rfilename": path} for path in files]
        return {"id": f"{owner}/{name}", "sha": commit, "siblings": siblings}

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        body: bytes,
        there: bool,
        with_body: bool,
        headers: dict[str, str],
    ) -> None:
        request.send_response(200 if there else 404)
        for name, value in headers.items():
            request.send_header(name, value)
        if not there:
            request.send_header("X-Error-Code", self._error(request.path))
            body = b""
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if with_body:
            request.wfile.write(body)

    def _error(self, path: str) -> str:
        if "/resolve/" in path:
            return "EntryNotFound"
        repository = "/".join(path.split("/")[3:5])
        return "RevisionNotFound" if repository in self.repositories else "RepoNotFound"


@contextmanager
def running_hub() -> Iterator[TinyHub]:
    """Run a hub without repositories until the block ends."""
    hub = TinyHub()
    thread = Thread(target=hub.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.server.shutdown()
        hub.server.server_close()
        thread.join()
