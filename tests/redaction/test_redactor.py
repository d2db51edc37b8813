import html
import json
import pickle
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.redaction import Redactor, make_leak_finder, names_secret, visible

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
RANDOM = "a1B2c3D4e5F6g7H8i9J0"
SPELLED = "s3cret <b> & \"x\" 'y' /+% key"

# kind -> (text holding a secret, the part that must be gone, a part that must stay).
# Keys are put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "private key": ("x -----BEGIN RSA " + "PRIVATE KEY-----\nMIIabc\n-----END RSA " + "PRIVATE KEY----- y", "MIIabc", " y"),
    "cut private key": ("-----BEGIN " + "PRIVATE KEY-----\nMIIabc", "MIIabc", ""),
    "PGP key": ("-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\nlQabc\n-----END PGP " + "PRIVATE KEY BLOCK-----", "lQabc", ""),
    "credentials in a URL": ("dial postgres://alice:p@ssw0rd@db:5432/x failed", "ssw0rd", "postgres://REDACTED:REDACTED@db:5432/x failed"),
    "password in a URL": ("redis://:hunter2@cache/0", "hunter2", "@cache/0"),
    "token as user in a URL": ("https://" + RANDOM + "@git.example/x", RANDOM, "@git.example/x"),
    "signed URL": ("/b/k?X-Amz-Signature=deadbeef01&X-Amz-Date=20260101", "deadbeef01", "X-Amz-Signature=REDACTED&X-Amz-Date=20260101"),
    "shared access signature": ("?sv=2024&sig=abc%2Fdef%3D&se=2026", "abc%2Fdef", "sig=REDACTED&se=2026"),
    "bearer": ("Authorization: Bearer abc123DEF456", "abc123DEF456", "Authorization: Bearer "),
    "basic": ("> authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", "authorization: Basic "),
    "bare bearer": ("sent bearer abc123DEF456ghi", "abc123DEF456ghi", "sent bearer "),
    "custom authorization": ('{"Authorization": "ApiKey zzz999"}', "zzz999", '"Authorization": "'),
    "cookie": ("Cookie: theme=dark; sid=abcdef", "abcdef", "Cookie: "),
    "set-cookie": ("set-cookie: sid=abcdef; Path=/; HttpOnly", "abcdef", "set-cookie: "),
    "JSON web token": ("jwt eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl end", "eyJ", " end"),
    "AWS access key id": ("key AKIA" + "IOSFODNN7ABCDEFG end", "IOSFODNN7", " end"),
    "AWS secret": ("aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCY", "wJalr", "aws_secret_access_key = "),
    "GitHub token": ("push ghp_" + RANDOM * 2, RANDOM, "push "),
    "GitHub fine-grained token": ("github_" + "pat_" + RANDOM * 2, RANDOM, ""),
    "GitLab token": ("glpat-" + RANDOM, RANDOM, ""),
    "Slack token": ("xoxb-" + "123456789012-abcdef", "123456789012", ""),
    "Slack hook": ("https://hooks.slack.com/services/" + "T000/B000/" + RANDOM, RANDOM, "hooks.slack.com/services/"),
    "Discord hook": ("https://discord.com/api/webhooks/" + "123456789012345678/" + RANDOM * 3, RANDOM, "/api/webhooks/"),
    "Stripe key": ("sk_" + "live_" + RANDOM, RANDOM, ""),
    "Google API key": ("?key=AIza" + "b1" * 17 + "c", "b1b1", ""),
    "Google OAuth token": ("ya29." + RANDOM, RANDOM, ""),
    "OpenAI key": ("sk-" + "proj-" + RANDOM, RANDOM, ""),
    "SendGrid key": ("SG." + RANDOM + "." + RANDOM, RANDOM, ""),
    "Twilio key": ("from SK" + "0123456789abcdef" * 2 + " to", "0123456789abcdef", " to"),
    "Telegram token": ("bot 123456789:AA" + "b" * 33 + " x", "bbbb", " x"),
    "npm token": ("//r/:_authToken=npm_" + "a1" * 18, "a1a1", ""),
    "PyPI token": ("pypi-" + RANDOM * 2, RANDOM, ""),
    "Hugging Face token": ("hf_" + RANDOM * 2, RANDOM, ""),
    "DigitalOcean token": ("dop_" + "v1_" + "ab" * 32, "abab", ""),
    "Docker token": ("dckr_" + "pat_" + RANDOM, RANDOM, ""),
    "Grafana token": ("glsa_" + "a1B2" * 8 + "_0123abcd", "a1B2", ""),
    "Vault token": ("hvs." + RANDOM, RANDOM, ""),
    "Azure account key": ("AccountName=x;AccountKey=" + RANDOM * 3 + "==;EndpointSuffix=y", RANDOM, "EndpointSuffix=y"),
    "password assignment": ("db_password=hunter2 next", "hunter2", "db_password=REDACTED next"),
    "password in JSON": ('{"password": "hun\\"ter2", "user": "x"}', "ter2", '"user": "x"'),
    "password in JSON in JSON": ('{"body": "{\\"password\\": \\"hunter2\\", \\"a\\": 1}"}', "hunter2", '\\"a\\": 1'),
    "password in YAML": ("password: hunter2", "hunter2", "password: "),
    "key in camel case": ("{apiKey: 'abc123'}", "abc123", "apiKey: "),
    "short name": ("dbPass=abc123 x", "abc123", "dbPass=REDACTED x"),
    "query parameter": ("GET /x?access_token=abc123&page=2", "abc123", "access_token=REDACTED&page=2"),
    "encoded query parameter": ("next=%2Fx%3Ftoken%3Dabc123", "abc123", "token%3D"),
    "card number": ("paid with 4111 1111 1111 1111 today", "4111", " today"),
    "card number in one": ("pan 4929649583333657.", "49296495", "pan "),
    "command line": ("run tool --api-key abc123xyz --verbose", "abc123xyz", "--verbose"),
    "curl user": ("curl -u alice:hunter2 https://x.example/", "hunter2", "https://x.example/"),
    "e-mail": ("mail from steve@example.com now", "steve", " now"),
    "IPv4 address": ("from 203.0.113.77 port 22", "113.77", "from 203.0.x.x port 22"),
    "IPv6 address": ("from 2001:db8:0:1:1:1:1:7 port", "1:1:7", "from 2001:db8:x:x port"),
    "short IPv6 address": ("[2001:db8::dead:bee7]:443", "bee7", "[2001:db8:x:x]:443"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
def test_every_kind_of_secret_is_cut_and_the_rest_stays(kind):
    text, secret, rest = SECRETS[kind]
    assert secret in text
    redacted = Redactor().text(text)
    assert secret not in redacted
    assert rest in redacted


def test_there_are_at_least_twenty_five_kinds():
    assert len(SECRETS) >= 25


@pytest.mark.parametrize("kind", SECRETS)
def test_redacting_twice_changes_nothing_more(kind):
    once = Redactor().text(SECRETS[kind][0])
    assert Redactor().text(once) == once


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_cut_wherever_it_stands(kind):
    text, secret, _ = SECRETS[kind]
    for around in (
        json.dumps({"message": text}),
        f"level=info msg={text}",
        f"({text})",
        f"first\n{text}\nlast",
    ):
        assert secret not in Redactor().text(around)


@pytest.mark.parametrize(
    "text",
    [
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "sha 6d86454ebb17c9b1f2a3d4e5f60718293a4b5c6d",
        "Basic authentication failed for the digest algorithm",
        "compass: north, design: flat, author: Bob, signal: 9, passed: 10, tokens: 512, assign=1",
        "SyntaxError: unexpected token: end of input",
        "the session opened; PWD=/srv/app ; COMMAND=/bin/ls",
        "session = null, password: false, token=None",
        "std::string token::parse crypto::key::load(a::b)",
        "2026-11-23T07:43:30.012Z at 12:30:45 and aa:bb:cc:dd:ee:ff on 127.0.0.1 and ::1",
        "took 1706678909209712 ns, 1706678909209712345 in all, version 1.2.3.4.5 of 300.1.2.3",
        "4111 1111 1111 1112 is no card, 1234-5678-9012-3456 neither",
        "GET /metrics/p95.1h.csv 200 in 3 ms",
        "risk-free task-runner-with-a-very-long-name, disk-usage-percent, sk-learn-contrib-of-many-words",
        "see https://example.org/a/b?c=d#e and user@",
        "if token == other: return",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "key",
    ["password", "db_password", "DB-PASS", "apiKey", "X-Api-Key", "client.secret", "sessionId", "session_id", "auth", "userAuth", "Set-Cookie", "cvv"],
)  # fmt: skip
def test_a_key_that_promises_a_secret_hides_its_whole_value(key):
    assert names_secret(key)
    assert Redactor().field(key, "any thing at all") == "REDACTED"


@pytest.mark.parametrize(
    "key",
    ["tokens", "author", "signal", "compass", "design", "key", "passed", "trace_id", "message", "assess"],
)
def test_a_key_that_only_looks_like_one_keeps_its_value(key):
    assert not names_secret(key)
    assert Redactor().field(key, "any thing at all") == "any thing at all"


def test_a_field_without_a_secret_in_it_keeps_its_plain_answer():
    assert Redactor().field("password", "false") == "false"
    assert Redactor().field("note", "password=hunter2") == "password=REDACTED"


def test_the_users_own_secrets_are_cut_wherever_they_stand():
    redactor = Redactor(canaries=("s3cret+value", "abc"))
    assert redactor.text("xs3cret+valuey abc") == "xREDACTEDy abc"


@pytest.mark.parametrize(
    "spelled",
    [
        html.escape(SPELLED), html.escape(SPELLED, quote=False), html.escape(SPELLED).replace("&#x27;", "&#39;"),
        json.dumps(SPELLED)[1:-1], quote(SPELLED), quote(SPELLED, safe=""), quote_plus(SPELLED),
        *(b64encode(b"me:"[:shift] + SPELLED.encode() + b"!").decode() for shift in range(4)),
    ],
)  # fmt: skip
def test_the_users_own_secrets_are_cut_however_a_server_that_says_them_back_spells_them(spelled):
    said = Redactor(canaries=(SPELLED,)).text(f"no such key: {spelled}.")
    assert said.startswith("no such key: ")
    assert "REDACTED" in said
    assert len(said) < 40
    assert spelled[8:20] not in said


def test_the_users_rules_are_cut_and_exceptions_stay():
    redactor = Redactor(rules=(r"ticket-\d+",), allow=(r"ticket-1", r"password=example"))
    assert redactor.text("ticket-1 ticket-22 password=example password=other") == (
        "ticket-1 REDACTED password=example password=REDACTED"
    )
    assert redactor.field("password", "example") == "example"


def test_addresses_can_be_shown():
    text = "203.0.113.77 2001:db8::7 steve@example.com"
    assert Redactor(show_ip=True, show_email=True).text(text) == text
    assert Redactor(show_ip=True).text(text) == "203.0.113.77 2001:db8::7 ‹e-mail›"
    assert Redactor(show_email=True).text(text) == "203.0.x.x 2001:db8:x:x steve@example.com"


def test_a_redactor_can_be_sent_to_another_process():
    redactor = pickle.loads(pickle.dumps(Redactor(rules=("own",), allow=("kept",))))  # noqa: S301 - its own bytes
    assert redactor.text("own password=hunter2") == "REDACTED password=REDACTED"


def test_what_may_stand_on_no_page_is_told_with_its_place():
    text = "a ghp_" + RANDOM * 2 + " b password=hunter2 s3cret-value"
    found = make_leak_finder(("s3cret-value", "short"), ()).find(text)
    assert [(secret.rule, secret.start, secret.end) for secret in found] == [
        ("a credential of the configuration", len(text) - 12, len(text)),
        ("GitHub token", 2, 2 + 4 + 40),
    ]


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_text_without_secrets_and_addresses_is_never_lost(text):
    before = [word for word in text.split() if re.fullmatch(r"[a-z]{1,8}", word)]
    after = Redactor().text(text)
    assert all(word in after for word in before)


@given(st.text(alphabet=st.characters(), max_size=40))
@settings(deadline=None, max_examples=200)
def test_visible_text_can_steer_no_terminal(text):
    shown = visible(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]", shown)
    shown.encode()


def test_visible_text_shows_what_it_replaced():
    assert visible("\x1b[31mred\x1b[0m\n") == "␛[31mred␛[0m␊"
    assert visible("a\tb\nc\x00", keep_lines=True) == "a\tb\nc␀"
    assert visible("a\u202eb") == "a‹U+202E›b"
    assert visible("\ud800") == "\ufffd"
    assert visible("plain ü") == "plain ü"


@pytest.mark.shared_data
def test_at_most_one_access_log_line_in_a_hundred_is_cut_for_nothing():
    path = DATA / "elastic-examples" / "apache_logs"
    if not path.exists():
        pytest.skip("the real inputs are not here")
    lines = path.read_text().splitlines()
    redactor = Redactor(show_ip=True, show_email=True)
    cut = [line for line in lines if redactor.text(line) != line]
    assert len(lines) == 10_000
    assert len(cut) <= 100
    assert all("sid=" in line for line in cut)


@pytest.mark.shared_data
def test_no_address_of_an_access_log_is_left():
    path = DATA / "elastic-examples" / "apache_logs"
    if not path.exists():
        pytest.skip("the real inputs are not here")
    for line in path.read_text().splitlines()[:2_000]:
        address = line.split()[0]
        assert address not in Redactor().text(line)
