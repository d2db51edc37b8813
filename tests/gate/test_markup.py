import pytest
from sitegen.gate.markup import inspect_markup


def rules(body: bytes, path: str = "metrics/index.html", *, document: bool = True) -> set[str]:
    return {finding.rule for finding in inspect_markup(path, body, document=document)}


def test_a_page_that_keeps_every_rule_has_no_findings(page):
    body = (
        '<a href="/metrics/">m</a><a href="https://example.org/">x</a><a href="mailto:a@b.example">mail</a>'
        '<img src="cat.png" alt="based on=1"><code>&lt;script&gt; style= onclick=</code> onload= style='
        '<svg><title>peak</title><path class="s1" d="M0 0"/><rect fill="url(#g)"/></svg><input type=radio>'
    )
    head = (
        '<link rel="icon" href="data:image/svg+xml,%3Csvg/%3E"><link rel="canonical" href="https://example.org/">'
        '<link rel="stylesheet" href="/_a/theme.0123.css"><meta http-equiv="Content-Security-Policy" content="x">'
    )
    assert inspect_markup("index.html", page(body, head)) == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>1</script>",
        "<SCRIPT src=x>",
        "<svg:script>",
        "<!--><script>1</script>-->",
        "<svg><sCript/>",
    ],
)
def test_a_script_is_found_wherever_it_hides(page, hostile):
    assert "script" in rules(page(hostile))


@pytest.mark.parametrize(
    "hostile",
    [
        "<p onclick=x>",
        "<p ONCLICK='x'>",
        '<img src="x"onerror=x>',
        "<img/onerror=x/src=y>",
        "<p title='a' onfocus\n=\nx>",
        "<svg onload=x>",
        "<details ontoggle=x open>",
    ],
)
def test_an_event_handler_is_found_however_it_is_written(page, hostile):
    assert rules(page(hostile)) == {"handler"}


@pytest.mark.parametrize("hostile", ["<p style='color:red'>", '<p class=a STYLE="x">', "<rect style=x>"])
def test_a_style_attribute_is_found(page, hostile):
    assert rules(page(hostile)) == {"style"}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "java&#9;script:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;avascript&colon;alert(1)",
        "data:text/html,x",
        "data:image/svg+xml,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "blob:x",
        "view-source:x",
        "intent://x",
        "mhtml:http://x",
    ],
)
def test_a_link_of_another_scheme_is_found(page, url):
    assert rules(page(f'<a href="{url}">x</a>')) == {"url"}
    assert rules(page(f'<svg><a xlink:href="{url}">x</a></svg>')) == {"url"}


@pytest.mark.parametrize(
    "hostile",
    [
        "<iframe src=x></iframe>",
        "<object data=x></object>",
        "<embed src=x>",
        "<form action=/x></form>",
        "<svg><foreignObject></foreignObject></svg>",
        "<base href=/x/>",
        "<svg><animate attributeName=href values=x /></svg>",
        "<svg><set to=x /></svg>",
    ],
)
def test_an_element_that_embeds_or_submits_is_found(page, hostile):
    assert rules(page(hostile)) == {"element"}


@pytest.mark.parametrize(
    "hostile",
    [
        '<img src="https://example.org/a.png">',
        '<img src="//example.org/a.png">',
        '<img src="\\\\example.org/a.png">',
        '<img srcset="a.png 1x, https://example.org/b.png 2x">',
        '<link rel=stylesheet href="https://example.org/a.css">',
        '<link rel="preload" href="http://example.org/a">',
        '<svg><image href="https://example.org/a.png"/></svg>',
        '<svg><use href="https://example.org/a.svg#x"/></svg>',
        '<svg><rect fill="url(https://example.org/a.svg#x)"/></svg>',
        "<style>@import 'x.css';</style>",
        "<style>b{background:url(https://example.org/x)}</style>",
        "<style>b{background:url(x.png)}</style>",
    ],
)
def test_a_part_that_is_loaded_from_elsewhere_is_found(page, hostile):
    assert rules(page(hostile)) == {"external"}


def test_only_the_follow_page_reloads_itself(page):
    body = page(head='<meta http-equiv="Refresh" content="30">')
    assert rules(body, "follow/index.html") == set()
    assert rules(body, "index.html") == {"refresh"}
    assert rules(page(head="<meta http-equiv=refresh content='0;url=//x'>"), "index.html") == {"refresh"}


def test_a_page_has_exactly_one_heading(page):
    assert rules(page("<h1>another</h1>")) == {"heading"}
    assert "heading" in rules(page().replace(b"h1", b"h2"))


def test_a_page_has_a_title_of_its_own(page):
    assert rules(page().replace(b"<title>status</title>", b"")) == {"title"}
    assert rules(page().replace(b">status<", b"> <")) == {"title"}
    assert rules(page("<svg><title>chart</title></svg>").replace(b"<title>status</title>", b"")) == {"title"}


def test_a_page_names_its_language(page):
    assert rules(page().replace(b"<html lang=en>", b"<html>")) == {"language"}
    assert rules(page().replace(b"lang=en", b'lang=""')) == {"language"}


def test_an_id_stands_once(page):
    assert rules(page('<p id="a"></p><p id=a></p>')) == {"id"}
    assert rules(page("<p id=a></p><p id=a></p>")) == {"id"}
    assert rules(page("<p id=a></p><p id=b></p>")) == set()


def test_a_tag_that_never_ends_is_found(page):
    assert rules(page() + b'<a href="x') == {"tag"}


def test_a_picture_is_held_to_the_markup_rules_alone():
    badge = b'<svg xmlns="http://www.w3.org/2000/svg"><title>up</title><text>up</text></svg>'
    assert inspect_markup("badge.svg", badge, document=False) == ()
    assert rules(badge.replace(b"<text>", b"<text onclick='x'>"), "badge.svg", document=False) == {"handler"}
