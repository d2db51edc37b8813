import base64
import json
from urllib.parse import quote

import pytest
from sitegen.gate.leaks import Canaries, find_leaks
from sitegen.redaction import Builder

SECRET = "hunter2&<two>/é"


def rules(text: str, **canaries) -> list[str]:
    return [finding.rule for finding in find_leaks("x.html", text.encode(), Canaries(**canaries))]


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        "hunter2&amp;&lt;two&gt;/é",
        json.dumps(SECRET)[1:-1],
        quote(SECRET, safe=""),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"me:{SECRET}!".encode()).decode(),
        base64.b64encode(f"root:{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_found_in_every_spelling(spelling):
    (finding,) = find_leaks("x.html", f"one\ntwo {spelling} three".encode(), Canaries(secrets=(SECRET,)))
    assert finding.rule == "secret"
    assert "line 2" in finding.message
    assert "hunter" not in finding.message


def test_a_secret_too_short_to_be_one_is_left_alone():
    assert rules("a demo page", secrets=("demo",)) == []


ALICE = Builder(homes=("/home/alice",), folders=("/srv/obs-7",), names=("wonder-7",))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("see /home/alice/x.py", "place"),
        ("see file:///home/alice.", "place"),
        ("%2Fhome%2Falice%2Fx", "place"),
        (r'{"path":"\/srv\/obs-7\/dist"}', "place"),
        ("built on Wonder-7", "name"),
        ("alice@wonder-7:~$", "name"),
        ("http://wonder-7.example.org:9090/", "name"),
    ],
)
def test_a_folder_and_a_name_of_this_machine_are_found_and_may_be_allowed(text, rule):
    (finding,) = find_leaks("x.html", f"one\n{text}".encode(), Canaries(builder=ALICE))
    assert finding.rule == rule
    assert "in line 2" in finding.message
    assert "`redaction.allow`" in finding.message
    assert "alice" not in finding.message
    assert rules(text, builder=ALICE, allow=("(?s).*",)) == []
    assert rules(text, builder=ALICE, allow=("/home/alice", "/srv/obs-7", "(?i:wonder-7)")) == []


@pytest.mark.parametrize(
    "text",
    ["/home/alice2", "/home/alice.bak/x", "https://example.org/home/alice", "my-wonder-7", "wonder-72"],
)
def test_what_only_looks_like_one_is_left_alone(text):
    assert rules(text, builder=ALICE) == []


def test_an_expression_that_does_not_end_allows_nothing_and_is_named():
    body = b"x ghp_" + b"a1B2" * 9 + b" " + b"a" * 60
    for _ in range(5):
        (finding,) = find_leaks("x.html", body, Canaries(allow=("(a+)+b",)))
        assert "an expression of `redaction.allow` takes too long" in finding.message
    (finding,) = find_leaks("x.html", b"a" * 60, Canaries(secrets=("a" * 60,), allow=("(a+)+b",)))
    assert finding.rule == "secret"


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\n-----END RSA " + "PRIVATE KEY-----",
        "AKIA" + "Z" * 12 + "1234",
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "1234567890-abcdef",
        "AIza" + "b" * 35,
        "sk_" + "live_" + "0123456789abcd",
    ],
)
def test_a_key_of_a_provider_is_found(key):
    assert rules(f"text {key} text") == ["key"]
    assert rules(f"text {key} text", allow=("(?s).*",)) == []


def test_a_refusal_names_its_rule_and_the_key_that_allows():
    (finding,) = find_leaks("x.html", b"a\nghp_" + b"a1B2" * 9)
    assert "GitHub token" in finding.message
    assert "line 2" in finding.message
    assert "`redaction.allow`" in finding.message


@pytest.mark.parametrize(
    "coded", [str, lambda text: quote(text, safe=""), lambda text: base64.b64encode(text.encode()).decode()]
)
def test_what_is_allowed_may_stand_in_every_spelling(coded):
    token, body = "ghp_" + "a1B2" * 9, coded("see ghp_" + "a1B2" * 9 + " there")
    assert rules(f"one {body} two") == ["key"]
    assert rules(f"one {body} two", allow=(token,)) == []
    assert rules(f"one {coded(SECRET)} two", secrets=(SECRET,), allow=("hunter2.*",)) == []


def test_a_page_about_keys_is_no_leak():
    text = "set password = ... and AWS_SECRET_ACCESS_KEY=${KEY}, trace 4bf92f3577b34da6a3ce929d0e0e4736, postgres://user:password@db"
    assert rules(text) == []
