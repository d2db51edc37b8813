"""The program's own preview server, as a visitor meets it."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
        end = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
        process.communicate()
