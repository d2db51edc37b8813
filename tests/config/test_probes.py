"""What a table of `[[probes]]` may say, and the sentence where it says what does not fit."""

import pytest
from sitegen.availability.model import Probe
from sitegen.http import TlsConfig

PROBE = "[[probes]]\nid = 'api'\ntitle = 'API'\nurl = 'https://127.0.0.1/'\n"


def test_a_probe_is_read_with_all_its_keys(load, tmp_path):
    (tmp_path / "ca.pem").touch()
    (probe,) = load(
        PROBE
        + "method = 'POST'\nbody = '{}'\nexpect_status = 204\nexpect_body = 'ok|fine'\ntimeout = '1s'\ndegraded_above = '250ms'\n"
        + "follow_redirects = true\nconfirm = 3\nheaders = { X-Key = 'v' }\ntls_config = { ca_file = 'ca.pem', server_name = 'api' }"
    ).probes
    assert probe == Probe(
        id="api",
        title="API",
        url="https://127.0.0.1/",
        method="POST",
        body="{}",
        expect_status=204,
        expect_body="ok|fine",
        timeout=1.0,
        degraded_above=0.25,
        headers={"X-Key": "v"},
        follow_redirects=True,
        confirm=3,
        tls_config=TlsConfig(ca_file=str(tmp_path / "ca.pem"), server_name="api"),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [("204", 204), ("'2xx'", "2xx"), ("[200, 204]", (200, 204)), ("['2xx', 401]", ("2xx", 401)), ("['3xx']", ("3xx",))],
)  # fmt: skip
def test_the_expected_status_is_a_number_a_class_or_a_list_of_both(load, written, read):
    assert load(f"{PROBE}expect_status = {written}").probes[0].expect_status == read


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (PROBE + PROBE, "probes: id 'api' is used twice"),
        (PROBE + "expect_status = 42", "probes[0].expect_status: 42 must be at least 100"),
        (PROBE + "expect_status = [200, 600]", "probes[0].expect_status[1]: 600 must be at most 599"),
        (PROBE + "expect_status = '2x'", "probes[0].expect_status: '2x' is not known; did you mean '2xx'?"),
        (PROBE + "expect_status = [200, '2yx']", "probes[0].expect_status[1]: '2yx' is not known"),
        (PROBE + "expect_status = []", "probes[0].expect_status: names no status; write it like"),
        (PROBE + "expect_body = '('", "probes[0].expect_body: '(' is not a regular expression"),
        (
            PROBE + "method = 'HEAD'\nexpect_body = 'x'",
            "probes[0].expect_body: cannot be found in the answer to HEAD",
        ),
        (PROBE + "confirm = 0", "probes[0].confirm: 0 must be at least 1"),
        (PROBE + "timeout = '0s'", "probes[0].timeout: '0s' must be more than zero"),
        (PROBE + "degraded_above = 'slow'", "probes[0].degraded_above: 'slow' is not a duration"),
        (PROBE + "method = 'FETCH'", "probes[0].method: 'FETCH' is not known"),
        (PROBE + 'headers = { "X\\nY" = "v" }', "probes[0].headers: "),
        (
            PROBE + "tls_config = { cert_file = 'x' }",
            "probes[0].tls_config: needs cert_file and key_file together",
        ),
        (PROBE + "tls_config = { ca_file = 'no.pem' }", "probes[0].tls_config.ca_file: "),
        (PROBE + "tls_config = { ca = 'no.pem' }", "probes[0].tls_config.ca: unknown key"),
    ],
)
def test_probes_that_cannot_be_are_refused(refuse, text, start):
    assert refuse(text).startswith(start)


OTHER = {
    "tcp": "tcp://db.example.org:5432",
    "tls": "tls://mail.example.org:993",
    "dns": "dns://example.org?type=A",
}


def other(kind, address=None):
    return f"[[probes]]\nid = 'x'\ntitle = 'X'\ntype = '{kind}'\nurl = '{address or OTHER[kind]}'\n"


@pytest.mark.parametrize("text", [
    *map(other, OTHER), other("tcp", "tcp://[2001:db8::1]:1"), other("tls", "tls://192.0.2.1:65535"), other("dns", "dns://münchen.example"),
    other("dns", "dns://example.org?type=AAAA") + "expect_answer = '2001:db8::10'", other("dns") + "expect_answer = ['192.0.2.1', '192.0.2.2']",
    other("tls") + "tls_config = { server_name = 'imap.example.org' }", other("tcp") + "timeout = '1s'\ndegraded_above = '1s'\nconfirm = 2\nshow_url = true",
])  # fmt: skip
def test_a_connection_a_handshake_and_a_name_may_be_probed(load, text):
    assert load(text).probes[0].id == "x"


@pytest.mark.parametrize(("kind", "line", "said"), [
    ("tcp", "body = 'x'", "body: does not go with type tcp, only with http; remove it"),
    ("tcp", "method = 'POST'", "method: does not go with type tcp, only with http; remove it"),
    ("tcp", "headers = { A = 'b' }", "headers: does not go with type tcp, only with http; remove it"),
    ("tcp", "tls_config = { server_name = 'x' }", "tls_config: does not go with type tcp, only with http and tls; remove it"),
    ("tls", "expect_status = 204", "expect_status: does not go with type tls, only with http; remove it"),
    ("tls", "expect_body = 'x'", "expect_body: does not go with type tls, only with http; remove it"),
    ("tls", "expect_answer = '192.0.2.1'", "expect_answer: does not go with type tls, only with dns; remove it"),
    ("dns", "follow_redirects = true", "follow_redirects: does not go with type dns, only with http; remove it"),
    ("dns", "tls_config = { server_name = 'x' }", "tls_config: does not go with type dns, only with http and tls; remove it"),
    ("dns", "expect_answer = '2001:db8::1'", "expect_answer: '2001:db8::1' is not what the name is asked for, an IPv4 address like 192.0.2.10"),
    ("dns", "expect_answer = ['192.0.2.1', 'x']", "expect_answer: 'x' is not what the name is asked for, an IPv4 address like 192.0.2.10"),
])  # fmt: skip
def test_a_key_that_does_not_go_with_the_type_is_named(refuse, kind, line, said):
    assert refuse(other(kind) + line) == f"probes[0].{said}"


def test_an_answer_is_expected_of_dns_alone(refuse):
    assert refuse(PROBE + "expect_answer = '192.0.2.1'").startswith(
        "probes[0].expect_answer: does not go with type http, only with dns"
    )


@pytest.mark.parametrize(("kind", "address"), [
    ("tcp", "db.example.org:5432"), ("tcp", "tcp://db.example.org"), ("tcp", "tcp://db.example.org:0"), ("tcp", "tcp://db.example.org:65536"),
    ("tcp", "tcp://db.example.org:5432/x"), ("tcp", "tcp://u:p@db.example.org:5432"), ("tcp", "tcp://:1"), ("tcp", "tcp://2001:db8::1:1"),
    ("tls", "tls://mail.example.org"), ("tls", "https://mail.example.org"), ("tls", "tls://mail example.org:993"), ("tls", ""),
    ("dns", "dns://example.org:53?type=A"), ("dns", "dns://example.org?type=MX"), ("dns", "dns://"), ("dns", "example.org"),
    ("dns", "dns://example.org/?type=A"),
])  # fmt: skip
def test_an_address_of_another_form_is_refused_with_the_right_one(refuse, kind, address):
    assert refuse(other(kind, address or "x")).endswith(
        f"is no address of type {kind}; write it like {OTHER[kind]}"
    )


@pytest.mark.parametrize(("kind", "address", "said"), [
    ("http", "tcp://db.example.org:5432", 'begins with tcp://, which goes with type = "tcp"; add that, or correct it'),
    ("tcp", "tls://db.example.org:5432", 'begins with tls://, which goes with type = "tls"; add that, or correct it'),
    ("tcp", "tcp://169.254.169.254:80", "is a link-local or metadata address"),
    ("tls", "tls://[fe80::1]:80", "is a link-local or metadata address"),
])  # fmt: skip
def test_an_address_of_another_type_or_one_that_is_never_asked_is_refused(refuse, kind, address, said):
    assert said in refuse(other(kind, address))
