"""From a host's name to a connection: its addresses are asked of the system's resolver, and tried in turn."""

import errno
import os
import socket
from collections.abc import Sequence
from itertools import zip_longest
from selectors import EVENT_WRITE, DefaultSelector

from sitegen.http.address import is_forbidden_address, spell_host
from sitegen.http.failures import DoorError, Failure
from sitegen.instrumentation.clock import Deadline

OWN = frozenset(
    {
        errno.ENETUNREACH, errno.ENETDOWN, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT,
        errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM,
    }
)  # fmt: skip
"""What this machine lacks for a connection: a route, a family of addresses, leave, ports, handles, memory."""
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN})
_DELAY = 0.25
"""How long an address is waited for before the next one is tried beside it: RFC 8305's Connection Attempt Delay."""

_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]  # fmt: skip


def resolve(
    host: str, port: int | None, deadline: Deadline, family: socket.AddressFamily = socket.AF_UNSPEC
) -> Sequence[_Found]:
    """Return the addresses of a host; raises gaierror where the resolver knows none, or has not answered in time."""
    try:
        found = socket.getaddrinfo(spell_host(host), port, family, socket.SOCK_STREAM)
    except UnicodeError:  # a label of more than 63 characters
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    if deadline.passed:
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver took too long")
    return found


def dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to the address that answers first; raises DoorError where all are of a kind that is never asked."""
    found = [one for one in resolve(host, port, deadline) if not is_forbidden_address(str(one[4][0]))]
    if not found:
        raise DoorError(Failure.FORBIDDEN_ADDRESS)
    dialled = _race(_alternate(found), deadline)
    dialled.settimeout(max(0.001, deadline.remaining()))
    return dialled


def _alternate(found: Sequence[_Found]) -> list[_Found]:
    """Order addresses so that the two families take turns (RFC 8305, 4)."""
    preferred = [one for one in found if one[0] is found[0][0]]
    others = [one for one in found if one[0] is not found[0][0]]
    return [one for pair in zip_longest(preferred, others) for one in pair if one is not None]


def _race(addresses: Sequence[_Found], deadline: Deadline) -> socket.socket:
    """Connect to the first that takes it: each is tried when the one before has failed, or was silent for a while."""
    waiting, failures = list(reversed(addresses)), list[OSError]()
    with DefaultSelector() as going:
        try:
            while waiting or going.get_map():
                if deadline.passed:
                    raise TimeoutError("no address took the connection in time")
                if waiting and (failed := _begin(going, waiting.pop())):
                    failures += failed
                    continue
                pause = min(_DELAY, deadline.remaining()) if waiting else deadline.remaining()
                for key, _ in going.select(pause) if going.get_map() else ():
                    dialled: socket.socket = going.unregister(key.fileobj).fileobj  # type: ignore[assignment]
                    if not (error := dialled.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        return dialled
                    dialled.close()
                    failures.append(OSError(error, os.strerror(error)))
        finally:
            for key in list(going.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
    # A host that refuses at one address says more than a way that is missing to another, and least what is missing here.
    raise min(reversed(failures), key=lambda one: (one.errno in OWN, one.errno in UNREACHABLE))


def _begin(going: DefaultSelector, address: _Found) -> list[OSError]:
    """Begin to connect to an address; return what kept it from that."""
    try:
        dialled = socket.socket(*address[:3])
    except OSError as error:
        return [error]
    try:
        dialled.settimeout(0)
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dialled.connect(address[4])
    except BlockingIOError:
        pass
    except OSError as error:
        dialled.close()
        # Said at once, it is this machine's own table of routes that says so.
        return [OSError(errno.ENETUNREACH, error.strerror) if error.errno in UNREACHABLE else error]
    going.register(dialled, EVENT_WRITE)
    return []
