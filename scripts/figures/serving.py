"""A crowd at the preview server: clients that all connect before the first is answered."""

import contextlib
import re
import resource
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from figures.runs import SITEGEN, environment, new_site, run
from figures.table import Figure, amount

_REQUEST = b"GET /metrics/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def measure(folder: Path) -> Iterator[Figure]:
    """Return how many of 1,000 clients at once are left without their answer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    site = new_site(folder / "site")
    run([SITEGEN, "build", "-q"], site)
    server = subprocess.Popen(
        [SITEGEN, "serve", "--no-build", "--port", "0"],
        cwd=site, env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        line = server.stdout.readline() if server.stdout else ""
        port = int(re.findall(r":(\d+)/", line)[-1])
        yield amount("1,000 clients at once: answers lost", 1000 - _answered(port, 1000), "of them", 0)
    finally:
        server.terminate()
        server.wait(10)


def _answered(port: int, count: int) -> int:
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(socket.socket()) for _ in range(count)]
        for client in clients:
            client.settimeout(60)
            client.connect(("127.0.0.1", port))
        for client in clients:
            client.sendall(_REQUEST)
        return sum(_is_whole(client) for client in clients)


def _is_whole(client: socket.socket) -> bool:
    reply = b""
    try:
        while piece := client.recv(65536):
            reply += piece
    except OSError:
        return False
    head, _, body = reply.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return reply.startswith(b"HTTP/1.1 200") and length is not None and len(body) == int(length[1])
