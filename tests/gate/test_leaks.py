import base64
import json
from urllib.parse import quote

import pytest
from sitegen.gate.leaks import Canaries, find_leaks

SECRET = "hunter2&<two>/é"


def rules(text: str, *, allow: tuple[str, ...] = (), **canaries: tuple[str, ...]) -> list[str]:
    return [finding.rule for finding in find_leaks("x.html", text.encode(), Canaries(**canaries), allow)]


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


def test_a_path_of_this_machine_is_found():
    assert rules("see /home/alice/site/dist", places=("/home/alice/",)) == ["place"]
    assert rules("see /srv/x", places=("/", "")) == []


def test_a_name_of_this_machine_is_found_as_a_word_outside_of_urls():
    assert rules("built by alice on wonderland", names=("alice", "wonderland")) == ["name", "name"]
    assert rules("alice@wonderland", names=("wonderland",)) == ["name"]
    assert rules("malice in wonderlands", names=("alice", "wonderland")) == []
    assert rules('<a href="https://github.com/alice">', names=("alice",)) == []


def test_a_name_that_half_of_all_machines_share_tells_nothing():
    assert rules("root span, ubuntu, build", names=("root", "ubuntu", "build")) == []


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


def test_a_page_about_keys_is_no_leak():
    text = "set password = ... and AWS_SECRET_ACCESS_KEY=${KEY}, trace 4bf92f3577b34da6a3ce929d0e0e4736, postgres://user:password@db"
    assert rules(text) == []
