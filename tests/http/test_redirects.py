"""Where a redirect may lead, and that no credential follows it elsewhere."""

import itertools
import socket

import pytest
from sitegen.http import Answer, Fault, FaultKind

from faulty_server import FaultyServer, Reply

CODES = [301, 302, 303, 307, 308]
SECRETS = {
    "authorization": "Bearer canary-authorization",
    "headers": {"X-Api-Key": "canary-header", "Cookie": "a=canary"},
}


def to(location, status=302, **fields):
    return Reply(status=status, headers=(("Location", location),), **fields)


@pytest.mark.parametrize("status, elsewhere", list(itertools.product(CODES, ["host", "port", "scheme"])))
def test_another_origin_is_refused_and_sees_nothing(status, elsewhere, server, make_session, make_tls):
    with FaultyServer() as trap:
        here, target = server, f"http://127.0.0.1:{trap.port}/x"
        fields = dict(SECRETS)
        if elsewhere == "host":
            target = f"http://localhost:{trap.port}/x"
        if elsewhere == "scheme":
            here = make_tls.serve("localhost")
            target = f"http://localhost:{here.port}/x"
            fields["ca_file"] = make_tls.ca_file
        here.then(to(target, status))
        url = here.url.replace("127.0.0.1", "localhost") if elsewhere == "scheme" else here.url
        result = make_session(url, **fields).request("GET", "/")
        assert isinstance(result, Fault)
        assert (result.kind, result.status, result.attempts) == (FaultKind.REDIRECT, status, 1)
        assert "another origin" in result.message
        assert trap.connections == 0
        assert len(here.requests) == 1


@pytest.mark.parametrize(
    "location", ["/there", "there", "http://{host}/there", "//{host}/there", "http://a:b@{host}/there"]
)
def test_inside_the_origin_a_redirect_is_followed_with_the_credentials_of_the_source(
    location, server, make_session
):
    server.then(to(location.format(host=f"127.0.0.1:{server.port}")), Reply(body=b"arrived"))
    result = make_session(server.url, **SECRETS).request("GET", "/")
    assert isinstance(result, Answer)
    assert (result.body, server.requests[1].path) == (b"arrived", "/there")
    assert server.requests[1].headers["authorization"] == "Bearer canary-authorization"


@pytest.mark.parametrize(
    "status, method", [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_post_keeps_its_method_and_form_only_where_the_status_says_so(status, method, server, make_session):
    server.then(to("/there", status), Reply())
    make_session(server.url).request("POST", "/", form={"query": "up"})
    assert server.requests[1].method == method
    assert server.requests[1].body == (b"query=up" if method == "POST" else b"")


def test_five_redirects_are_followed_and_the_sixth_is_not(server, make_session):
    server.then(*[to("/on")] * 5, Reply(body=b"arrived"))
    assert isinstance(make_session(server.url).request("GET", "/"), Answer)
    server.then(to("/on"))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.REDIRECT
    assert len(server.requests) == 12


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[", "http://h:port/"],
)
def test_a_location_that_is_never_fetched_is_refused(location, server, make_session):
    server.then(to(location))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.REDIRECT


@pytest.mark.parametrize("form", ["http://{}/latest", "//{}/latest", "https://{}:80/", "http://a:b@{}/"])
@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[::ffff:169.254.169.254]",
     "[::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "2852039166", "0251.0376.0251.0376", "0xa9fea9fe", "169.254.43518", "192.0.0.192",
     "169.254.169.254.", "metadata.google.internal", "instance-data"],
)  # fmt: skip
def test_a_location_with_metadata_is_refused_without_a_connection(
    host, form, server, make_session, monkeypatch
):
    asked = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda one, to: (asked.append(to), connect(one, to))[1])
    server.then(to(form.format(host)))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.REDIRECT
    assert {place[:2] for place in asked} <= {("127.0.0.1", server.port)}
    assert len(server.requests) == 1


def test_without_redirects_a_redirect_is_the_answer_that_it_is(server, make_session):
    server.then(to("/there", 301))
    result = make_session(server.url, redirects=0).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.status) == (FaultKind.STATUS, 301)


@pytest.mark.parametrize("status", CODES)
def test_one_that_may_leave_takes_nothing_to_another_origin(status, server, make_session):
    with FaultyServer() as other:
        server.then(to(f"http://name:pass@localhost:{other.port}/x", status))
        other.then(to("/y"), Reply(body=b"arrived"))
        url = server.url.replace("http://", "http://user:canary-url@")
        result = make_session(url, leaves=True, **SECRETS).request("GET", "/", headers={"X-More": "canary"})
    assert (result.status, result.body) == (200, b"arrived")
    assert [request.path for request in other.requests] == ["/x", "/y"]
    assert not any(
        b"canary" in request.raw or "authorization" in request.headers for request in other.requests
    )


def test_one_that_leads_back_to_its_origin_comes_back_without_credentials(server, make_session):
    with FaultyServer() as other:
        server.then(to(f"{other.url}/x"), Reply(body=b"arrived"))
        other.then(to(f"{server.url}/admin"))
        assert make_session(server.url, leaves=True, **SECRETS).request("GET", "/").body == b"arrived"
    first, last = server.requests
    assert b"canary" in first.raw
    assert b"canary" not in last.raw


def test_a_client_certificate_is_not_shown_to_another_origin(make_session, make_tls):
    here, other = (
        make_tls.serve("localhost", ask_for_client=True),
        make_tls.serve("127.0.0.1", ask_for_client=True),
    )
    here.then(to(f"https://127.0.0.1:{other.port}/"))
    session = make_session(
        f"https://localhost:{here.port}",
        leaves=True,
        ca_file=make_tls.ca_file,
        attempts=1,
        **make_tls.client(),
    )
    assert isinstance(session.request("GET", "/"), Fault)
    assert (len(here.requests), other.requests) == (1, [])


@pytest.mark.parametrize(
    "status, arrives", [(301, True), (302, True), (303, True), (307, False), (308, False)]
)
def test_what_was_sent_in_a_body_never_leaves_its_origin(status, arrives, server, make_session):
    with FaultyServer() as other:
        server.then(to(other.url, status))
        result = make_session(server.url, leaves=True).request("POST", "/", form=b"canary")
    assert isinstance(result, Answer) == arrives
    assert [(request.method, request.body) for request in other.requests] == [("GET", b"")] * arrives


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/", "http://169.254.169.254/", "http://[fe80::1]/", "http://[", "mailto:a@b"]
)
def test_one_that_may_leave_goes_nowhere_that_is_never_fetched(location, server, make_session):
    server.then(to(location))
    result = make_session(server.url, leaves=True).request("GET", "/")
    assert (result.kind, len(server.requests)) == (FaultKind.REDIRECT, 1)


def test_a_redirect_without_a_location_is_the_answer_that_it_is(server, make_session):
    server.then(Reply(status=302))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.status) == (FaultKind.STATUS, 302)


def test_the_query_of_a_location_never_reaches_a_message(server, make_session):
    server.then(to("http://elsewhere.example/x?sig=canary"))
    result = make_session(server.url).request("GET", "/")
    assert isinstance(result, Fault)
    assert "elsewhere.example" in result.message
    assert "canary" not in result.message


def test_cookies_are_not_kept(server, make_session):
    server.then(Reply(headers=(("Set-Cookie", "id=1; Path=/"),)), Reply())
    session = make_session(server.url)
    session.request("GET", "/")
    session.request("GET", "/")
    assert "cookie" not in server.requests[1].headers


def test_netrc_and_proxies_of_the_environment_are_ignored(server, make_session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\ndefault login me password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultyServer() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(make_session(server.url).request("GET", "/"), Answer)
        assert proxy.connections == 0
    assert "authorization" not in server.requests[0].headers
