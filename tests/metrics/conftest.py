"""A real Prometheus with a known day of samples, a server with canned answers, and the queries to ask them."""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sitegen.http import Endpoint, RetryBudget, Session
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.metrics.model import MetricQuery
from sitegen.metrics.source import PrometheusSource
from sitegen.redaction import Redactor
from sitegen.units import Window

DAY_START = 1_750_000_800.0  # 2025-06-15T15:20:00Z, a multiple of 300 s
DAY_END = DAY_START + 86_400
SCRAPE = 60

MakeSource = Callable[..., PrometheusSource]


@pytest.fixture
def query() -> MetricQuery:
    return MetricQuery(source="prom", expression="up", window=Window(DAY_START, DAY_START + 600, 60.0))


@pytest.fixture
def make_source() -> Iterator[MakeSource]:
    """A source behind the real HTTP door; one attempt, so that no test waits for a pause."""
    sessions = []

    def make(
        url: str, *, redactor: Redactor | None = None, seconds: float = 10.0, **settings
    ) -> PrometheusSource:
        clock = SystemClock()
        endpoint = Endpoint(name="prom", url=url, **{"attempts": 1} | settings)
        chosen = redactor or Redactor()
        session = Session(
            endpoint, clock=clock, deadline=Deadline(clock, seconds), budget=RetryBudget(), redactor=chosen
        )
        sessions.append(session)
        return PrometheusSource(session, name="prom", redactor=chosen)

    yield make
    for session in sessions:
        session.close()


# --- A server that gives what it was told to give ---------------------------------


@dataclass
class Canned:
    """One answer of the canned server."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


@dataclass
class Asked:
    """One request that the canned server saw."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, list[str]]


@dataclass
class CannedServer:
    """Gives its answers in turn, the last one again and again, and remembers what it was asked."""

    url: str
    answers: list[Canned] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path, _, parameters = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            form = urllib.parse.parse_qs(body or parameters)
            server.asked.append(Asked(self.command, path, dict(self.headers), form))
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = CannedServer(url=f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    listener.shutdown()
    listener.server_close()
    thread.join()


# --- A real Prometheus ------------------------------------------------------------


def seeded_exposition() -> str:
    """A day of 22 series, one sample a minute, with gaps, NaN, infinities and hostile label values."""
    times = range(int(DAY_START), int(DAY_END) + 1, SCRAPE)
    lines = ["# TYPE requests counter"]
    for number, (code, method) in enumerate(
        [("200", "get"), ("200", "post"), ("404", "get"), ("500", "get")]
    ):
        lines += [
            f'requests_total{{code="{code}",method="{method}"}} {step * (number + 1) * 3.5} {at}'
            for step, at in enumerate(times)
        ]
    lines.append("# TYPE temperature gauge")
    for room in (
        '<script>alert("1")</script>'.replace('"', '\\"'),
        "Küche ☕",
        "a\\\\b\\nc",
        "10.1.2.3:9100",
        "10.1.9.9:9100",
    ):
        lines += [
            f'temperature{{room="{room}"}} {reading(step)} {at}'
            for step, at in enumerate(times)
            if not 300 <= step < 420  # longer than the 5 minutes that a sample counts for
        ]
    lines.append("# TYPE latency_seconds histogram")
    for path in ("/", "/api"):
        for upper, share in (("0.1", 0.5), ("0.5", 0.8), ("1.0", 0.9), ("5.0", 0.95), ("+Inf", 1.0)):
            lines += [
                f'latency_seconds_bucket{{path="{path}",le="{upper}"}} {int(step * 10 * share)} {at}'
                for step, at in enumerate(times)
            ]
        lines += [f'latency_seconds_count{{path="{path}"}} {step * 10} {at}' for step, at in enumerate(times)]
    return "\n".join([*lines, "# EOF\n"])


def reading(step: int) -> str:
    """The value of `temperature` at a step of the day."""
    return {50: "NaN", 60: "+Inf", 70: "-Inf"}.get(step, repr(20 + step % 7 / 3))


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Prometheus that holds the seeded day; use with `@pytest.mark.needs("prometheus")`."""
    server, tool = shutil.which("prometheus"), shutil.which("promtool")
    assert server, "mark the test with @pytest.mark.needs('prometheus')"
    assert tool, "promtool comes with prometheus"
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "day.om").write_text(seeded_exposition())
    (folder / "prometheus.yml").write_text("global: {}\n")
    subprocess.run(
        [tool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "day.om", "data"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    yield from _running(server, folder, url)


def _running(server: str, folder: Path, url: str) -> Iterator[str]:
    arguments = [
        server,
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--log.level=error",
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(arguments, cwd=folder, stderr=log, stdout=log) as process,
    ):
        try:
            for _ in range(400):
                assert process.poll() is None, (folder / "log").read_text()
                if _is_ready(url):
                    break
                time.sleep(0.05)
            else:
                pytest.fail("Prometheus was not ready after 20 s: " + (folder / "log").read_text())
            yield url
        finally:
            process.terminate()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=2) as answer:  # noqa: S310 - loopback
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def ask_plainly(url: str, path: str, **parameters: object) -> dict:
    """What Prometheus answers, read by nothing but the standard library."""
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)
