"""A real Prometheus: one that scrapes itself and a real node_exporter once a second, or one as a test wants it."""

import json
import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import find_component
from tests.waiting import wait_for

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: ['127.0.0.1:{own}']}}]
  - job_name: node
    static_configs: [{{targets: ['127.0.0.1:{node}']}}]
"""


@dataclass
class Monitoring:
    """A running Prometheus; `stop` ends it for good. `headers` and `tls` are how the tests ask it."""

    port: int
    process: subprocess.Popen
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        # The certificates of the tests name localhost.
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}{self.path}"

    def ask(self, path: str, **parameters: object) -> dict:
        """What Prometheus answers, read by nothing but the standard library; refusals too."""
        try:
            url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
            request = urllib.request.Request(url, headers=self.headers)  # noqa: S310 - loopback
            with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:  # noqa: S310 - loopback
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def series(self, query: str, start: float, end: float, step: float) -> dict[tuple, dict[float, float]]:
        """Samples by instant, of each series by its sorted labels."""
        answer = self.ask("/api/v1/query_range", query=query, start=start, end=end, step=step)
        return {
            tuple(sorted(one["metric"].items())): {at: float(value) for at, value in one["values"]}
            for one in answer["data"]["result"]
        }

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def run_monitoring(folder: Path, textfiles: Path) -> Iterator[Monitoring]:
    """Start both in `folder`; the exporter shows the `*.prom` files of `textfiles` beside CPU and load."""
    own, node = take_port(), take_port()
    folder.mkdir(parents=True)
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(own=own, node=node))
    exporter = [
        find_component("node_exporter"),
        "--collector.disable-defaults",
        "--collector.cpu",
        "--collector.loadavg",
        "--collector.textfile",
        f"--collector.textfile.directory={textfiles}",
        f"--web.listen-address=127.0.0.1:{node}",
    ]
    server = [
        find_component("prometheus"),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    # Debian's packages start services of their own; these here know nothing of them.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(exporter, cwd=folder, env=environment, stderr=log, stdout=log) as second,
        subprocess.Popen(server, cwd=folder, env=environment, stderr=log, stdout=log) as first,
    ):
        monitoring = Monitoring(own, first)
        try:
            yield monitoring
        finally:
            first.kill()
            second.kill()


@contextmanager
def run_prometheus(
    folder: Path,
    *arguments: str,
    path: str = "",
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Monitoring]:
    """Run a Prometheus that scrapes nothing, on the data that lies in `folder`/data, until the context ends."""
    port = take_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text("global: {}\n")
    command = [
        find_component("prometheus"),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        *([f"--web.external-url=http://127.0.0.1:{port}{path}"] if path else []),
        *arguments,
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stderr=log, stdout=log) as process,
    ):
        monitoring = Monitoring(port, process, path, headers or {}, tls)
        try:
            wait_for(
                lambda: monitoring.ask("/api/v1/query", query="vector(1)")["status"] == "success",
                "Prometheus",
            )
            yield monitoring
        finally:
            process.kill()


def write_blocks(folder: Path) -> None:
    """Make `folder`/data of `folder`/past.om, an exposition with the instants of its samples, by promtool."""
    tool = Path(find_component("prometheus")).with_name("promtool")
    # Larger blocks than it would write itself, for it reads the file once a block.
    command = [tool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=768h"]
    subprocess.run([*command, "past.om", "data"], cwd=folder, check=True, capture_output=True)


def take_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
