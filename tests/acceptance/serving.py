"""The program's own preview server, as a visitor meets it."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.acceptance.sites import Site


@contextmanager
def preview(site: Site, *arguments: str) -> Iterator[str]:
    """Run `sitegen serve` while the context lasts; gives its address, without a slash at the end."""
    process = site.start("serve", "--port", "0", *arguments)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"{line}{process.poll() and process.stderr.read()}"
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
        process.kill()
        process.wait()
