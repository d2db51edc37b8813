"""The preview server over real connections."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

import pytest
from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import SystemClock
from sitegen.server.access_log import AccessLog
from sitegen.server.preview import PreviewServer
from tests.signals import default_signals, in_background
from tests.waiting import wait_for


def raw(server, data):
    """Send bytes that no client library would, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_page_comes_with_its_length_and_without_a_version(ask):
    reply = ask("/")
    assert reply.status == 200
    assert reply.headers["Content-Length"] == str(len(reply.content))
    assert reply.headers["Server"] == "sitegen"


def test_head_has_the_headers_of_get_and_no_body(ask):
    get, head = ask("/", Accept_Encoding="br"), ask("/", "HEAD", Accept_Encoding="br")
    assert head.content == b""
    assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


@pytest.mark.parametrize("coding", ["", "br", "gzip"])
def test_a_page_that_the_browser_has_is_not_sent_again(ask, coding):
    first = ask("/", Accept_Encoding=coding)
    again = ask("/", Accept_Encoding=coding, If_None_Match=first.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    assert "Content-Length" not in again.headers
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert ask("/", If_None_Match='"other"').status == 200


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "[::1]:8000", "192.0.2.7:80", "a.localhost", "LOCALHOST."]
)
def test_a_name_that_leads_to_this_machine_alone_is_served(ask, name):
    assert ask("/", Host=name).status == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "evil", "127.0.0.1.evil.example", "localhost.evil.example:80", "[", "a@b:c"]
)
def test_a_page_of_somebody_elses_cannot_read_the_site_by_a_name_of_its_own(ask, name):
    reply = ask("/", Host=name)
    assert reply.status == 421
    assert b"obs" not in reply.content


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: evil.example\r\n"])
def test_a_request_names_one_host(server, hosts):
    assert raw(server, b"GET / HTTP/1.1\r\n" + hosts + b"\r\n").startswith(b"HTTP/1.1 400 ")


def test_the_site_is_served_by_its_own_name_and_at_its_own_path(dist, log, said):
    server = PreviewServer(
        dist, ("127.0.0.1", 0), log=AccessLog(log, said.append), clock=SystemClock(), echo=said.append,
        base_url="https://status.example/obs/",
    )  # fmt: skip
    server.server_close()
    assert server.url.endswith("/obs/")
    assert server.is_named("status.example")
    assert not server.is_named("example")


def test_for_other_machines_names_that_nobody_else_can_hold_are_served(dist, log, said):
    server = PreviewServer(
        dist,
        ("0.0.0.0", 0),  # noqa: S104
        log=AccessLog(log, said.append),
        clock=SystemClock(),
        echo=said.append,
    )
    server.server_close()
    assert server.is_named("site:8000")
    assert server.is_named("studio.local")
    assert not server.is_named("evil.example")


def test_a_range_is_served(ask, dist):
    reply = ask("/", Range="bytes=3-8", Accept_Encoding="br")
    assert (reply.status, reply.content) == (206, (dist / "index.html").read_bytes()[3:9])
    assert reply.headers["Content-Length"] == "6"
    assert ask("/", "HEAD", Range="bytes=3-8").status == 200


def test_a_crowd_at_once_loses_nobody(server, log):
    clients = [socket.socket() for _ in range(300)]
    for client in clients:
        client.settimeout(30)
        client.connect(("127.0.0.1", server.server_port))
    for client in clients:
        client.sendall(b"GET /metrics/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answers = [client.recv(65536) for client in clients]
    for client in clients:
        client.close()
    assert {answer[:15] for answer in answers} == {b"HTTP/1.1 200 OK"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get"])
def test_any_other_method_is_refused_with_what_is_allowed(ask, method):
    reply = ask("/", method)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / x HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /<script>\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
    ],
)
def test_what_is_no_request_is_refused_in_plain_words(server, said, data, status):
    reply = raw(server, data)
    assert b" " + status + b" " in reply.split(b"\r\n")[0] or reply.startswith(b"sitegen: " + status)
    assert b"<script>" not in reply
    assert said == []


def test_a_body_is_never_taken_for_the_next_request(server, log):
    inner = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    raw(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(inner), inner))
    assert [line["path"] for line in lines(log)] == ["/"]


def test_one_connection_carries_many_requests(server, log):
    reply = raw(server, b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
    assert reply.count(b'{"version": 1}') == 3
    assert len(lines(log)) == 3


def test_a_visitor_who_hangs_up_is_nothing_to_speak_of(server, said, ask):
    for _ in range(5):
        connection = socket.create_connection(("127.0.0.1", server.server_port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert ask("/").status == 200
    assert said == []


def test_a_request_is_one_line_of_the_log_without_visitor_or_query(ask, log):
    for number, request in enumerate((("/metrics/?token=abc",), ("/none", "HEAD"), ("/", "POST")), 1):
        ask(*request)
        assert len(lines(log)) == number  # whoever has an answer stands in the log
    first, second, third = lines(log)
    assert first.pop("duration_ms") >= 0
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info", "service": "serve", "message": "GET /metrics/ 200", "method": "GET", "path": "/metrics/",
        "status": 200, "bytes": 37,
    }  # fmt: skip
    assert (second["message"], second["bytes"]) == ("HEAD /none 404", 0)
    assert third["message"] == "POST / 405"
    assert "127.0.0.1" not in log.read_text()


def test_a_port_in_use_is_a_sentence(server, dist, log, said):
    with pytest.raises(
        SitegenError, match=r"127\.0\.0\.1:\d+ is in use; stop the other server, or choose another"
    ):
        PreviewServer(
            dist,
            ("127.0.0.1", server.server_port),
            log=AccessLog(log, said.append),
            clock=SystemClock(),
            echo=said.append,
        )


@pytest.mark.parametrize("address", [("192.0.2.1", 0), ("no host", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_is_not_ours_is_a_sentence(dist, log, said, address):
    with pytest.raises(SitegenError, match="cannot be listened on"):
        PreviewServer(dist, address, log=AccessLog(log, said.append), clock=SystemClock(), echo=said.append)


@pytest.fixture
def serving(dist, log, tmp_path):
    """Start a server whose first build takes a minute; it says how it was left."""
    code = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from sitegen.instrumentation.clock import SystemClock
        from sitegen.server.preview import serve
        build = [sys.executable, "-c", "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(60)"]
        try:
            serve(Path({str(dist)!r}), host="127.0.0.1", port=0, access_log=Path({str(log)!r}), rebuild=build,
                  cycle=30.0, clock=SystemClock(), echo=lambda line: print(line, flush=True))
            print("returned")
        except KeyboardInterrupt:
            print("interrupted")
    """)

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(process)
        assert process.stdout.readline().startswith(f"serving {dist} on http://127.0.0.1:")
        wait_for((tmp_path / "child").read_text, "a build")
        return process, int((tmp_path / "child").read_text())

    started = []
    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "ending"), [(signal.SIGTERM, "returned"), (signal.SIGINT, "interrupted")])
def test_a_signal_ends_the_server_and_a_build_that_is_under_way(serving, number, ending):
    with default_signals():
        process, build = serving()
    process.send_signal(number)
    assert process.communicate(timeout=15) == (f"{ending}\n", "")
    with pytest.raises(ProcessLookupError):
        os.kill(build, 0)


def test_a_server_in_the_background_does_not_hear_an_interrupt_and_obeys_a_termination(serving):
    with in_background():
        process, build = serving()
    for number in (signal.SIGINT, signal.SIGHUP):
        process.send_signal(number)
    os.kill(build, 0)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=15) == ("returned\n", "")
    with pytest.raises(ProcessLookupError):
        os.kill(build, 0)
