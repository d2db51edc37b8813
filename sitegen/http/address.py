"""Which addresses may be asked, where a redirect may lead, and how an address is shown."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from sitegen.http.failures import DoorError, Failure
from sitegen.redaction import visible

_PORTS = {"http": 80, "https": 443}
# Clouds answer on these with the machine's own credentials; no telemetry source lives there.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
# An IPv4 address ends one of these: v4-compatible and v4-mapped (RFC 4291), v4-translated (RFC 2765), NAT64 (RFC 6052).
_ENDS_IN_IPV4 = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
)
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
_HOST = r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+(?:%\w+)?\])"
_SHAPES = {
    "tcp": re.compile(rf"tcp://{_HOST}:(?P<port>[0-9]{{1,5}})"),
    "tls": re.compile(rf"tls://{_HOST}:(?P<port>[0-9]{{1,5}})"),
    "dns": re.compile(r"dns://[\w.-]+(?P<port>)(?:\?type=(?:A|AAAA))?"),
}
_EXAMPLES = {
    "tcp": "tcp://db.example.org:5432",
    "tls": "tls://mail.example.org:993",
    "dns": "dns://example.org?type=A",
}
_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})


def check_address(kind: str, address: str) -> None:
    """Refuse an address that is not one of its kind (http, tcp, tls, dns): raises ValueError with a sentence."""
    if kind == "http":
        check_url(address)
    elif not (found := _SHAPES[kind].fullmatch(address)) or not 0 < int(found["port"] or 1) < 65_536:
        shown = visible(_without_query(address))[:80]
        raise ValueError(f"{shown!r} is no address of type {kind}; write it like {_EXAMPLES[kind]}")
    else:
        _check_host(address)


def check_url(url: str) -> None:
    """Refuse a URL that sitegen will not fetch: raises ValueError with a sentence.

    Only http and https are spoken. Link-local addresses (169.254.0.0/16, where cloud
    metadata answers, in any spelling that a resolver takes) are refused.
    """
    if not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(
            f"{visible(_without_query(url))[:80]!r} holds a space, a backslash or a control character; remove it"
        )
    parts = _split(url)
    if parts.scheme not in _PORTS:
        raise ValueError(f"{shown_url(url)[:80]!r} is not fetched; a url starts with http:// or https://")
    if not parts.hostname:
        raise ValueError(f"{shown_url(url)[:80]!r} names no host; write it like http://127.0.0.1:9090")
    _check_host(url)


def _check_host(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if host.rstrip(".").lower() in _METADATA_NAMES or is_forbidden_address(host.rstrip(".")):
        raise ValueError(
            f"{shown_url(url)[:80]!r} is a link-local or metadata address, which may hold this machine's"
            " credentials; name the source's own address"
        )


def is_forbidden_address(host: str) -> bool:
    """Return whether this host, where it is an IP address in any spelling, is link-local or cloud metadata."""
    address = _as_address(host)
    inside = _inside(address) if isinstance(address, ipaddress.IPv6Address) else ()
    return address is not None and any(one.is_link_local or one in _METADATA for one in (address, *inside))


def _as_address(host: str) -> _IpAddress | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:  # 2852039166, 0xa9fea9fe, 0251.0376.0251.0376 and 169.254.43518 all reach 169.254.169.254
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeEncodeError):
            return None


def _inside(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that a gateway or a tunnel may take this one for."""
    packed = address.packed
    if any(address in network for network in _ENDS_IN_IPV4) or packed[8:12] in _ISATAP:
        yield ipaddress.IPv4Address(packed[12:])
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if (
        address in _LOCAL_NAT64
    ):  # RFC 8215; its operator chooses one of RFC 6052's forms, in which octet 8 is passed over
        parted = packed[:8] + packed[9:]
        yield from (ipaddress.IPv4Address(parted[start : start + 4]) for start in (6, 7, 8, 11))


def join_path(base: str, path: str) -> str:
    """Put an API's path below a source's URL: `http://h/prefix/` + `/api` -> `http://h/prefix/api`.

    The empty path is the URL itself, query included. Raises ValueError for a path
    that could lead to another host.
    """
    parts = urlsplit(base)
    user, at, host = parts.netloc.rpartition("@")
    if at and ":" not in user:  # a user without a password has an empty one, or requests would leave out both
        parts = parts._replace(netloc=f"{user}:@{host}")
    if not path:
        return urlunsplit(parts._replace(fragment=""))
    if not path.startswith("/"):
        raise ValueError(f"a path starts with a slash: {path!r}")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path, query="", fragment=""))


def redirect_target(url: str, location: str, status: int, *, may_leave: bool) -> tuple[str, bool]:
    """Return where a redirect leads, and whether that is another origin (RFC 6454); raises DoorError.

    Another scheme, host or port would be sent this source's credentials, or would
    fetch what nobody configured: whoever says that it `may_leave` sees to both.
    """
    try:
        target = urljoin(url, location.strip())
        there, here = _split(target), _split(url)
        leaves = _origin(there) != _origin(here)
        if leaves and may_leave:
            check_url(target)
    except ValueError:
        raise DoorError(Failure.NO_TARGET, status) from None
    if leaves and not may_leave:
        raise DoorError(Failure.OTHER_ORIGIN, status, target=shown_url(target))
    # The user part of a Location is never taken over: it would replace our credentials.
    netloc = there.netloc.rpartition("@")[2] if leaves else here.netloc
    return urlunsplit(there._replace(netloc=netloc, fragment="")), leaves


def shown_url(url: str) -> str:
    """Show a URL without user, query and fragment, where secrets live."""
    try:
        parts = _split(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return visible(_without_query(url))
    host = parts.hostname or ""
    netloc = (f"[{host}]" if ":" in host else host) + port
    return visible(urlunsplit((parts.scheme, netloc, parts.path, "", "")))


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number of a port
    except ValueError:
        raise ValueError(f"{visible(_without_query(url))[:80]!r} is not a url") from None
    return parts


def spell_host(host: str) -> str:
    """Return a host as it is asked for: in ASCII, as browsers spell it (UTS 46, IDNA 2008); raises UnicodeError.

    What ends in `.localhost` is this machine, whatever a resolver knows of it (RFC 6761, 6.3).
    """
    if host.lower().rstrip(".").endswith(".localhost"):
        return "localhost"
    if host.isascii():
        return host
    from idna import encode  # noqa: PLC0415 - most hosts are ASCII

    return encode(host, uts46=True).decode()


def _without_query(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return (scheme + slashes + authority.rpartition("@")[2] + slash + path).split("?")[0].split("#")[0]
