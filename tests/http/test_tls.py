"""TLS with real servers: what is trusted, what is refused, and what the certificate says."""

import ssl

import pytest
from sitegen.http import Answer, Fault, FaultKind

DAY = 86_400


def test_an_own_authority_is_trusted_and_the_certificates_days_are_told(make_tls, make_session):
    server = make_tls.serve("localhost", days=20)
    result = make_session(local(server), ca_file=make_tls.ca_file).request("GET", "/")
    assert isinstance(result, Answer)
    assert result.certificate_days == pytest.approx(20, abs=0.1)


def test_the_days_of_a_pooled_connection_and_of_an_error_answer_are_told_too(make_tls, make_session):
    from faulty_server import Reply

    server = make_tls.serve("localhost", days=20)
    server.then(Reply(status=500))
    result = make_session(local(server), ca_file=make_tls.ca_file).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.certificate_days == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("why", ["self-signed", "wrong host", "expired"])
def test_a_certificate_that_proves_nothing_is_refused_without_another_attempt(why, make_tls, make_session):
    fields = {"ca_file": make_tls.ca_file}
    if why == "self-signed":
        server, fields = make_tls.serve("localhost"), {}
    elif why == "wrong host":
        server = make_tls.serve("other.example")
    else:
        server = make_tls.serve("localhost", days=-1)
    result = make_session(local(server), authorization="Bearer canary", **fields).request("GET", "/")
    assert isinstance(result, Fault)
    assert (result.kind, result.attempts) == (FaultKind.TLS, 1)
    assert {"self-signed": "issuer", "wrong host": "Hostname mismatch", "expired": "expired"}[
        why
    ] in result.message
    assert server.requests == []


def test_a_server_name_is_what_the_certificate_must_name(make_tls, make_session):
    server = make_tls.serve("other.example")
    session = make_session(local(server), ca_file=make_tls.ca_file, server_name="other.example")
    assert isinstance(session.request("GET", "/"), Answer)


def test_skipping_verification_works_and_warns_on_every_run(make_tls, make_session):
    session = make_session(local(make_tls.serve("other.example")), insecure_skip_verify=True)
    result = session.request("GET", "/")
    assert isinstance(result, Answer)
    assert result.certificate_days is None
    (warning,) = session.warnings
    assert warning.where == "prometheus"
    assert "insecure_skip_verify" in warning.message
    assert make_session("https://localhost").warnings == ()


def test_a_client_certificate_is_shown_to_a_server_that_asks_for_one(make_tls, make_session):
    server = make_tls.serve("localhost", ask_for_client=True)
    with_it = make_session(local(server), ca_file=make_tls.ca_file, **make_tls.client())
    without = make_session(local(server), ca_file=make_tls.ca_file, attempts=1)
    assert isinstance(with_it.request("GET", "/"), Answer)
    refused = without.request("GET", "/")
    assert isinstance(refused, Fault)
    assert refused.kind in {FaultKind.TLS, FaultKind.RESET}
    assert len(server.requests) == 1


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
@pytest.mark.parametrize("content", [None, b"not PEM"], ids=["missing", "damaged"])
def test_a_file_that_cannot_be_used_is_named_by_its_key(key, content, make_tls, make_session, tmp_path):
    file = tmp_path / "some.pem"
    if content is not None:
        file.write_bytes(content)
    server = make_tls.serve("localhost")
    result = make_session(local(server), **{"ca_file": make_tls.ca_file, key: str(file)}).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TLS
    assert key in result.message


def test_a_server_that_speaks_another_version_than_the_source_allows_is_refused(make_tls, make_session):
    server = make_tls.serve("localhost", newest=ssl.TLSVersion.TLSv1_2)
    older = make_session(local(server), ca_file=make_tls.ca_file, min_version="TLS12", max_version="TLS12")
    newer = make_session(local(server), ca_file=make_tls.ca_file, min_version="TLS13", attempts=1)
    assert isinstance(older.request("GET", "/"), Answer)
    refused = newer.request("GET", "/")
    assert isinstance(refused, Fault)
    assert (refused.kind, len(server.requests)) == (FaultKind.TLS, 1)
    assert "version" in refused.message


def test_plain_http_on_a_tls_port_is_a_tls_fault(server, make_session):
    result = make_session(server.url.replace("http:", "https:"), attempts=1).request("GET", "/")
    assert isinstance(result, Fault)
    assert result.kind is FaultKind.TLS


def local(server):
    return f"https://localhost:{server.port}"
