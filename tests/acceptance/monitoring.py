"""A real Prometheus that scrapes itself and a real node_exporter once a second."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import find_component

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
    """A running Prometheus; `stop` ends it for good."""

    port: int
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, **parameters: object) -> dict:
        """What Prometheus answers, read by nothing but the standard library; refusals too."""
        try:
            url = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
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


def take_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, KeyError, IndexError, ValueError):
            pass  # not up yet, or nothing there yet
        time.sleep(0.05)
    raise AssertionError(f"after {seconds:.0f} s still not: {what}")
