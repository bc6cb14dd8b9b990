"""Language model server on loopback with prepared answers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LanguageModel:
    """Language model server on loopback with prepared answers."""

    def __init__(self) -> None:
        self.says = ""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.raw: bytes | None = None
        self.requests: list[tuple[str, str, dict]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.requests.append((self.path, self.headers.get("Authorization", ""), body))
                self.send_response(model.status)
                for name, value in model.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in model.pieces():
                    try:
                        self.wfile.write(piece)
                        self.wfile.flush()
                    except OSError:
                        return  # the client closed the connection

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def pieces(self) -> Iterator[bytes]:
        """Yield the reply, byte by byte if a delay is set."""
        reply = {"choices": [{"message": {"role": "assistant", "content": self.says}}]}
        body = json.dumps(reply).encode() if self.raw is None else self.raw
        if not self.delay:
            yield body
            return
        for i in range(len(body)):
            time.sleep(self.delay)
            yield body[i : i + 1]


@contextmanager
def running_model() -> Iterator[LanguageModel]:
    """Run a language model server until the block ends."""
    running = LanguageModel()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()
        thread.join()
