"""A site to serve, and a server that serves it on loopback."""

import http.client
import threading

import pytest
from sitegen.instrumentation.clock import SystemClock
from sitegen.server.access_log import AccessLog
from sitegen.server.preview import PreviewServer

STYLE = "body{color:#d5ddd8}"
OVERVIEW = f"<!DOCTYPE html><title>obs</title><style>{STYLE}</style><p>up" + " and up" * 300


@pytest.fixture
def dist(tmp_path):
    folder = tmp_path / "dist"
    files = {
        "index.html": OVERVIEW,
        "metrics/index.html": "<!DOCTYPE html><title>metrics</title>",
        "404.html": "<!DOCTYPE html><title>404</title>",
        "status.json": '{"version": 1}',
        "feed.xml": "<feed/>",
        "badge.svg": "<svg><style>a{}</style></svg>",
        "metrics/p95.1h.csv": "time\n",
        "_a/me.0123456789abcdef.png": "png",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def said():
    return []


@pytest.fixture
def log(tmp_path):
    return tmp_path / "state" / "log" / "access.jsonl"


@pytest.fixture
def server(dist, log, said):
    clock = SystemClock()
    running = PreviewServer(
        dist, ("127.0.0.1", 0), log=AccessLog(log, said.append), clock=clock, echo=said.append
    )
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def ask(server):
    def send(target, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        try:
            connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            reply = connection.getresponse()
            reply.content = reply.read()
            return reply
        finally:
            connection.close()

    return send
