"""A built site on loopback, with the headers and the compression that it is published with."""

import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import brotli

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".jpg": "image/jpeg",
}
COMPRESSED = (".html", ".css", ".csv", ".json", ".svg", ".txt", ".xml")
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)


def content_security_policy(folder: Path) -> str:
    """The published policy: no script at all, and only the styles that the pages hold (CSP level 3, hashes)."""
    styles = {style for page in folder.rglob("*.html") for style in _STYLE.findall(page.read_bytes())}
    hashes = sorted(f"'sha256-{b64encode(hashlib.sha256(style).digest()).decode()}'" for style in styles)
    return (
        "default-src 'none'; script-src 'none'; "
        f"style-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class SiteHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the files of one folder."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, policy: str, *connection: Any) -> None:
        self.folder, self.policy = folder, policy
        super().__init__(*connection)

    def do_GET(self) -> None:
        status, file = self.find()
        self.answer(status, file.suffix, file.read_bytes() if file.is_file() else b"Not found.\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def find(self) -> tuple[int, Path]:
        path = unquote(urlsplit(self.path).path)
        file = (self.folder / path.lstrip("/")).resolve()
        if path.endswith("/"):
            file /= "index.html"
        if file.is_relative_to(self.folder.resolve()) and file.is_file():
            return 200, file
        return 404, self.folder / "404.html"

    def answer(self, status: int, suffix: str, body: bytes) -> None:
        accepted = self.headers.get("Accept-Encoding", "")
        encoding = ""
        if suffix in COMPRESSED and "br" in accepted:
            encoding, body = "br", brotli.compress(body)
        elif suffix in COMPRESSED and "gzip" in accepted:
            encoding, body = "gzip", gzip.compress(body, mtime=0)
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: a test reads what the browser saw."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder while the context lasts; gives its address, without a slash at the end."""
    handler = partial(SiteHandler, folder, content_security_policy(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
