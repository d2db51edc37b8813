"""`/status.json`: the same facts as the pages, for machines."""

from collections.abc import Sequence

import msgspec

from sitegen.availability.model import ServiceStatus, worst_of
from sitegen.findings import SourceRow
from sitegen.output import OutputFile
from sitegen.redaction import visible
from sitegen.units import rfc3339


class _Service(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    title: str
    status: str
    since: str | None
    url: str = ""


class _Source(msgspec.Struct, frozen=True):
    name: str
    status: str
    fetched_at: str | None


class _Status(msgspec.Struct, frozen=True, omit_defaults=True):
    version: int
    generated_at: str
    next_due: str
    status: str
    worst: str
    services: tuple[_Service, ...]
    sources: tuple[_Source, ...]
    simulated: bool = False


def write_status(
    status: str,
    services: Sequence[ServiceStatus],
    sources: Sequence[SourceRow],
    generated_at: float,
    next_due: float,
    *,
    simulated: bool = False,
) -> OutputFile:
    """`/status.json`, as the command line's contract shapes it; `status` is ok, degraded or failed.

    `worst` is the worst service's word, while `status` is the build's. `simulated` stands in it only where it is true.
    """
    document = _Status(
        version=1,
        generated_at=rfc3339(generated_at),
        next_due=rfc3339(next_due),
        status=status,
        worst=worst_of(one.state for one in services),
        services=tuple(
            _Service(
                id=service.id,
                title=visible(service.title),
                status=str(service.state),
                since=None if service.since is None else rfc3339(service.since),
                url=service.url,
            )
            for service in services
        ),
        sources=tuple(
            _Source(
                name=visible(source.name),
                status=str(source.status),
                fetched_at=None if source.fetched is None else source.fetched.raw,
            )
            for source in sources
        ),
        simulated=simulated,
    )
    return OutputFile("status.json", msgspec.json.encode(document) + b"\n")
