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
