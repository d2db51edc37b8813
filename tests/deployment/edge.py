"""What stands before a bucket: a cache that serves what it has for as long as the headers say, and a server that serves a bucket."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.exceptions import ClientError

FRESH, STALE = re.compile(r"s-maxage=(\d+)"), re.compile(r"stale-while-revalidate=(\d+)")


class Cache:
    """A cache with the TTLs of the objects, by a clock of its own; `spoils` changes what comes out of it."""

    def __init__(self, bucket) -> None:
        self.bucket = bucket
        self.now = 0.0
        self.policy = ""
        self.kept: dict[str, tuple[float, int, dict[str, str], bytes]] = {}
        self.spoils: Callable[[str, int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]] = (
            lambda path, status, headers, body: (status, headers, body)
        )
        self.asked: list[str] = []
        self.lock = threading.Lock()

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        with self.lock:
            self.asked.append(path)
            at, status, headers, body = self.kept.get(path, (-1e9, 0, {}, b""))
            control = headers.get("Cache-Control", "s-maxage=10" if status == 404 else "")
            fresh, stale = (
                int(found[1]) if (found := rule.search(control)) else 0 for rule in (FRESH, STALE)
            )
            if self.now - at >= fresh + stale or not status:
                at, (status, headers, body) = self.now, self.fetch(path)
                self.kept[path] = (at, status, headers, body)
            elif self.now - at >= fresh:  # serve it once more, and fetch meanwhile
                self.kept[path] = (self.now, *self.fetch(path))
            return self.spoils(path, status, headers, body)

    def fetch(self, path: str) -> tuple[int, dict[str, str], bytes]:
        key = path.lstrip("/") or "index.html"
        try:
            found = self.bucket.client.get_object(Bucket=self.bucket.name, Key=key)
        except ClientError:
            return 404, {"Content-Type": "text/html; charset=utf-8"}, b"not here"
        headers = {"Content-Type": found["ContentType"], "Cache-Control": found["CacheControl"]}
        if self.policy:
            headers["Content-Security-Policy"] = self.policy
        return 200, headers, found["Body"].read()


@contextmanager
def serving(cache: Cache) -> Iterator[str]:
    """Serve a cache on loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, headers, body = cache.get(self.path)
            self.send_response_only(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
