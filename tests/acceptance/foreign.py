"""A server on loopback that is shaped like Prometheus and says what a test wants; other paths answer a probe."""

import json
import math
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Asked = dict[str, str]
Answer = Callable[[Asked], dict]


def instants(asked: Asked) -> Iterator[float]:
    """The instants that a range query asks for."""
    if "step" not in asked:  # an instant query, as `sitegen check` sends it
        return iter(())
    start, end, step = (float(asked[name]) for name in ("start", "end", "step"))
    return (start + index * step for index in range(round((end - start) / step) + 1))


def matrix(asked: Asked, labels: Sequence[dict[str, str]], **beside: object) -> dict:
    """An answer with a steady wave for each of these sets of labels."""
    return {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {
                    "metric": one,
                    "values": [
                        [at, repr(10 * (number + 1) + math.sin(at / 900 + number))] for at in instants(asked)
                    ],
                }
                for number, one in enumerate(labels)
            ],
        },
        **beside,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        asked = dict(urllib.parse.parse_qsl(form or urllib.parse.urlsplit(self.path).query))
        document = self.server.answer(asked)
        self.reply(200 if document["status"] == "success" else 422, json.dumps(document).encode())

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self.do_POST()
        else:  # `/200/...` is answered with 200, and so on
            self.reply(int(self.path.split("/")[1]), b"<html>hello</html>")

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_answers(answer: Answer) -> Iterator[str]:
    """Serve while the context lasts; gives the address, without a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answer, server.daemon_threads = answer, True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
