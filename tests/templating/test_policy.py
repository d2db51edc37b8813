import hashlib
from base64 import b64encode

import pytest
from sitegen.templating.policy import page_policy, policy, style_hashes


def hashed(style: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(style.encode()).digest()).decode()


def test_style_sheets_are_named_by_their_digests_once():
    page = "<style media=all>\n a{content:'é'} </style><STYLE>b{}</STYLE ><style>b{}</style>".encode()
    assert style_hashes(page) == (hashed("\n a{content:'é'} "), hashed("b{}"))


def test_a_page_without_styles_may_have_none():
    assert "style-src" not in policy([])
    assert policy([]).startswith("default-src 'none'; ")


def test_the_policy_of_a_page_allows_its_style_sheet_and_nothing_that_runs():
    directives = dict(one.split(" ", 1) for one in page_policy("a{}").split("; "))
    assert directives == {
        "default-src": "'none'", "script-src": "'none'", "style-src": f"'{hashed('a{}')}'", "img-src": "'self' data:",
        "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("page", "sheets"),
    [
        (b"<style>a</STYLE >b<style x=1>c<d</styl", [b"a", b"c<d</styl"]),
        (b"<style>a</style x>b</style>", [b"a</style x>b"]),
        (b"<STYLE>a<b{}</style><stylex>no</stylex>", [b"a<b{}"]),
        (b"<style>", [b""]),
        (b"no sheet", []),
    ],
)
def test_a_sheet_ends_at_its_end_tag_or_with_the_page(page, sheets):
    assert list(style_hashes(page)) == [hashed(sheet.decode()) for sheet in sheets]
