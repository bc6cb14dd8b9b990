"""WSGI environment of an ASGI request (PEP 3333)."""

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.wsgi import FileWrapper

PIECE = 256 * 1024  # bytes per chunk of a file response
OF_PROXIES = {
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_BY",
    "HTTP_X_REAL_IP",
}


def environ_of(scope: dict[str, Any], *, trusted_proxies: int) -> dict[str, Any]:
    """Return the WSGI environment of an ASGI request, without its body.

    Proxy headers are removed if no proxy is trusted. Header names with an underscore are always
    removed: in the environment they look like names with a hyphen.
    """
    client, server = scope["client"] or ("", 0), scope["server"] or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(_path(scope["raw_path"])).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": _wrap,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        text = value.decode("latin-1")
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{text}" if key in environ else text
    if not trusted_proxies:
        for key in OF_PROXIES & environ.keys():
            del environ[key]
    return environ


def _path(target: bytes) -> bytes:
    """Return the path of a request target in origin or absolute form (RFC 9112, section 3.2)."""
    if target.startswith(b"/") or b"://" not in target:
        return target
    _, slash, path = target.partition(b"://")[2].partition(b"/")
    return (slash or b"/") + path


def _wrap(file: Any, _size: int = PIECE) -> FileWrapper:
    return FileWrapper(file, PIECE)
