"""The program's own preview server, as a visitor meets it."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.acceptance.sites import Site


@contextmanager
def preview(site: Site, *arguments: str, command: str = "serve") -> Iterator[str]:
    """Run `sitegen serve` (or `demo`) while the context lasts; gives its address, without a slash at the end."""
    process = site.start(command, "--port", "0", *arguments)
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
            line = process.stdout.readline()
            assert line, f"{said}{process.poll() and process.stderr.read()}"
            said += line
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
        process.kill()
        process.wait()
