"""Bodies: codings undone, and bombs stopped while they are small."""

import gzip
import io
import tracemalloc
import zlib
from threading import Lock

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.http import Answer, Fault, FaultKind
from sitegen.http.body import LARGE, PIECE, collect, decode
from sitegen.http.failures import DoorError
from sitegen.instrumentation.clock import Deadline, SystemClock
from urllib3 import HTTPResponse

from faulty_server import Failure, Position, Reply

TEXT = b'{"status":"success"}' * 5000
RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW.compress(TEXT) + RAW.flush(),
    "br": brotli.compress(TEXT),
    "gzip, gzip": gzip.compress(gzip.compress(TEXT)),
    "identity": TEXT,
    "br, gzip": gzip.compress(brotli.compress(TEXT)),
}


@pytest.mark.parametrize("coding", CODED)
def test_every_known_coding_is_undone(coding, server, make_session):
    server.then(Reply(body=CODED[coding], headers=(("Content-Encoding", coding),)))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Answer)
    assert result.body == TEXT


@pytest.mark.parametrize("coding", [coding for coding in CODED if coding != "identity"])
def test_a_compressed_body_that_is_cut_or_damaged_is_no_answer(coding, server, make_session):
    whole = CODED[coding]
    session = make_session(server.url)
    for broken in (whole[: len(whole) // 2], b"\xff" * 20 + whole):
        server.then(Reply(body=broken, headers=(("Content-Encoding", coding),)))
        result = session.request("GET", "/")
        assert isinstance(result, Fault)
        assert (result.kind, result.attempts) == (FaultKind.DECOMPRESSION, 1)


def test_an_unknown_coding_is_named(server, make_session):
    server.then(Reply(headers=(("Content-Encoding", "zstd"),)))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert "zstd" in result.message


class Pieces(io.BytesIO):
    """What a socket hands over: at most `size` bytes at a time."""

    def __init__(self, wire, size):
        super().__init__(wire)
        self._size = size

    def read(self, amount=-1):
        return super().read(min(self._size, amount) if amount >= 0 else self._size)


def decoded(wire, coding, size=PIECE):
    response = HTTPResponse(Pieces(wire, size), {"Content-Encoding": coding}, preload_content=False)
    return decode(response, Deadline(SystemClock(), 60))


@given(st.binary(max_size=3000), st.integers(1, 700), st.sampled_from(["gzip", "deflate", "br", "br, gzip"]))
@settings(deadline=None, max_examples=100)
def test_a_body_comes_out_the_same_however_it_is_cut_into_pieces(body, size, coding):
    wire = body
    for name in coding.split(", "):
        wire = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[name](wire)
    assert b"".join(decoded(wire, coding, size)) == body


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate", "br"]))
@settings(deadline=None, max_examples=200)
def test_no_bytes_can_raise_anything_but_the_doors_own_error(noise, coding):
    kinds = []
    try:
        list(decoded(noise, coding))
    except DoorError as error:
        kinds.append(error.failure.kind)
    assert kinds in ([], [FaultKind.DECOMPRESSION])


@pytest.mark.parametrize("size", [2**exponent for exponent in range(12, 22)])
def test_no_member_of_a_gzip_stream_is_lost_after_one_of_a_round_size(size):
    members = [bytes(size), b"between", bytes(size), b"at the end"]
    wire = b"".join(map(gzip.compress, members))
    assert b"".join(decoded(wire, "gzip")) == b"".join(members)


def gzip_bomb(megabytes):
    """Make about 1 kB for each megabyte of zeros: after a full flush, the same block again and again."""
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, block = (engine.compress(bytes(1_000_000)) + engine.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + block * (megabytes - 1)


@pytest.fixture(scope="module")
def bomb():
    return gzip_bomb(1000)


def layers(body, count):
    for _ in range(count):
        body = gzip.compress(body)
    return body


@pytest.mark.parametrize(
    "how", ["gzip", "five layers", "two layers", "br", "behind a redirect", "in an error"]
)
def test_a_bomb_is_stopped_while_it_is_small(how, bomb, server, make_session):
    cap = 4_000_000
    coded = (("Content-Encoding", "gzip"),)
    match how:
        case "gzip":
            replies = [Reply(body=bomb, headers=coded)]
        case "five layers":
            replies = [Reply(body=layers(bomb, 4), headers=(("Content-Encoding", ", ".join(["gzip"] * 5)),))]
        case "two layers":
            replies = [Reply(body=layers(bomb, 1), headers=(("Content-Encoding", "gzip, gzip"),))]
        case "br":
            replies = [
                Reply(
                    body=brotli.compress(bytes(100_000_000), quality=1), headers=(("Content-Encoding", "br"),)
                )
            ]
        case "behind a redirect":
            replies = [
                Reply(status=302, headers=(*coded, ("Location", "/there")), body=bomb),
                Reply(body=b"small"),
            ]
        case _:
            replies = [Reply(status=422, body=bomb, headers=coded)]
    server.then(*replies)
    tracemalloc.start()
    result = make_session(server.url, max_body=cap).request("GET", "/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * cap
    if how == "behind a redirect":
        assert isinstance(result, Answer)
        assert result.body == b"small"
        return
    assert isinstance(result, Fault)
    expected = {"five layers": FaultKind.UNREADABLE, "in an error": FaultKind.STATUS}
    assert result.kind is expected.get(how, FaultKind.TOO_LARGE)
    assert len(result.body) <= 64 * 1024


def test_pieces_of_a_bomb_are_never_larger_than_agreed(bomb):
    for _, piece in zip(range(50), decoded(bomb, "gzip"), strict=False):
        assert len(piece) <= PIECE


def test_a_body_that_announces_too_much_is_refused_unread(server, make_session):
    server.then(
        Reply(
            raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
            fault=Failure.HANG,
            at=Position.BODY,
        )
    )
    result = make_session(server.url, max_body=1000).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.status) == (FaultKind.TOO_LARGE, 200)


def test_a_body_of_unknown_length_is_read_to_its_cap_and_not_beyond(server, make_session):
    server.then(Reply(body=b"x" * 1000, length=False), Reply(body=b"x" * 1001, length=False))
    session = make_session(server.url, max_body=1000)
    assert isinstance(session.request("GET", "/"), Answer)
    result = session.request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TOO_LARGE


def test_a_chunk_size_without_an_end_is_cut_off(server, make_session):
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 8_000_000
    server.then(Reply(raw=endless))
    result = make_session(server.url, max_body=1000).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind in {FaultKind.TOO_LARGE, FaultKind.PROTOCOL}


@pytest.mark.parametrize("coding", [coding for coding in CODED if coding != "identity"])
def test_a_compressed_body_in_chunks_is_told_whole_from_cut(coding, server, make_session):
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {coding}\r\n\r\n".encode()
    session = make_session(server.url)
    for wire, kind in ((CODED[coding], None), (CODED[coding][:-1], FaultKind.DECOMPRESSION)):
        server.then(Reply(raw=head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(wire), wire)))
        result = session.request("GET", "/")
        assert result.body == (b"" if kind else TEXT)
        assert getattr(result, "kind", None) is kind


def test_a_chunked_body_is_joined(server, make_session):
    server.then(
        Reply(
            raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        )
    )
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Answer)
    assert result.body == b"abcde"


def test_an_empty_body_may_be_called_compressed(server, make_session):
    server.then(Reply(body=b"", headers=(("Content-Encoding", "gzip"),)))
    assert make_session(server.url).request("GET", "/").body == b""


def test_head_has_no_body_whatever_its_length_says(server, make_session):
    server.then(Reply(body=b"x" * 5000, headers=(("Content-Encoding", "gzip"),)))
    result = make_session(server.url, max_body=1000).request("HEAD", "/")
    assert isinstance(result, Answer)
    assert result.body == b""


def test_of_the_answers_that_share_a_turn_only_one_at_a_time_is_large():
    turn, clock = Lock(), SystemClock()
    large = [b"x" * LARGE, b"x"]
    with turn:
        assert collect([b"x" * LARGE], 2 * LARGE, Deadline(clock, 5), turn) == b"x" * LARGE
        with pytest.raises(TimeoutError):
            collect(large, 2 * LARGE, Deadline(clock, 0.05), turn)
    assert collect(large, 2 * LARGE, Deadline(clock, 5), turn) == b"x" * (LARGE + 1)
    with pytest.raises(DoorError):
        collect([*large, b"x" * LARGE], 2 * LARGE, Deadline(clock, 5), turn)
    assert not turn.locked()
