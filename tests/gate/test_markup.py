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
        "<svg><animateMotion path=x /></svg>",
        "<template shadowrootmode=open><p></template>",
        "<noscript><p></noscript>",
        "<meta http-equiv=Link content='</x>; rel=preload'>",
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
        '<img srcset="/a 1x,//evil.example 2x">',
        '<img srcset="data:image/png;base64,AA== 1x,//evil.example 2x">',
        '<picture><source srcset="/a 1x,\nhttps://evil.example/b 2x"></picture>',
        '<link rel=preload as=image imagesrcset="/a 1x,//evil.example 2x">',
        "<table><td background=//evil.example></table>",
        "<body background=//evil.example>",
        '<style>b{background:image-set("//evil.example" 1x)}</style>',
        "<style>b{background:u\\72l(//evil.example)}</style>",
        "<style>@im\\70ort '//evil.example';</style>",
        "<svg><style>b{background:&#117;rl(//evil.example)}</style></svg>",
        '<svg><rect fill="u\\72l(//evil.example#a)"/></svg>',
        '<svg><feImage href="//evil.example"/></svg>',
        '<svg><linearGradient xlink:href="//evil.example#a"/></svg>',
        '<svg xml:base="//evil.example/"></svg>',
        '<a href="/" ping="//evil.example">x</a>',
        '<img src="/a" attributionsrc="//evil.example" alt="">',
        '<video poster="//evil.example"></video>',
        '<input type=image src="//evil.example" alt=x>',
        '<button formaction="//evil.example">x</button>',
        '<link rel="manifest" href="//evil.example">',
        '<link rel="dns-prefetch" href="//evil.example">',
        '<link rel="preconnect" href="//evil.example">',
        '<link rel="next&#9;prefetch" href="//evil.example">',
        '<link rel="alternate stylesheet" href="//evil.example">',
        '<p unheard-of="//evil.example">x</p>',
    ],
)
def test_a_part_that_is_loaded_from_elsewhere_is_found(page, hostile):
    assert rules(page(hostile)) == {"external"}


@pytest.mark.parametrize(
    "benign",
    [
        '<a href="https://example.org/?a=//b">x</a>',
        '<a href="//example.org/" rel="noopener noreferrer nofollow">x</a>',
        '<map name=m><area href="https://example.org/" alt=x></map>',
        '<svg><a href="https://example.org/"><text>x</text></a></svg>',
        '<svg><a xlink:href="https://example.org/"><text>x</text></a></svg>',
        '<blockquote cite="https://example.org/">x</blockquote><q cite="//example.org/">x</q>',
        '<p title="see https://example.org/">https://example.org/ //example.org url(//x)</p>',
        '<img src="/a.png" srcset="/a.png 1x, /b.png 2x" alt="from //example.org">',
        '<img src="data:image/png;base64,//8AAA==" alt="">',
        '<img srcset="data:image/png;base64,//8AAA== 1x,/b 2x" alt="">',
        '<picture><source srcset="/a.webp"><img src="/a.png" alt=""></picture>',
        '<video src="/a.mp4" poster="/a.png"><track src="/a.vtt"></video>',
        "<pre><code>&lt;script src=//x&gt; &lt;img onerror=x&gt; @import 'x'; javascript:x</code></pre>",
        "<textarea><img src=//x></textarea>",
        "<!-- <img src=//example.org> -->",
        '<div data-url="https://example.org/" aria-label="a: https://example.org/" class="a://b">x</div>',
        '<div itemscope itemtype="https://schema.org/Article">x</div>',
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use href="#a"/></svg>',
        '<svg><rect fill="url(#a)" filter="url(\'#b\')" transform="rotate(9)"/></svg>',
        '<input type="url" placeholder="https://example.org/" value="https://example.org/" pattern="https://.*">',
        '<time datetime="2026-11-26T07:10:46Z">x</time><data value="http://x">y</data>',
    ],
)
def test_links_to_follow_and_text_are_left_alone(page, benign):
    assert rules(page(benign)) == set()


@pytest.mark.parametrize(
    "benign",
    [
        '<link rel="alternate" type="application/atom+xml" title="x" href="https://example.org/feed.xml">',
        '<link rel="license" href="https://example.org/">',
        '<link rel="shortcut icon" href="data:image/png;base64,//8AAA==">',
        '<meta property="og:image" content="https://example.org/a.png">',
        '<meta name="description" content="all of https://example.org/">',
        '<meta http-equiv="content-type" content="text/html; charset=utf-8">',
        "<style>@namespace svg url(http://www.w3.org/2000/svg);a::after{content:'https://x'}</style>",
    ],
)
def test_what_only_names_a_place_is_left_alone(page, benign):
    assert rules(page(head=benign)) == set()


def test_parts_may_come_from_the_own_origin(page):
    body = page('<img src="https://example.org/a.png" alt="">')
    assert inspect_markup("x.html", body, origin="https://example.org") == ()
    assert rules(body) == {"external"}


def test_a_page_is_written_in_utf_8(page):
    assert rules(page().replace(b'charset="utf-8"', b"charset=iso-2022-jp")) == {"charset"}
    other = '<meta http-equiv="Content-Type" content="text/html; charset=utf-7">'
    assert rules(page(head=other)) == {"charset"}
    assert rules(page() + b"\xff") == {"charset"}


def test_only_the_follow_page_reloads_itself(page):
    body = page(head='<meta http-equiv="Refresh" content="30">')
    assert rules(body, "follow/index.html") == set()
    assert rules(body, "index.html") == {"refresh"}
    assert rules(page(head="<meta http-equiv=refresh content='0;url=//x'>"), "index.html") == {"refresh"}
    assert rules(page(head="<meta http-equiv=refresh content='0;url=/'>"), "follow/index.html") == {"refresh"}


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


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:s="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" xmlns:h="http://www.w3.org/1999/xhtml">{}</svg>'


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<s:image href="//evil.example"/>', "external"),
        ('<s:image x:href="//evil.example"/>', "external"),
        ("<style>b{background:u\\72l(//evil.example)}</style>", "external"),
        ("<style><![CDATA[@import '//evil.example';]]></style>", "external"),
        ('<h:img src="//evil.example"/>', "external"),
        ('<h:link rel="stylesheet" href="//evil.example"/>', "external"),
        ("<s:script/>", "script"),
        ("<h:script/>", "script"),
        ("<s:foreignObject/>", "element"),
        ('<a href="javascript:x"/>', "url"),
        ('<g onload="x"/>', "handler"),
    ],
)
def test_a_drawing_is_read_with_its_namespaces(inside, rule):
    assert rules(SVG.format(inside).encode(), "x.svg", document=False) == {rule}


def test_a_style_sheet_of_a_drawing_is_found():
    svg = '<?xml-stylesheet href="//evil.example"?>' + SVG.format("")
    assert rules(svg.encode(), "x.svg", document=False) == {"external"}


def test_a_drawing_may_have_links_to_follow_and_parts_of_its_own():
    inside = '<a x:href="https://example.org/"><text>//x</text></a><use href="#a"/><rect fill="url(#b)"/>'
    assert rules(SVG.format(inside).encode(), "x.svg", document=False) == set()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<content type="html">&lt;img src="//evil.example"></content>', {"external"}),
        (
            '<content type="html">&lt;p style="x">&lt;a href="https://example.org/">x&lt;/a></content>',
            {"style"},
        ),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="//evil.example"/></div></content>',
            {"external"},
        ),
        ('<title>how to write &lt;script src="//x"></title><link href="https://example.org/"/>', set()),
    ],
)
def test_what_a_feed_shows_is_held_to_the_rules_of_pages(content, expected):
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{content}</entry></feed>'
    assert rules(feed.encode(), "feed.xml", document=False) == expected
