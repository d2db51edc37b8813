"""What is probed, and how: `[[probes]]`."""

from collections.abc import Sequence
from ipaddress import ip_address

from sitegen.availability.model import Probe
from sitegen.config.checks import Checks, echo
from sitegen.config.reading import defaults_of
from sitegen.config.secrets import Secrets
from sitegen.config.sources import check_tls
from sitegen.http import check_address

_ANSWERED = dict.fromkeys(
    ("method", "body", "expect_status", "expect_body", "headers", "follow_redirects"), ("http",)
)
_TYPES = _ANSWERED | {"tls_config": ("http", "tls"), "expect_answer": ("dns",)}
"""The keys that do not go with every type."""


def resolve_probes(check: Checks, secrets: Secrets, probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """Check `[[probes]]`, and take note of the secrets in them."""
    check.unique("probes", [probe.id for probe in probes], of="id")
    for index, probe in enumerate(probes):
        key = f"probes[{index}]"
        _check_type(check, key, probe)
        _check_answer(check, key, probe)
        check_tls(check, f"{key}.tls_config", probe.tls_config)
        secrets.url(probe.url)
        secrets.plain_headers(f"{key}.headers", probe.headers)
    return tuple(probes)


def _check_type(check: Checks, key: str, probe: Probe) -> None:
    """Refuse an address or a key of another type."""
    scheme = probe.url.partition("://")[0]
    if scheme != probe.type and scheme in ("tcp", "dns", "tls"):
        raise check.fail(
            f"{key}.url",
            f'begins with {scheme}://, which goes with type = "{scheme}"; add that, or correct it',
        )
    try:
        check_address(probe.type, probe.url)
    except ValueError as error:
        raise check.fail(f"{key}.url", str(error)) from None
    defaults = defaults_of(Probe)
    for name, types in _TYPES.items():
        if probe.type not in types and getattr(probe, name) not in (defaults[name], {}):
            said = f"does not go with type {probe.type}, only with {' and '.join(types)}; remove it"
            raise check.fail(f"{key}.{name}", said)


def _check_answer(check: Checks, key: str, probe: Probe) -> None:
    """Refuse an expectation that nothing can meet."""
    if probe.method == "HEAD" and probe.expect_body is not None:
        raise check.fail(f"{key}.expect_body", "cannot be found in the answer to HEAD, which has no body")
    if probe.expect_status == ():
        raise check.fail(f"{key}.expect_status", 'names no status; write it like ["2xx", 304]')
    family, example = (6, "2001:db8::10") if probe.url.endswith("?type=AAAA") else (4, "192.0.2.10")
    for one in probe.expect_answer if isinstance(probe.expect_answer, tuple) else (probe.expect_answer,):
        if one is not None and not _is_address(one, family):
            said = f"{echo(one)} is not what the name is asked for, an IPv{family} address like {example}"
            raise check.fail(f"{key}.expect_answer", said)


def _is_address(text: str, family: int) -> bool:
    try:
        return ip_address(text).version == family
    except ValueError:
        return False
