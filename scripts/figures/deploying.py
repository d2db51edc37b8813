"""A deploy that finds nothing to do, against a store on loopback."""

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from figures.runs import PYTHON, SITEGEN, environment, new_site, run, time_in_turn
from figures.table import Figure, times

__all__ = ["measure"]

BUCKET = "bench"


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return the time of a deploy without a change, and what it asked for."""
    with store(folder) as url:
        site = new_site(folder / "site")
        with (site / "sitegen.toml").open("a") as config:
            config.write(
                f'\n[deploy.targets.bench]\nbuckets = [{{ name = "{BUCKET}", region = "us-east-1" }}]\n'
                f'endpoint_url = "{url}"\n'
            )
        run([SITEGEN, "build"], site)
        run([SITEGEN, "deploy"], site)
        reports: list[dict[str, dict[str, int]]] = []
        seconds = time_in_turn(
            {
                "boto3": lambda: run(
                    [PYTHON, "-c", "import boto3; boto3.client('s3', region_name='us-east-1')"], site
                ),
                "deploy": lambda: reports.append(
                    json.loads(run([SITEGEN, "deploy", "--format", "json"], site))
                ),
            },
            runs,
        )
    asked = ", ".join(f"{count} {kind}" for kind, count in reports[-1]["requests"].items() if count)
    beside = f"requests: {asked or 'none'}; {min(seconds['boto3']):.3f} s for a client of boto3"
    yield times("sitegen deploy, nothing to do", seconds["deploy"], None, beside)


@contextlib.contextmanager
def store(folder: Path) -> Iterator[str]:
    """Run moto's server with one empty bucket; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(PYTHON).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with (folder / "moto.log").open("wb") as log, subprocess.Popen(
        command, env=environment(), stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            await_port(port)
            make = f"import boto3; boto3.client('s3', region_name='us-east-1', endpoint_url={url!r}).create_bucket(Bucket={BUCKET!r})"
            run([PYTHON, "-c", make], folder)
            yield url
        finally:
            process.terminate()


def await_port(port: int) -> None:
    """Wait until somebody listens. Raises TimeoutError after 20 seconds."""
    for _ in range(400):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")
