"""A body in pieces: decoded and capped as it arrives, so that a bomb is stopped while it is small.

Content codings (RFC 9110, 8.4): gzip, deflate (with or without its zlib header,
as servers disagree) and br, in a chain of at most MAX_CODINGS.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from threading import Lock

from sitegen.http.faults import DoorError
from sitegen.http.model import FaultKind
from sitegen.instrumentation.clock import Deadline
from sitegen.units import format_bytes

__all__ = ["LARGE", "MAX_CODINGS", "PIECE", "collect", "decode", "read_beginning"]

PIECE = 64 * 1024
MAX_CODINGS = 2
LARGE = 4 * 1024 * 1024
"""From so many decoded bytes on, an answer waits for its turn."""


def collect(pieces: Iterable[bytes], cap: int, limit: Deadline, turn: Lock) -> bytes:
    """Join the pieces; raises DoorError as soon as they are more than `cap` bytes, TimeoutError after `limit`.

    From LARGE bytes on, `turn` is held: of the answers that share it one at a time is large,
    for eight bombs that unpack at once would fill the memory all the same.
    """
    body = bytearray()
    with ExitStack() as held:
        for piece in pieces:
            if limit.passed:
                raise TimeoutError("the time for this answer is over")
            size = len(body) + len(piece)
            if size > cap:
                body.clear()
                raise DoorError(FaultKind.TOO_LARGE, f"sends more than {format_bytes(cap)}; ask it for less")
            if len(body) <= LARGE < size:
                if not turn.acquire(timeout=limit.remaining()):
                    raise TimeoutError("the time for this answer was over before its turn")
                held.callback(turn.release)
            body += piece
        return bytes(body)


def read_beginning(pieces: Iterable[bytes], cap: int) -> bytes:
    """Join the first `cap` bytes, where the beginning is enough, and leave the rest unread."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) >= cap:
            break
    return bytes(body[:cap])


def decode(pieces: Iterable[bytes], codings: str) -> Iterator[bytes]:
    """Undo a Content-Encoding such as `gzip`, in pieces of about PIECE bytes; raises DoorError."""
    names = [name for part in codings.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if len(names) > MAX_CODINGS:
        raise DoorError(
            FaultKind.DECOMPRESSION, f"compressed its answer {len(names)} times over, which is refused"
        )
    decoded = iter(pieces)
    for name in reversed(names):
        decoded = _decoder(name)(decoded)
    return decoded


def _decoder(name: str) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    match name:
        case "gzip" | "x-gzip":
            return _gunzip
        case "deflate":
            return _inflate
        case "br":
            return _unbrotli
    raise DoorError(
        FaultKind.DECOMPRESSION, f"compressed its answer as {name[:40]!r}, which was not asked for"
    )


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip (RFC 1952); several members stand one after the other."""
    return _unzlib(pieces, lambda _: zlib.decompressobj(31), members=True)


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo deflate: the zlib format (RFC 1950), or the bare one (RFC 1951) that some servers send."""

    def engine(start: bytes) -> "zlib._Decompress":
        has_header = start[0] & 0x0F == 8 and (len(start) < 2 or (start[0] * 256 + start[1]) % 31 == 0)
        return zlib.decompressobj(15 if has_header else -15)

    return _unzlib(pieces, engine, members=False)


def _unzlib(
    pieces: Iterator[bytes], make: "Callable[[bytes], zlib._Decompress]", *, members: bool
) -> Iterator[bytes]:
    engine = None
    try:
        for arrived in pieces:
            rest = arrived
            while rest:
                if engine is None or (engine.eof and members):
                    engine = make(rest)
                elif engine.eof:
                    return  # what follows the end of a deflate stream belongs to nobody
                yield engine.decompress(rest, PIECE)
                rest = engine.unused_data if engine.eof else engine.unconsumed_tail
        if engine is not None:
            yield engine.flush()
    except zlib.error:
        raise DoorError(FaultKind.DECOMPRESSION, "sent a compressed answer that is damaged") from None
    if engine is not None and not engine.eof:
        raise _cut()


def _unbrotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo br (RFC 7932)."""
    import brotli  # noqa: PLC0415 - few servers send it, so most builds never load it

    engine, arrived = brotli.Decompressor(), False
    try:
        for piece in pieces:
            arrived = True
            decoded = engine.process(piece, output_buffer_limit=PIECE)
            while decoded or not engine.can_accept_more_data():
                yield decoded
                decoded = engine.process(b"", output_buffer_limit=PIECE)
    except brotli.error:
        raise DoorError(FaultKind.DECOMPRESSION, "sent a compressed answer that is damaged") from None
    if arrived and not engine.is_finished():
        raise _cut()


def _cut() -> DoorError:
    return DoorError(FaultKind.DECOMPRESSION, "sent a compressed answer that ends too early")
