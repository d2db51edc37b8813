"""Eight faults at three positions, against a real server on loopback."""

import contextlib
import gzip
import itertools
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sitegen.http import Answer, Fault, FaultKind
from sitegen.http.connections import MAX_HEAD

from faulty_server import Failure, Position, Reply

BODY = b"x" * 400
LATE = {FaultKind.TIMEOUT, FaultKind.DEADLINE}
CUT = {FaultKind.RESET, FaultKind.PROTOCOL}

EXPECTED = {
    Failure.LATENCY: None,
    Failure.SLICED: None,
    Failure.DRIP: LATE,
    Failure.HANG: LATE,
    Failure.RESET: CUT,
    Failure.TRUNCATED: CUT,
    Failure.DOWN: CUT | {FaultKind.REFUSED},
}


@pytest.mark.parametrize("fault, at", list(itertools.product(EXPECTED, Position)), ids=str)
def test_every_fault_ends_inside_the_deadline_as_an_answer_or_as_a_sentence(
    fault, at, server, make_session, quick_backoff
):
    server.then(Reply(body=BODY, fault=fault, at=at, delay=0.02))
    late = EXPECTED[fault] == LATE
    session = make_session(server.url, seconds=0.3 if late else 10, timeout=0.2 if late else 5)
    result = session.request("GET", "/")
    if EXPECTED[fault] is None:
        assert isinstance(result, Answer)
        assert result.body == BODY
    else:
        assert isinstance(result, Fault)
        assert result.kind in EXPECTED[fault], result
        assert result.message.startswith("prometheus ")
    if late:
        assert result.elapsed < 0.3 + 10  # without a deadline they have no end


def test_a_slow_close_after_a_whole_body_of_known_length_does_not_delay_the_answer(server, make_session):
    server.then(Reply(body=BODY, fault=Failure.SLOW_CLOSE, at=Position.BODY, delay=30))
    result = make_session(server.url, seconds=3).request("GET", "/")
    assert isinstance(result, Answer)
    assert result.body == BODY


@pytest.mark.parametrize("at", [Position.BEFORE, Position.HEAD])
def test_a_slow_close_without_an_answer_ends_by_the_deadline(at, server, make_session, quick_backoff):
    server.then(Reply(body=BODY, fault=Failure.SLOW_CLOSE, at=at, delay=30))
    result = make_session(server.url, seconds=0.2).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.DEADLINE


def test_a_slow_close_that_marks_the_end_of_the_body_ends_by_the_deadline(server, make_session):
    server.then(Reply(body=BODY, fault=Failure.SLOW_CLOSE, at=Position.BODY, delay=30, length=False))
    result = make_session(server.url, seconds=0.2).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.DEADLINE


@pytest.mark.parametrize("at", Position)
def test_a_server_that_drips_faster_than_any_read_timeout_is_left_at_the_attempts_end(
    at, server, make_session
):
    server.then(Reply(body=b"x" * 100_000, fault=Failure.DRIP, at=at, delay=0.005))
    result = make_session(server.url, seconds=5, timeout=0.25, attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TIMEOUT
    assert "250 ms" in result.message


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;x=y\r\na\r\n" * 10_000
TRICKLES = {
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "a status line": b"HTTP/1.1 200 " + b"x" * 60_000,
    "header lines": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000,
    "chunks": CHUNKS,
    "empty gzip members": CHUNKS[:17] + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"") * 10_000,
    "a handshake": b"\x16\x03\x03\x40\x00" + bytes(16_384),
}


@pytest.mark.parametrize("what", TRICKLES)
def test_what_trickles_for_ever_is_left_at_the_attempts_end(what, server, make_session):
    url = server.url.replace("http:", "https:") if what == "a handshake" else server.url
    server.then(Reply(raw=TRICKLES[what], fault=Failure.DRIP, at=Position.BEFORE, delay=0.0005))
    result = make_session(url, timeout=0.25, attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TIMEOUT
    assert 0.2 < result.elapsed < 5


def test_requests_with_one_source_end_each_at_its_own_limit(server, make_session):
    server.then(Reply(fault=Failure.DRIP, at=Position.BODY, delay=0.02, body=b"x" * 10_000))
    session = make_session(server.url, timeout=0.4, attempts=1)
    with ThreadPoolExecutor(3) as pool:
        waiting = []
        for _ in range(3):
            waiting.append(pool.submit(session.request, "GET", "/"))
            time.sleep(0.1)
        results = [one.result() for one in waiting]
    assert {result.kind for result in results} == {FaultKind.TIMEOUT}
    assert all(0.35 < result.elapsed < 5 for result in results)


@pytest.mark.parametrize("at", Position)
def test_a_drip_inside_tls_is_left_at_the_attempts_end(at, make_tls, make_session):
    server = make_tls.serve("localhost")
    server.then(Reply(body=b"x" * 100_000, fault=Failure.DRIP, at=at, delay=0.005))
    url = f"https://localhost:{server.port}"
    session = make_session(url, ca_file=make_tls.ca_file, timeout=0.25, attempts=1)
    result = session.request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TIMEOUT
    server.then(Reply(body=b"well"))
    assert session.request("GET", "/").body == b"well"


def test_no_timer_outlives_its_session(server, make_session):
    session = make_session(server.url)
    for _ in range(3):
        assert isinstance(session.request("GET", "/"), Answer)
    session.close()
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(2)
    assert not any(timer.is_alive() for timer in timers)


def test_a_connection_that_is_used_again_is_bounded_anew(make_session):
    """The first request's limit ends nothing of the second's, and the second's ends the same connection."""
    well = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        opened = []

        def serve():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                opened.append(connection)
                for _ in range(2):
                    connection.recv(65536)
                    time.sleep(0.3)
                    connection.sendall(well)
                connection.recv(65536)
                for byte in well * 100:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.05)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        session = make_session(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5, attempts=1)
        assert [session.request("GET", "/").body for _ in range(2)] == [b"well", b"well"]
        assert session.request("GET", "/").kind is FaultKind.TIMEOUT
        thread.join(5)
        assert not thread.is_alive()
        assert len(opened) == 1
        opened[0].close()


def test_what_recovers_after_one_fault_is_answered_by_the_second_attempt(server, make_session, quick_backoff):
    server.then(Reply(fault=Failure.RESET, at=Position.HEAD), Reply(body=b"better"))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Answer)
    assert (result.body, result.attempts) == (b"better", 2)


def test_a_refused_connection_says_so(server, make_session, quick_backoff):
    port = server.port
    server._stop_listening()
    result = make_session(f"http://127.0.0.1:{port}").request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.attempts) == (FaultKind.REFUSED, 3)


def test_a_name_that_does_not_resolve_says_so(make_session, quick_backoff):
    for host in ("nothing.invalid", "a" * 70 + ".invalid"):
        result = make_session(f"http://{host}").request("GET", "/")
        assert isinstance(result, Fault)
        assert result.kind is FaultKind.NO_NAME
        assert host in result.message


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: " + b"a" * MAX_HEAD + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (MAX_HEAD // 6 + 1) + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * (MAX_HEAD // 26 + 1),
        b"\x00\x01\x02\xff" * 10 + b"\r\n",
    ],
    ids=["ssh", "words", "long header", "many headers", "many heads", "bytes"],
)
def test_what_is_not_http_is_a_protocol_fault_without_control_characters(raw, server, make_session):
    server.then(Reply(raw=raw))
    result = make_session(server.url, attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.PROTOCOL
    assert result.message.isprintable()


def test_an_escape_sequence_in_a_status_line_is_shown_and_not_sent_on(server, make_session):
    server.then(Reply(raw=b"\x1b[31mHTTP\x07\r\n\r\n"))
    result = make_session(server.url, attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert "\x1b" not in result.message


def test_each_kind_of_fault_has_a_sentence_of_its_own(server, make_session, quick_backoff):
    replies = [
        Reply(status=400), Reply(status=401), Reply(status=404), Reply(status=422), Reply(status=429),
        Reply(status=500), Reply(status=503), Reply(fault=Failure.RESET, at=Position.BEFORE),
        Reply(fault=Failure.TRUNCATED, at=Position.BEFORE), Reply(fault=Failure.TRUNCATED, at=Position.BODY),
        Reply(fault=Failure.HANG, at=Position.BEFORE), Reply(raw=b"nonsense\r\n\r\n"),
        Reply(headers=(("Content-Encoding", "gzip"),)), Reply(status=302, headers=(("Location", "http://b/"),)),
    ]  # fmt: skip
    session = make_session(server.url, attempts=1, timeout=0.2)
    messages = []
    for reply in replies:
        server.then(reply)
        messages.append(session.request("GET", "/").message)
    assert len(set(messages)) == len(replies)


def test_a_status_that_is_no_success_keeps_its_status_and_the_beginning_of_its_body(server, make_session):
    envelope = b'{"status":"error","errorType":"bad_data","error":"parse error"}'
    server.then(Reply(status=422, body=envelope), Reply(status=422, body=b"<p>" * 100_000))
    session = make_session(server.url)
    first, second = session.request("GET", "/"), session.request("GET", "/")
    assert isinstance(first, Fault)
    assert (first.kind, first.status, first.body) == (FaultKind.STATUS, 422, envelope)
    assert isinstance(second, Fault)
    assert len(second.body) == 64 * 1024


def test_an_error_whose_body_breaks_off_is_still_that_error(server, make_session):
    server.then(Reply(status=404, body=BODY, fault=Failure.HANG, at=Position.BODY))
    result = make_session(server.url, timeout=0.2).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.status, result.attempts) == (404, 1)


def test_a_header_that_http_cannot_carry_is_a_fault_and_its_value_stays_secret(server, make_session):
    for value in ("canary\r\nX-Evil: 1", "canary€"):
        result = make_session(server.url, headers={"X-Key": value}).request("GET", "/")
        assert isinstance(result, Fault)
        assert result.kind is FaultKind.PROTOCOL
        assert "canary" not in result.message
    assert server.requests == []


def test_after_the_deadline_nothing_is_asked(server, make_session):
    result = make_session(server.url, seconds=0).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.DEADLINE
    assert server.connections == 0
