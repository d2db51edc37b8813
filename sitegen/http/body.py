"""A body in pieces: decoded by urllib3 and capped as it arrives, so that a bomb is stopped while it is small.

Content codings (RFC 9110, 8.4): gzip, deflate (with or without its zlib header,
as servers disagree) and br, in a chain of at most MAX_CODINGS. What nobody registered
as one (utf-8, none, aws-chunked) says nothing of the bytes, and is passed over as browsers do.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any

from sitegen.http.failures import DoorError, Failure
from sitegen.instrumentation.clock import Deadline
from sitegen.units import format_bytes

if TYPE_CHECKING:
    from urllib3 import HTTPResponse  # noqa: TID251 - part of the door

PIECE = 65_521
"""At most so many bytes come at once. It is prime, for urllib3 2.8 loses what follows a member of a gzip stream
that ends where a piece does, and members have round sizes."""

MAX_CODINGS = 2
LARGE = 4 * 1024 * 1024
"""From so many decoded bytes on, an answer waits for its turn."""

_SWALLOWS = 2
"""The state in which urllib3's decoder of gzip has found something else after a member."""

_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br"})
_NOT_ASKED_FOR = frozenset(
    {"aes128gcm", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "zstd"}
)
"""The others of IANA's HTTP Content Coding Registry."""


def collect(pieces: Iterable[bytes], cap: int, limit: Deadline, turn: Lock) -> bytes:
    """Join the pieces; raises DoorError as soon as they are more than `cap` bytes, TimeoutError after `limit`.

    From LARGE bytes on, `turn` is held: of the answers that share it one at a time is large,
    for eight bombs that unpack at once would fill the memory all the same.
    """
    body = bytearray()
    with ExitStack() as held:
        for piece in pieces:
            size = len(body) + len(piece)
            if size > cap:
                body.clear()
                raise DoorError(Failure.TOO_LARGE, cap=format_bytes(cap))
            if len(body) <= LARGE < size:
                if not turn.acquire(timeout=limit.remaining()):
                    raise TimeoutError("the time for this answer was over before its turn")
                held.callback(turn.release)
            body += piece
        return bytes(body)


def read_beginning(pieces: Iterable[bytes], cap: int) -> tuple[bytes, bool]:
    """Join the first `cap` bytes, where the beginning is enough; whether more came, which is left unread.

    Of a compressed body that ends too early counts what came, as browsers show it.
    """
    body = bytearray()
    try:
        for piece in pieces:
            body += piece
            if len(body) > cap:
                break
    except DoorError as error:
        if error.failure is not Failure.CUT_CODING:
            raise
    return bytes(body[:cap]), len(body) > cap


def read_undecoded(response: "HTTPResponse", limit: Deadline) -> Iterator[bytes]:
    """Yield the body as it was sent, for whoever needs to know no more than that it came; raises TimeoutError after `limit`."""
    for piece in response.stream(PIECE, decode_content=False):
        _check(limit)
        yield piece


def decode(response: "HTTPResponse", limit: Deadline) -> Iterator[bytes]:
    """Yield the decoded body in pieces of at most PIECE bytes; raises DoorError, or TimeoutError after `limit`."""
    from urllib3.exceptions import DecodeError  # noqa: PLC0415, TID251 - part of the door

    # What is compressed for the way (RFC 9112, 7.2) is undone last of all, which is first here.
    headers = (response.headers.get(name, "") for name in ("content-encoding", "transfer-encoding"))
    codings = _codings(",".join(headers))
    response.headers["content-encoding"] = ",".join(codings)
    try:
        for piece in response.stream(PIECE, decode_content=True):
            _check(limit)
            yield piece
    except DecodeError:
        raise DoorError(Failure.DAMAGED) from None
    _check(limit)  # a body that ends with its connection looks whole where it was shut down
    if _is_cut(response):
        raise DoorError(Failure.CUT_CODING)


def _codings(header: str) -> list[str]:
    """Parse a Content-Encoding such as `gzip`; raises DoorError for a coding that was not asked for."""
    names = [part.strip() for part in header.lower().split(",")]
    known = [name for name in names if name in _CODINGS]
    if len(known) > MAX_CODINGS:
        raise DoorError(Failure.CODINGS, count=len(known))
    for name in names:
        if name in _NOT_ASKED_FOR:
            raise DoorError(Failure.CODING, coding=repr(name))
    return known


def _check(limit: Deadline) -> None:
    if limit.passed:
        raise TimeoutError("the time for this answer is over")


def _is_cut(response: "HTTPResponse") -> bool:
    """Return whether a compressed body ended before its end; what is no member of gzip after one is passed over.

    urllib3 takes it for whole, and no public name of its decoders tells; tests/http/test_bodies.py
    fails when these names change.
    """
    decoder: Any = response._decoder  # noqa: SLF001
    decoders = [one for one in getattr(decoder, "_decoders", [decoder]) if one]
    engines = [one._obj for one in decoders if getattr(one, "_state", None) != _SWALLOWS]  # noqa: SLF001
    return any(
        not (engine.is_finished() if hasattr(engine, "is_finished") else engine.eof) for engine in engines
    )
