import pytest
from sitegen.gate.styles import loads


@pytest.mark.parametrize(
    "sheet",
    [
        "a{background:url(//x)}", "a{background:URL( 'x' )}", "a{background:u\\72l(//x)}", "a{background:\\75 rl(x)}",
        "a{background:url(/**/x)}", "a{background:url(x", "a{background:url('x", "a{background:url(a b)}",
        "@import 'x';", "@im\\70ort 'x';", "@IMPORT/**/url(x);", "a{}@import 'x';",
        "a{background:image-set('x' 1x)}", "a{background:-webkit-image-set(url(#a) 1x)}", "a{background:i\\6d age-set('x' 1x)}",
        "a{--x:'x';background:image-set(var(--x) 1x)}", "a{background:src('x')}", "a{background:var(--a,url(x))}",
        "@font-face{src:url(x)}", "@font-face{src:url(data:font/woff2;base64,AA)}", "a{cursor:url(x),auto}",
        "@media print{a{b{content:url(x)}}}", "@supports (a:b){a{mask:url(x)}}", "@namespace 'x';a{background:url(x)}",
        "@namespace a{background:url(x)}", "a{background:cross-fade(url(x),red)}", "a{background:unheard('//x')}",
        "a{filter:url(x.svg#a)}", "@property --p{initial-value:url(x)}", "url(https://x)", "a{x:\\\n;background:url(x)}",
        "/* a */ a{background:url(x)} /* b", "<!-- a{background:url(x)} -->", "a{background:url(\\2f\\2fx)}",
    ],
)  # fmt: skip
def test_a_style_sheet_that_loads_is_seen_through(sheet):
    assert loads(sheet)


@pytest.mark.parametrize(
    "sheet",
    [
        "", "a{color:red}", "a{fill:url(#g)}", "a{background:url(data:image/png;base64,AA)}", "a{mask:url( '#m' )}",
        "a::before{content:'https://x'}", "a::before{content:'url(//x)'}", "a[href^='https://x']{color:red}",
        "/* url(//x) @import 'x' */", "@namespace s url(http://www.w3.org/2000/svg);a{color:red}",
        "@namespace 'http://www.w3.org/2000/svg';", "@charset 'utf-8';", "a::after{content:'\\2192'}",
        ".url{--image:1}", "a{content:attr(href)}", "@font-face{src:local('x')}", ".\\@import{color:red}",
        "a:not([src='//x']){color:red}", "a{content:counter(a,'//')}".replace("'//'", "decimal"),
    ],
)  # fmt: skip
def test_a_style_sheet_that_loads_nothing_is_left_alone(sheet):
    assert not loads(sheet)


@pytest.mark.parametrize("piece", ["(", "{", "f(", "url(", "\\", '"', "/*", "[", "@a", "a,", "\\72"])
def test_a_style_sheet_may_be_hostile(piece):
    assert loads(piece * 10_000 + " url(x)") in {True, False}
