"""What is probed, and how: `[[probes]]`."""

from collections.abc import Sequence

from sitegen.availability.model import Probe
from sitegen.config.checks import Checks
from sitegen.config.secrets import Secrets
from sitegen.config.sources import check_tls


def resolve_probes(check: Checks, secrets: Secrets, probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """Check `[[probes]]`, and take note of the secrets in them."""
    check.unique("probes", [probe.id for probe in probes], of="id")
    for index, probe in enumerate(probes):
        key = f"probes[{index}]"
        if probe.method == "HEAD" and probe.expect_body is not None:
            raise check.fail(f"{key}.expect_body", "cannot be found in the answer to HEAD, which has no body")
        if probe.expect_status == ():
            raise check.fail(f"{key}.expect_status", 'names no status; write it like ["2xx", 304]')
        check_tls(check, f"{key}.tls_config", probe.tls_config)
        secrets.url(probe.url)
        secrets.plain_headers(f"{key}.headers", probe.headers)
    return tuple(probes)
