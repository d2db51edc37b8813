"""What is answered for an address."""

import base64
import gzip
import hashlib
import os
import re

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sitegen.server.answers import answer, is_expected, is_known, part
from sitegen.templating.policy import page_policy


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("/", b"obs"),
        ("/index.html", b"obs"),
        ("/?x=1", b"obs"),
        ("/metrics/", b"metrics"),
        ("/metrics/?a#b", b"metrics"),
    ],
)
def test_a_page_is_found_by_the_key_that_a_deploy_gives_it(dist, target, title):
    reply = answer(dist, target, {})
    assert reply.status == 200
    assert b"<title>" + title in reply.body


@pytest.mark.parametrize(
    "target",
    [
        "/metrics",
        "/metrics/index.html",
        "/none/",
        "/none.html",
        "//",
        "//metrics/",
        "/metrics//",
        "/METRICS/",
        "",
        "x",
        "*",
        "http://127.0.0.1/",
    ],
)
def test_what_the_bucket_does_not_have_is_the_page_for_it(dist, target):
    reply = answer(dist, target, {})
    assert reply.status == 404
    assert b"<title>404" in reply.body


@pytest.mark.parametrize(
    ("target", "title"),
    [("/obs/", b"obs"), ("/obs/metrics/", b"metrics"), ("/obs/index.html", b"obs"), ("/obs/?x", b"obs")],
)
def test_a_site_below_a_path_stands_there(dist, target, title):
    reply = answer(dist, target, {}, "/obs/")
    assert reply.status == 200
    assert b"<title>" + title in reply.body


@pytest.mark.parametrize("target", ["/", "/obs"])
def test_the_root_of_a_site_below_a_path_leads_there(dist, target):
    reply = answer(dist, target, {}, "/obs/")
    assert (reply.status, reply.headers["Location"]) == (302, "/obs/")


@pytest.mark.parametrize("target", ["/metrics/", "/index.html", "/observe/", "/obs/obs/", "/OBS/"])
def test_outside_of_its_path_there_is_no_site(dist, target):
    assert answer(dist, target, {}, "/obs/").status == 404


@pytest.mark.parametrize(
    ("asked", "piece"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=0-999999", slice(0, None)),
        ("bytes=-999999", slice(0, None)),
    ],
)
def test_a_range_is_answered_with_those_bytes_of_the_file(dist, asked, piece):
    body = (dist / "index.html").read_bytes()
    headers = {"Range": asked, "Accept-Encoding": "br"}
    reply = part(answer(dist, "/", headers), headers)
    first, end, _ = piece.indices(len(body))
    assert (reply.status, reply.body) == (206, body[piece])
    assert reply.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(body)}"
    assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize("asked", ["bytes=99999-", "bytes=99999-999999", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused_with_its_size(dist, asked):
    reply = part(answer(dist, "/", {"Range": asked}), {"Range": asked})
    size = (dist / "index.html").stat().st_size
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (416, b"", f"bytes */{size}")


@pytest.mark.parametrize(
    "asked",
    ["bytes=-", "bytes=9-1", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=" + "9" * 5000 + "-", ""],
)
def test_what_is_no_single_range_is_answered_with_the_whole_file(dist, asked):
    reply = part(answer(dist, "/", {"Range": asked}), {"Range": asked})
    assert (reply.status, reply.body) == (200, (dist / "index.html").read_bytes())


def test_a_range_of_an_earlier_generation_is_answered_with_the_whole_file(dist):
    asked = {"Range": "bytes=0-3", "If-Range": '"earlier"'}
    assert part(answer(dist, "/", asked), asked).status == 200
    tag = answer(dist, "/", asked).headers["ETag"]
    assert part(answer(dist, "/", asked), {**asked, "If-Range": tag}).status == 206


HOSTILE = [
    "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/metrics/../../secret.txt",
    "/metrics/%2e%2e/%2e%2e/secret.txt", "/....//secret.txt", "/..\\secret.txt", "/..%5csecret.txt", "/%252e%252e/secret.txt",
    "/..%00/secret.txt", "/secret.txt%00.html", "/%c0%ae%c0%ae/secret.txt", "/..;/secret.txt", "/./../secret.txt",
    "//etc/passwd", "/etc/passwd", "/%2fetc/passwd", "/~root/", "/link.txt", "/folder/secret.txt", "/pipe", "/metrics",
    "/" + "a/" * 2000, "/" + "a" * 5000, "/%", "/%zz", "/%ff", "/\u00e9", "/con", "/index.html/", "/.git/config",
]  # fmt: skip


@pytest.mark.parametrize("target", HOSTILE)
def test_no_address_leads_out_of_the_folder(dist, target):
    (dist.parent / "secret.txt").write_text("SECRET")
    (dist / "link.txt").symlink_to(dist.parent / "secret.txt")
    (dist / "folder").symlink_to(dist.parent)
    os.mkfifo(dist / "pipe")
    reply = answer(dist, target, {})
    assert reply.status == 404
    assert b"SECRET" not in reply.body


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", ".", "/", "%2e", "%2f", "\\", "metrics", "\0", "%00", "secret.txt", "a", "é"])
    )
)
def test_no_mixture_of_tricks_does_either(dist, parts):
    (dist.parent / "secret.txt").write_text("SECRET")
    assert b"SECRET" not in answer(dist, "/" + "".join(parts), {}).body


def test_a_generation_that_was_swapped_in_is_served_at_once(dist):
    before = answer(dist, "/", {})
    (dist.parent / "next").mkdir()
    (dist.parent / "next" / "index.html").write_text("<title>new</title>")
    dist.rename(dist.parent / "old")
    (dist.parent / "next").rename(dist)
    after = answer(dist, "/", {})
    assert b"new" in after.body
    assert after.headers["ETag"] != before.headers["ETag"]


def test_before_the_first_build_the_sentence_says_so(tmp_path):
    reply = answer(tmp_path / "dist", "/", {})
    assert (reply.status, reply.body) == (404, b"sitegen: there is no site yet; `sitegen build` makes it\n")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/metrics/", "text/html; charset=utf-8"),
        ("/none", "text/html; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/feed.xml", "application/xml; charset=utf-8"),
        ("/badge.svg", "image/svg+xml"),
        ("/metrics/p95.1h.csv", "text/csv; charset=utf-8"),
        ("/_a/me.0123456789abcdef.png", "image/png"),
    ],
)
def test_types_and_caching_are_those_of_the_deploy(dist, target, kind):
    headers = answer(dist, target, {}).headers
    assert headers["Content-Type"] == kind
    expected = (
        "public, max-age=31536000, immutable"
        if target.startswith("/_a/")
        else "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=604800"
    )
    assert headers["Cache-Control"] == expected


def directives(headers):
    policy = headers["Content-Security-Policy"]
    return dict(directive.strip().partition(" ")[::2] for directive in policy.split(";"))


@pytest.mark.parametrize(
    "target", ["/", "/metrics/", "/none", "/status.json", "/badge.svg", "/_a/me.0123456789abcdef.png"]
)
def test_every_answer_carries_the_security_headers(dist, target):
    headers = answer(dist, target, {}).headers
    policy = directives(headers)
    assert policy.pop("style-src", "'sha256-")[:8] == "'sha256-"
    assert policy == {
        "default-src": "'none'", "script-src": "'none'", "img-src": "'self' data:", "connect-src": "'self'",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_the_policy_of_the_header_is_that_of_the_page_and_forbids_frames(dist):
    style = "a{}"
    own = page_policy(style)
    (dist / "index.html").write_text(f"<style>{style}</style>")
    header = answer(dist, "/", {}).headers["Content-Security-Policy"]
    assert header == f"{own}; frame-ancestors 'none'"


def test_the_style_sheet_of_a_page_is_allowed_by_its_digest(dist):
    (dist / "index.html").write_bytes(
        "<style media=all>\n a{content:'é'} </style><STYLE>b{}</STYLE>".encode()
    )
    found = re.findall(r"sha256-([^']+)", directives(answer(dist, "/", {}).headers)["style-src"])
    expected = [hashlib.sha256(style.encode()).digest() for style in ("\n a{content:'é'} ", "b{}")]
    assert [base64.b64decode(digest) for digest in found] == expected


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"), ("gzip", "gzip"), ("gzip, deflate, br", "br"), ("gzip, br;q=0", "gzip"), ("*", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"), ("gzip;q=0", ""), ("*;q=0", ""), ("identity", ""), ("", ""),
        ("BR", "br"), ("br;q=x", ""), (";;,,=", ""), ("br;q=1.5.5", ""),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_the_browser_likes_best(dist, accepted, coding):
    reply = answer(dist, "/", {"Accept-Encoding": accepted})
    body = (dist / "index.html").read_bytes()
    decoded = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding](reply.body)
    assert reply.headers.get("Content-Encoding", "") == coding
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert decoded == body


@pytest.mark.parametrize("target", ["/metrics/", "/_a/me.0123456789abcdef.png"])
def test_small_files_and_pictures_are_sent_as_they_are(dist, target):
    assert "Content-Encoding" not in answer(dist, target, {"Accept-Encoding": "br, gzip"}).headers


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("", False),
        ("a", False),
    ],
)
def test_tags_are_compared_weakly(header, known):
    assert is_known('"a"', header) is known
    assert is_known('W/"a"', header) is known


@pytest.mark.parametrize(
    ("header", "expected"),
    [('"a"', True), ('"b", "a"', True), ("*", True), ('W/"a"', False), ('"b"', False), ("", False)],
)
def test_tags_that_are_expected_are_compared_strongly(header, expected):
    assert is_expected('"a"', header) is expected
    assert not is_expected('W/"a"', 'W/"a"')
