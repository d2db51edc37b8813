"""What one check says of a service, against real servers on loopback."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.availability.model import Probe, ProbeOutcome, ServiceState
from sitegen.availability.prober import BODY_CAP, judge_own_outage
from sitegen.availability.verdict import judge
from sitegen.http import Answer, Certificate, TlsConfig

from faulty_server import Failure, FaultyServer, Position, Reply, silent_port

UP, DEGRADED, DOWN, NO_DATA = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN, ServiceState.NO_DATA


def test_an_expected_answer_is_up_with_its_latency_and_its_slot(server, check):
    result = check(server.url)
    assert (result.probe, result.at, result.state, result.code, result.message) == (
        "home",
        1000.0,
        UP,
        200,
        "",
    )
    assert 0 < result.latency < 1
    assert result.certificate_days is None
    assert result.fault == ""


@pytest.mark.parametrize("answered, expected, state", [
    (200, 200, UP), (204, 204, UP), (404, 404, UP), (503, 503, UP), (500, 200, DOWN), (301, 200, DOWN), (200, 301, DOWN),
])  # fmt: skip
def test_the_status_decides(answered, expected, state, server, check):
    server.then(Reply(status=answered, body=b""))
    result = check(server.url, expect_status=expected)
    assert (result.state, result.code) == (state, answered)
    assert bool(result.message) == (state is DOWN)


@pytest.mark.parametrize("answered, expected, state", [
    (204, "2xx", UP), (302, "2xx", DOWN), (302, (200, "3xx"), UP), (404, (200, 404), UP), (503, ("2xx", 404), DOWN),
])  # fmt: skip
def test_a_status_may_be_one_of_a_class_or_of_a_list(answered, expected, state, server, check):
    server.then(Reply(status=answered, body=b""))
    assert check(server.url, expect_status=expected).state is state


def test_operators_read_every_status_that_was_expected(server, check):
    server.then(Reply(status=503))
    assert check(server.url, expect_status=("2xx", 404)).message == "Home answered 503 instead of 2xx or 404"


@pytest.mark.parametrize("expected, state", [(200, DOWN), (301, UP)])
def test_a_redirect_is_not_followed(expected, state, server, check):
    server.then(Reply(status=301, headers=(("Location", "/there"),)), Reply())
    assert check(server.url, expect_status=expected).state is state
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "last, state", [(Reply(body=b"arrived"), UP), (Reply(status=500), DOWN), (Reply(), DOWN)]
)
def test_where_redirects_are_followed_the_last_answer_is_judged(last, state, server, check):
    with FaultyServer(last) as other:
        server.then(
            *[Reply(status=301, headers=(("Location", "/on"),))] * 9,
            Reply(status=308, headers=(("Location", other.url),)),
        )
        assert check(server.url, follow_redirects=True, expect_body="arrived").state is state
        assert len(server.requests) == 10


def test_the_eleventh_redirect_is_not_followed(server, check):
    server.then(Reply(status=301, headers=(("Location", "/on"),)))
    result = check(server.url, follow_redirects=True)
    assert (result.state, result.fault, len(server.requests)) == (DOWN, "redirect", 11)


def test_headers_of_the_operator_do_not_go_to_another_origin(server, check):
    with FaultyServer() as other:
        server.then(Reply(status=302, headers=(("Location", other.url),)))
        assert check(server.url, follow_redirects=True, headers={"X-Key": "canary"}).state is UP
        assert b"canary" not in other.requests[0].raw


def test_over_a_kept_connection_that_the_server_closed_a_post_is_sent_once(server, check):
    kept = b"HTTP/1.1 307 Elsewhere\r\nLocation: /pay\r\nContent-Length: 0\r\n\r\n"
    server.then(Reply(raw=kept), Reply(raw=b""))
    check(server.url + "/cart", method="POST", body="order", follow_redirects=True)
    assert [request.path for request in server.requests] in (["/cart", "/pay"], ["/cart"])


@pytest.mark.parametrize("pattern, state", [
    ("Welcome", UP), ("wel.ome", DOWN), ("(?i)wel.ome", UP), (r"^<h1>W\w+</h1>$", UP), ("é", UP), ("absent", DOWN),
])  # fmt: skip
def test_the_body_is_searched(pattern, state, server, check):
    server.then(Reply(body=b"<h1>Welcome</h1>" if "h1" in pattern else "<h1>Welcome é</h1>".encode()))
    assert check(server.url, expect_body=pattern).state is state


def test_the_body_of_an_error_that_is_expected_is_searched_too(server, check):
    server.then(Reply(status=404, body=b"nothing here"))
    assert check(server.url, expect_status=404, expect_body="nothing").state is UP


def test_only_the_first_million_bytes_are_searched_and_what_is_beyond_is_not_missing(server, check):
    server.then(Reply(body=b"early" + b" " * BODY_CAP + b"late"))
    assert check(server.url, expect_body="early").state is UP
    unread = check(server.url, expect_body="late")
    assert unread.state is ServiceState.NO_DATA
    assert "the first 1,000,000 bytes of 1,000,009" in unread.message


def test_a_slow_answer_is_degraded(server, check):
    server.then(Reply(fault=Failure.LATENCY, at=Position.BODY, delay=0.1))
    assert check(server.url, degraded_above=0.05).state is DEGRADED
    assert check(server.url, degraded_above=5.0).state is UP


@pytest.mark.parametrize("fault, kind", [
    (Failure.RESET, "reset"), (Failure.TRUNCATED, "reset"), (Failure.HANG, "timeout"), (Failure.DRIP, "timeout"),
])  # fmt: skip
def test_a_broken_answer_is_down_after_one_attempt(fault, kind, server, check):
    server.then(Reply(fault=fault, at=Position.HEAD, delay=0.05))
    result = check(server.url, timeout=0.2)
    assert (result.state, result.fault, result.latency) == (DOWN, kind, None)
    assert result.message.startswith("Home ")
    assert server.connections == 1


def test_when_the_builds_deadline_comes_first_nothing_is_known(server, check):
    server.then(Reply(fault=Failure.HANG, at=Position.BEFORE))
    result = check(server.url, seconds=0.1, timeout=3.0)
    assert (result.state, result.fault) == (NO_DATA, "deadline")


@pytest.mark.parametrize(
    "said, state", [("EAI_NONAME", DOWN), ("EAI_NODATA", DOWN), ("EAI_AGAIN", NO_DATA), ("EAI_FAIL", NO_DATA)]
)
def test_a_name_that_does_not_exist_is_down_and_a_resolver_without_an_answer_no_data(
    said, state, check, monkeypatch
):
    def fail(*_, **__):
        raise socket.gaierror(getattr(socket, said), said)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    result = check("http://shop.example/")
    assert (result.state, judge_own_outage([result])[0][0].state) == (state, state)


def test_method_and_headers_are_sent(server, check):
    check(server.url + "/health?deep=1", method="HEAD", headers={"X-Probe": "1"})
    (request,) = server.requests
    assert (request.method, request.path, request.headers["x-probe"]) == ("HEAD", "/health?deep=1", "1")


def test_a_body_is_sent_as_it_is_written(server, check):
    check(server.url, method="POST", body='{"ü": 1}', headers={"Content-Type": "application/json"})
    (request,) = server.requests
    assert (request.method, request.body.decode()) == ("POST", '{"ü": 1}')
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("reply", [
    Reply(raw=b""), Reply(fault=Failure.RESET, at=Position.BEFORE), Reply(fault=Failure.RESET, at=Position.HEAD),
    Reply(fault=Failure.RESET), Reply(fault=Failure.TRUNCATED), Reply(fault=Failure.HANG, at=Position.HEAD),
    Reply(status=503, headers=(("Retry-After", "0"),)), Reply(status=408), Reply(status=429), Reply(raw=b"HTTP/1.1 421 \r\n\r\n"),
], ids=["closed", "reset", "reset in the head", "reset in the body", "cut", "silent", "503", "408", "429", "421"])  # fmt: skip
def test_what_changes_something_is_never_sent_twice(method, reply, server, check):
    server.then(reply)
    assert check(server.url, method=method, body="order", timeout=0.3).state is DOWN
    assert [request.body for request in server.requests] == [b"order"]
    assert server.connections == 1


def test_a_certificate_of_an_authority_of_ones_own_is_taken_by_its_name(check, make_tls):
    server = make_tls("shop.internal")
    tls = {"ca_file": make_tls.ca_file, "server_name": "shop.internal"}
    assert check(server.url, tls_config=TlsConfig(**tls)).state is UP
    assert check(server.url, tls_config=TlsConfig(ca_file=make_tls.ca_file)).state is DOWN
    assert check(server.url).state is DOWN


def test_a_certificate_that_is_not_checked_is_told(check, make_tls):
    result = check(make_tls("shop.internal").url, tls_config=TlsConfig(insecure_skip_verify=True))
    assert (result.state, result.reason) == (UP, "its certificate is not checked")
    assert "insecure_skip_verify" in result.message


@pytest.mark.parametrize("days, state", [(60, UP), (15, UP), (13, DEGRADED), (1, DEGRADED), (-1, DOWN)])
def test_a_certificate_degrades_its_service_two_weeks_before_its_end(days, state, check, make_tls):
    server = make_tls("127.0.0.1", days)
    result = check(server.url, tls_config=TlsConfig(ca_file=make_tls.ca_file))
    assert result.state is state
    if state is DOWN:
        assert "expired" in result.message
    else:
        assert result.certificate_days == pytest.approx(days, abs=0.1)
        assert ("certificate" in result.message) == (state is DEGRADED)


# --- Below HTTP -----------------------------------------------------------------------------


def test_a_port_that_takes_connections_is_up_with_its_latency(server, check):
    result = check(f"tcp://127.0.0.1:{server.port}", type="tcp")
    assert (result.state, result.code, result.fault, result.message) == (UP, None, "", "")
    assert result.latency > 0
    assert check(f"tcp://127.0.0.1:{server.port}", type="tcp", degraded_above=1e-9).state is DEGRADED


def test_a_port_that_refuses_or_stays_silent_is_down(free_port, check):
    with silent_port() as silent:
        late = check(f"tcp://127.0.0.1:{silent}", type="tcp", timeout=0.3)
        unasked = check(f"tcp://127.0.0.1:{silent}", type="tcp", seconds=0.2, timeout=3.0)
    refused = check(f"tcp://127.0.0.1:{free_port}", type="tcp")
    assert (late.state, late.fault, refused.state, refused.fault) == (DOWN, "timeout", DOWN, "refused")
    assert (unasked.state, unasked.fault) == (NO_DATA, "deadline")


@pytest.mark.parametrize("address, expected, state", [
    ("dns://localhost", None, UP), ("dns://localhost?type=A", "127.0.0.1", UP), ("dns://localhost?type=A", ("127.0.0.1",), UP),
    ("dns://localhost?type=A", "192.0.2.10", DOWN), ("dns://localhost?type=A", ("127.0.0.1", "192.0.2.10"), DOWN),
])  # fmt: skip
def test_every_address_that_is_expected_of_a_name_must_be_among_its_own(address, expected, state, check):
    result = check(address, type="dns", expect_answer=expected)
    assert (result.state, "192.0.2.10 is missing" in result.message) == (state, state is DOWN)


def test_an_ipv6_address_is_known_in_every_spelling(check, monkeypatch):
    asked = []
    answer = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::10", 0, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given: asked.append(given[:3]) or answer)
    check_it = {"type": "dns", "expect_answer": "2001:0DB8:0::0010"}
    assert check("dns://shop.example?type=AAAA", **check_it).state is UP
    assert asked == [("shop.example", None, socket.AF_INET6)]


@pytest.mark.parametrize("said, state", [("EAI_NONAME", DOWN), ("EAI_NODATA", DOWN), ("EAI_AGAIN", NO_DATA)])
def test_a_name_without_addresses_is_down_and_a_silent_resolver_no_data(said, state, check, monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(getattr(socket, said), said)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert check("dns://shop.example?type=A", type="dns").state is state


@pytest.mark.parametrize("days, state", [(60, UP), (13, DEGRADED), (-1, DOWN)])
def test_a_handshake_is_judged_by_the_certificate_as_a_request_is(days, state, check, make_tls):
    server = make_tls("127.0.0.1", days)
    result = check(
        f"tls://127.0.0.1:{server.port}", type="tls", tls_config=TlsConfig(ca_file=make_tls.ca_file)
    )
    assert result.state is state
    assert ("certificate" in result.message) == (state is not UP)
    assert (result.certificate_days is None) == (state is DOWN)


def test_a_handshake_with_a_stranger_or_with_what_is_not_tls_is_down(server, check, make_tls):
    stranger = check(f"tls://127.0.0.1:{make_tls('127.0.0.1').port}", type="tls")
    plain = check(f"tls://127.0.0.1:{server.port}", type="tls")
    assert (stranger.state, stranger.fault, plain.state, plain.fault) == (DOWN, "tls", DOWN, "tls")


def test_a_handshake_ends_in_time_whatever_the_server_sends(server, check):
    server.then(
        Reply(raw=b"\x16\x03\x03\x40\x00" + b"\x02" * 1000, fault=Failure.DRIP, at=Position.BEFORE, delay=0.1)
    )
    result = check(f"tls://127.0.0.1:{server.port}", type="tls", timeout=0.5)
    assert (result.state, result.fault) == (DOWN, "timeout")


# --- Certificates ---------------------------------------------------------------------------


@pytest.mark.parametrize("chain, state, said", [
    ([(159 / 24, 160 / 24)], UP, ""),
    ([(2.3, 160 / 24)], UP, ""),
    ([(2.1, 160 / 24)], DEGRADED, "its certificate ends in 2 days"),
    ([(31, 90)], UP, ""), ([(15, 90)], UP, ""), ([(13.9, 90)], DEGRADED, "its certificate ends in 13 days"),
    ([(1.1, 1.2)], UP, ""),
    ([(60, 90), (500, 3650)], UP, ""),
    ([(60, 90), (5.5, 3650)], DEGRADED, "a certificate of its chain ends in 5 days"),
    ([(6, 160 / 24), (10, 3650)], DEGRADED, "a certificate of its chain ends in 10 days"),
    ([(1.5, 160 / 24), (10, 3650)], DEGRADED, "its certificate ends in 1 day"),
])  # fmt: skip
def test_a_chain_is_judged_by_each_certificate_and_the_share_of_its_life_that_is_left(chain, state, said):
    found = Answer(200, {}, b"", 0.1, 1, tuple(Certificate(left, life) for left, life in chain))
    result = judge(Probe("a", "A", "https://a.example"), found, at=0.0)
    assert (result.state, result.reason) == (state, said)
    assert result.certificate_days == min(left for left, _ in chain)


def found(name, state=DOWN, fault=""):
    return ProbeOutcome(probe=name, at=0.0, state=state, fault=fault)


def test_when_no_probe_reaches_anything_the_prober_is_cut_off_and_nothing_is_down():
    results, problems = judge_own_outage([found("a", fault="dns"), found("b", fault="unreachable")])
    assert [result.state for result in results] == [NO_DATA, NO_DATA]
    (problem,) = problems
    assert problem.notice.text == "prober was cut off from the network"


@pytest.mark.parametrize("others", [
    [found("b", UP)], [found("b", DOWN)], [found("b", DOWN, "refused")], [found("b", DOWN, "timeout")], [found("b", DEGRADED)],
])  # fmt: skip
def test_one_sign_of_life_makes_the_others_failures_their_own(others):
    results = [found("a", fault="dns"), *others]
    assert judge_own_outage(results) == (tuple(results), ())


def test_a_name_that_does_not_exist_is_an_answer_of_the_network():
    results = [found("a", fault="no_name"), found("b", NO_DATA, "dns")]
    assert judge_own_outage(results) == (tuple(results), ())


def test_probes_that_had_no_time_are_no_sign_of_life():
    results, problems = judge_own_outage([found("a", fault="dns"), found("b", NO_DATA, "deadline")])
    assert [result.state for result in results] == [NO_DATA, NO_DATA]
    assert len(problems) == 1


def test_without_probes_there_is_no_outage():
    assert judge_own_outage([]) == ((), ())


@given(st.lists(st.builds(found, st.text(max_size=3), st.sampled_from([UP, DEGRADED, DOWN, NO_DATA]),
                          st.sampled_from(["", "dns", "unreachable", "refused", "tls"])), max_size=6))  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_the_judge_never_makes_a_service_worse(results):
    judged, problems = judge_own_outage(results)
    assert [one.probe for one in judged] == [one.probe for one in results]
    assert all(new == old or new.state is NO_DATA for new, old in zip(judged, results, strict=True))
    assert bool(problems) == (tuple(results) != judged)
