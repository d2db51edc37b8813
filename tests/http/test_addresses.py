"""Which urls are fetched at all, how paths are joined, and that no secret is shown."""

import base64
import subprocess
import sys

import pytest
from sitegen.http import Fault, FaultKind, check_url
from sitegen.http.address import join_path, shown_url

from faulty_server import Failure, Position, Reply, silent_port


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:9090", "https://prometheus.example/prefix/", "http://[::1]:9090/", "HTTP://Host/", "http://10.0.0.1",
    "http://user:secret@host/", "http://host/?a=b%20c", "http://169.253.1.1/", "http://host.169.254.169.254.example/",
])  # fmt: skip
def test_an_ordinary_url_is_accepted(url):
    check_url(url)


@pytest.mark.parametrize("url", [
    "", "host:9090", "//host/", "file:///etc/passwd", "ftp://host/", "gopher://host/", "data:text/plain,x", "javascript:x",
    "http://", "http:///path", "http://host:port/", "http://host:99999/", "http://[::1/", "http://ho st/",
    "http://host/\r\nX: y", "http://host\\@other/", "http://host/\u202e", "unix:///run/x",
])  # fmt: skip
def test_what_is_no_web_address_is_refused_with_a_sentence(url):
    with pytest.raises(ValueError, match=r"; |remove it|is not a url") as refusal:
        check_url(url)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("host", [
    "169.254.169.254", "169.254.169.254.", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
    "169.254.43518", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00:ec2::254]",
    "100.100.100.200", "metadata.google.internal", "METADATA.google.internal.",
    "[64:ff9b::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:FF9B:0::A9FE:14]", "[64:ff9b:1::a9fe:a9fe]",
    "[64:ff9b:1:a9fe:a9:fe00::]", "[64:ff9b:1:a9:fe:a9fe::]", "[64:ff9b:1:0:a9:fea9:fe00:0]", "[2002:a9fe:a9fe::]",
    "[2002:a9fe:a9fe::1]", "[2002:6464:64c8::]", "[::169.254.169.254]", "[::a9fe:a9fe]", "[::ffff:0:169.254.169.254]",
    "[::ffff:100.100.100.200]", "[64:ff9b::192.0.0.192]", "[2001:0:a9fe:a9fe::]", "[2001::5601:5601]",
    "[2001:db8::5efe:a9fe:a9fe]", "[2001:db8::200:5efe:a9fe:a9fe]", "192.0.0.192", "3221225664", "0300.0.0.0300",
    "0xC0.0.0.0xC0", "168.63.129.16", "[fd20:ce::254]",
])  # fmt: skip
def test_link_local_and_metadata_addresses_are_refused_in_every_spelling(host):
    with pytest.raises(ValueError, match="link-local or metadata"):
        check_url(f"http://{host}/latest/meta-data/")


@pytest.mark.parametrize("host", [
    "[64:ff9b::8.8.8.8]", "[2002:808:808::]", "[2001:db8::1]", "192.0.0.191", "[::1]", "[fd00::1]", "3232235777",
    "[2001:4860:4860::8888]", "[::ffff:10.0.0.1]",
])  # fmt: skip
def test_addresses_that_are_spelled_alike_and_lead_elsewhere_are_asked(host):
    check_url(f"http://{host}/")


@pytest.mark.parametrize(
    "found", ["169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::a9fe:a9fe", "fe80::1%lo"]
)
def test_a_name_that_leads_to_metadata_is_refused_when_it_is_resolved(found, make_session, monkeypatch):
    import socket

    kind = socket.AF_INET6 if ":" in found else socket.AF_INET
    answer = [(kind, socket.SOCK_STREAM, 6, "", (found, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it was asked"))
    result = make_session("http://innocent.example", attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.attempts) == (FaultKind.REFUSED, 1)
    assert "metadata" in result.message


@pytest.fixture
def resolved(monkeypatch):
    """Let every name have these addresses."""
    import socket

    def call(*places):
        kinds = (socket.AF_INET6 if ":" in host else socket.AF_INET for host, _ in places)
        answer = [(kind, socket.SOCK_STREAM, 6, "", place) for kind, place in zip(kinds, places, strict=True)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)

    return call


@pytest.mark.parametrize("order", ["silent live", "silent silent live", "silent refusing live", "live silent", "metadata live",
                                   "metadata silent live"])  # fmt: skip
def test_a_host_is_reached_at_the_one_address_that_answers(order, server, free_port, make_session, resolved):
    with silent_port() as silent:
        places = {"silent": ("127.0.0.1", silent), "live": ("127.0.0.1", server.port), "refusing": ("127.0.0.1", free_port),
                  "metadata": ("169.254.169.254", 80)}  # fmt: skip
        resolved(*map(places.get, order.split()))
        session = make_session("http://two.example", attempts=1, timeout=30.0, seconds=60.0)
        assert not isinstance(session.request("GET", "/"), Fault)
    assert len(server.requests) == 1


def test_where_no_address_answers_the_time_that_was_allowed_is_over(make_session, resolved):
    with silent_port() as silent:
        resolved(("127.0.0.1", silent), ("127.0.0.1", silent))
        result = make_session("http://two.example", attempts=1, timeout=0.4).request("GET", "/")
    assert result.kind is FaultKind.TIMEOUT


def test_a_host_that_refuses_at_one_address_is_not_one_that_no_way_leads_to(
    free_port, make_session, resolved, monkeypatch
):
    import errno
    import socket

    connect = socket.socket.connect

    def go(one, to):
        if ":" in to[0]:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        connect(one, to)

    monkeypatch.setattr(socket.socket, "connect", go)
    resolved(("127.0.0.1", free_port), ("2001:db8::1", free_port))
    assert make_session("http://two.example", attempts=1).request("GET", "/").kind is FaultKind.REFUSED


def test_families_take_turns():
    from sitegen.http.dialling import _alternate

    found = [(10, "a"), (10, "b"), (10, "c"), (2, "d")]
    assert [name for _, name in _alternate(found)] == ["a", "d", "b", "c"]


@pytest.mark.parametrize("said, kind", [
    ("EAI_NONAME", FaultKind.NO_NAME), ("EAI_NODATA", FaultKind.NO_NAME), ("EAI_AGAIN", FaultKind.DNS),
    ("EAI_FAIL", FaultKind.DNS), ("EAI_SYSTEM", FaultKind.DNS),
])  # fmt: skip
def test_a_name_that_does_not_exist_is_told_from_a_resolver_that_gave_no_answer(
    said, kind, make_session, monkeypatch
):
    import socket

    def fail(*_, **__):
        raise socket.gaierror(getattr(socket, said), said)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert make_session("http://x.example", attempts=1).request("GET", "/").kind is kind


def test_a_resolver_that_took_all_the_time_gave_no_answer(server, make_session, monkeypatch):
    import socket
    import time

    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(0.1) or answer)
    result = make_session("http://x.example", attempts=1, timeout=0.05).request("GET", "/")
    assert (result.kind, server.connections) == (FaultKind.DNS, 0)


def test_a_host_with_a_dead_first_address_is_reached_at_its_second(server, make_session, monkeypatch):
    import socket

    answer = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, server.port))
        for host in ("127.0.0.9", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    assert not isinstance(make_session(f"http://two.example:{server.port}").request("GET", "/"), Fault)


@pytest.mark.parametrize("base, path, joined", [
    ("http://h", "/api", "http://h/api"), ("http://h/", "/api", "http://h/api"), ("http://h/p/", "/api", "http://h/p/api"),
    ("http://h/p?x=1#f", "", "http://h/p?x=1"), ("http://h/p?x=1", "/api", "http://h/p/api"), ("http://h", "//evil/x", "http://h//evil/x"),
    ("http://me@h/p", "", "http://me:@h/p"), ("http://me:pw@h/p", "/api", "http://me:pw@h/p/api"),
])  # fmt: skip
def test_a_path_goes_below_the_url(base, path, joined):
    assert join_path(base, path) == joined


@pytest.mark.parametrize("path", ["api", "@evil/", ".evil.example/", ":80/"])
def test_a_path_cannot_change_the_host(path):
    with pytest.raises(ValueError, match="slash"):
        join_path("http://h", path)


def test_a_url_is_shown_without_user_query_and_fragment():
    assert shown_url("https://user:pass@h:8443/p?token=x#y") == "https://h:8443/p"
    assert shown_url("http://[::1]:80/p") == "http://[::1]:80/p"
    assert "pass" not in shown_url("https://user:pass@h:port/p?token=x")


def test_parameters_forms_and_headers_arrive_as_given(server, make_session):
    session = make_session(server.url + "/prefix", headers={"X-Scope": "a"}, username="ünï", password="p:ass")
    session.request("GET", "/api", params={"match[]": ["a", "b"], "q": 'up{x="é"}'}, headers={"X-More": "b"})
    session.request("POST", "/api", form={"query": "up"})
    first, second = server.requests
    assert first.path == "/prefix/api?match%5B%5D=a&match%5B%5D=b&q=up%7Bx%3D%22%C3%A9%22%7D"
    assert (first.headers["x-scope"], first.headers["x-more"]) == ("a", "b")
    assert base64.b64decode(first.headers["authorization"].split()[1]).decode() == "ünï:p:ass"
    assert first.headers["user-agent"].startswith("sitegen/")
    assert (second.method, second.body) == ("POST", b"query=up")


SECRETS = {
    "username": "user", "password": "canary-one", "headers": {"X-Key": "canary-two", "X-Auth": "Key canary-three"},
}  # fmt: skip


@pytest.mark.parametrize("reply", [
    Reply(status=500, body=b"you sent canary-one, canary-two, canary-three, dXNlcjpjYW5hcnktb25l and canary-url"),
    Reply(status=302, headers=(("Location", "http://canary-url@elsewhere/canary-two"),)),
    Reply(raw=b"canary-one canary-two canary-three canary-url\r\n\r\n"),
    Reply(fault=Failure.HANG, at=Position.HEAD), Reply(fault=Failure.RESET, at=Position.BODY),
    Reply(headers=(("Content-Encoding", "canary-two, zstd"),)), Reply(fault=Failure.DOWN, at=Position.BEFORE),
], ids=["error body", "redirect", "protocol", "hang", "reset", "coding", "down"])  # fmt: skip
def test_no_secret_of_a_source_is_in_any_fault(reply, server, make_session, quick_backoff):
    server.then(reply)
    url = server.url.replace("http://", "http://name:canary-url@") + "/p?key=canary-query"
    for fields in (SECRETS, {"authorization": "Bearer canary-one", "headers": SECRETS["headers"]}):
        result = make_session(url, timeout=0.2, **fields).request("GET", "")
        assert isinstance(result, Fault)
        assert "canary" not in repr(result)
        assert "dXNlcjpjYW5hcnktb25l" not in repr(result) or "authorization" in fields


def test_nothing_heavy_is_imported_before_a_session_is_made():
    heavy = ["requests", "urllib3", "tenacity", "ssl", "brotli", "http.client", "email.utils"]
    code = f"import sys, sitegen.http; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
