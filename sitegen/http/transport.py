"""One request on the wire, by requests and urllib3: one pool of connections and one TLS context a source.

What requests does by itself and this door must not: read proxies and .netrc from
the environment, follow redirects (it would first read the whole body of one,
however large), keep cookies, retry.
"""

import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from threading import local
from typing import Any

import msgspec
import requests  # noqa: TID251 - the door
from requests.adapters import HTTPAdapter  # noqa: TID251 - the door
from requests.auth import HTTPBasicAuth  # noqa: TID251 - the door
from requests.utils import DEFAULT_CA_BUNDLE_PATH  # noqa: TID251 - the door
from urllib3 import PoolManager, Timeout  # noqa: TID251 - the door
from urllib3.exceptions import HTTPError  # noqa: TID251 - the door

from sitegen import __version__
from sitegen.http.body import decode, read_undecoded
from sitegen.http.connections import pool_classes
from sitegen.http.failures import DoorError, Failure
from sitegen.http.message import Message
from sitegen.http.model import Certificate, Endpoint
from sitegen.http.watchdog import Watch, Watchdog
from sitegen.instrumentation.clock import Clock, Deadline

ERRORS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError, DoorError)
"""What a request may raise; ValueError for a header or a host name that cannot be sent."""


class Reply(msgspec.Struct, frozen=True):
    """The head of an answer, and its body as it comes: `pieces` are decoded and read on demand."""

    status: int
    headers: dict[str, str]
    pieces: Iterator[bytes]
    chain: tuple[Certificate, ...]


class Transport:
    """The connections to one source. Threads may share it."""

    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        self._open = decode if endpoint.decodes else read_undecoded
        self._session = _Session()
        self._session.trust_env = False
        if (
            not endpoint.leaves
        ):  # a redirect as visitors meet it may lead back to the same page, with a cookie
            self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.clear()
        self._session.headers.update(
            {"User-Agent": f"sitegen/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip, deflate, br"}
        )
        self._session.headers.update(endpoint.headers)
        if endpoint.authorization is not None:
            self._session.headers["Authorization"] = endpoint.authorization
        if endpoint.username is not None or endpoint.password is not None:
            # As bytes: requests would write characters beyond Latin-1 as it pleases.
            name, password = (endpoint.username or "").encode(), (endpoint.password or "").encode()
            self._session.auth = HTTPBasicAuth(name, password)
        self._watchdog = Watchdog()
        self._thread = local()
        adapter = _Adapter(endpoint, clock, lambda: self._thread.watch)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    @contextmanager
    def send(self, message: Message, limit: Deadline) -> Iterator[Reply]:
        """Send one request and yield its reply; all of it is over by `limit`. Raises one of ERRORS."""
        timeout: Any = Timeout(total=max(0.001, limit.remaining()))
        with self._watchdog.watch(limit) as self._thread.watch:
            response = self._session.request(
                message.method, message.url, params=message.params, data=message.form, headers=message.headers,
                timeout=timeout, stream=True,
            )  # fmt: skip
            try:
                yield Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    pieces=iter(()) if message.method == "HEAD" else self._open(response.raw, limit),
                    chain=getattr(response.raw.connection, "chain", ()),
                )
            finally:
                # Where the body was read to its end the connection is already back in the pool;
                # where it was not, this closes it without reading the rest.
                response.close()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()
        self._watchdog.close()


class _Session(requests.Session):
    """A session that takes a redirect for the answer that it is."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """Find none: requests would read the redirect's body, decoded and without a cap."""
        return


class _Adapter(HTTPAdapter):
    """requests' adapter with one TLS context a source, and with connections that are watched."""

    def __init__(self, endpoint: Endpoint, clock: Clock, watch: Callable[[], Watch]) -> None:
        self._endpoint = endpoint
        self._pool_classes = pool_classes(clock, watch)
        super().__init__(pool_connections=2, pool_maxsize=endpoint.connections, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002
        """Make the pool of pools."""
        if self._endpoint.server_name:
            kwargs["server_hostname"] = self._endpoint.server_name
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = self._pool_classes

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Return the pool's key: its host, and this source's one TLS context."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: the context verifies, and loads its authorities once rather than for every connection."""

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context = make_context(self._endpoint)
        context.set_alpn_protocols(["http/1.1"])
        return context


def make_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS context of an endpoint; raises DoorError where a file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file or DEFAULT_CA_BUNDLE_PATH)
    except OSError as error:  # ssl.SSLError is one
        raise _unusable("ca_file", error) from None
    if endpoint.cert_file:
        try:
            context.load_cert_chain(endpoint.cert_file, endpoint.key_file, password="")
        except (OSError, ValueError) as error:
            raise _unusable("cert_file and key_file", error) from None
    if endpoint.min_version:
        context.minimum_version = _VERSIONS[endpoint.min_version]
    if endpoint.max_version:
        context.maximum_version = _VERSIONS[endpoint.max_version]
    if not endpoint.strict_certificates:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if endpoint.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


# Older versions of TLS are no longer spoken (RFC 8996).
_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}


def _unusable(key: str, error: Exception) -> DoorError:
    reason = getattr(error, "strerror", None) or "it is not PEM, or the two do not belong together"
    return DoorError(Failure.TLS_FILE, key=key, detail=reason)
