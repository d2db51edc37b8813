"""The gate beside Chromium without a policy: what a fragment makes that fetch, the gate finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sitegen.gate.inspection import inspect_file
from sitegen.templating.policy import page_policy
from tests.gate.fragments import HEAD, Fragment, Fragments, file_of

TYPES = {"html": "text/html; charset=utf-8", "svg": "image/svg+xml", "xml": "application/xml"}
A_VISIT, A_FILE = 250, 12


class _Files(BaseHTTPRequestHandler):
    """Answers with a file of the server's, or notes down what was asked for."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.asked.add(name)
        body = self.server.files.get(name, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", TYPES.get(name.rpartition(".")[2], "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing: what was asked for is kept."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Files)
        self.files: dict[str, bytes] = {}
        self.asked: set[str] = set()

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that hangs up."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@contextmanager
def serving() -> Iterator[_Server]:
    with _Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def fetched(browser, site: _Server, trap: _Server, files: dict[str, bytes]) -> set[int]:
    """Show files to the browser, each in a frame of its own; returns the numbers of the fragments that fetched something."""
    trap.asked.clear()
    frames = "".join(
        f"<iframe sandbox='allow-scripts allow-same-origin' src=/{name}></iframe>" for name in files
    )
    site.files = files | {"all.html": f"<!doctype html>{frames}".encode()}
    with browser.new_context() as context, context.new_page() as page:
        page.goto(f"{site.url}all.html", wait_until="load")
        page.wait_for_timeout(100)
    return {int(number) for name in trap.asked if (number := name.partition("/")[0]).isdecimal()}


def grouped(fragments: list[Fragment]) -> dict[str, bytes]:
    """Put fragments that do not disturb each other into files together: frames are what takes time."""
    groups: list[list[Fragment]] = [[one] for one in fragments if one.alone]
    for kind in TYPES:
        peaceful = [one for one in fragments if one.kind == kind and not one.alone]
        groups += [peaceful[start : start + A_FILE] for start in range(0, len(peaceful), A_FILE)]
    return {f"{number}.{group[0].kind}": file_of(group) for number, group in enumerate(groups)}


def is_found(fragment: Fragment) -> bool:
    return inspect_file(f"x.{fragment.kind}", file_of([fragment])) != ()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize(
    "count", [1_000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]
)
def test_what_a_browser_fetches_from_elsewhere_is_found(browser, count):
    loading: set[int] = set()
    with serving() as site, serving() as trap:
        source = Fragments(seed=count, trap=trap.url)
        for start in range(0, count, A_VISIT):
            fragments = [source.make(number) for number in range(start, start + A_VISIT)]
            fetching = fetched(browser, site, trap, grouped(fragments))
            loading |= fetching
            for one in fragments:
                # Beside others it may be read otherwise than the gate reads it, which sees it alone.
                if one.number in fetching and not is_found(one):
                    alone = fetched(browser, site, trap, {f"x.{one.kind}": file_of([one])})
                    assert one.number not in alone, one
    assert len(loading) > count / 6


@pytest.mark.needs("chromium")
def test_the_policy_that_a_page_carries_keeps_back_what_it_would_fetch(browser):
    with serving() as site, serving() as trap:
        url = trap.url
        body = f'<h1>h</h1><img src="{url}1"><script>fetch("{url}2")</script><p style="background:url({url}3)" onclick=x>x</p>'
        page = f"{HEAD}{{}}<style>h1{{{{background:url({url}4)}}}}</style>{body}"
        policy = f'<meta http-equiv="Content-Security-Policy" content="{page_policy("a{}")}">'
        assert fetched(browser, site, trap, {"x.html": page.format("").encode()}) == {1, 2, 3, 4}
        assert fetched(browser, site, trap, {"x.html": page.format(policy).encode()}) == set()
