import pytest
from sitegen.gate.addresses import candidates, leads_away, names_host, read, scheme_of


@pytest.mark.parametrize(
    "address",
    [
        "https://x", "HTTP://x", "//x", "\\\\x", "/\\x", "\\/x", "///x", " //x", "\x01//x", "/\t/x", "h\nttp://x", "http:x",
        "http:/x", "ws://x", "ftp://x", "//x@y", "\t/\n/x",
    ],
)  # fmt: skip
def test_an_address_that_names_a_host_leads_away(address):
    assert leads_away(read(address))


@pytest.mark.parametrize(
    "address", ["", "/", "/a//b", "a", "../a", "#a", "?a=//b", "./a:b", "a//b", "data:,//x", "/ /x", "//"[:1]]
)
def test_an_address_within_the_site_does_not(address):
    assert not leads_away(read(address))


def test_the_own_origin_is_not_away():
    own = "https://example.org"
    assert not leads_away("https://example.org/a.png", own)
    assert not leads_away("https://example.org", own)
    for other in (
        "https://example.org.evil/",
        "https://example.org@evil/",
        "https://example.org:1/",
        "//example.org/",
        "http://example.org/",
    ):
        assert leads_away(other, own)


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("/a 1x,//b 2x", ["/a", "//b"]),
        ("/a 1x, //b 2x", ["/a", "//b"]),
        ("data:image/png;base64,AA== 1x,//b 2x", ["data:image/png;base64,AA==", "//b"]),
        ("/a,//b 2x", ["/a,//b"]),
        ("/a, //b", ["/a", "//b"]),
        ("/a (,//c),//b", ["/a", "//b"]),
        (",,\n//b,,", ["//b"]),
        ("", []),
        (" , ", []),
    ],
)
def test_a_set_of_pictures_is_parted_as_the_standard_parts_it(srcset, expected):
    assert candidates(srcset) == expected


def test_a_scheme_is_read_as_browsers_read_it():
    assert [scheme_of(read(text)) for text in ("java\tscript:x", " JAVASCRIPT:x", "/a:b", "a", "1a:b")] == [
        "javascript", "javascript", "", "", "",
    ]  # fmt: skip


def test_a_host_may_be_named_anywhere_in_a_text():
    assert names_host("a, //b")
    assert names_host("x:http://b")
    assert not names_host("M0 0L1 1")
