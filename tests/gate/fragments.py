"""Seeded fragments of HTML, SVG and XML that may make a browser fetch something: ways to name an address, places to put it.

A fragment has an address of its own, so that what is fetched tells which it was. Most are built of one
place for an address and one spelling of it, at random; some are broken on purpose.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
SVG, XLINK, XHTML = (
    "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml",
)  # fmt: skip

ELEMENTS = (
    "a", "area", "article", "audio", "b", "base", "blockquote", "body", "button", "canvas", "code", "col", "data", "del",
    "details", "div", "dl", "embed", "figure", "form", "frame", "head", "hr", "html", "iframe", "image", "img", "input",
    "ins", "keygen", "label", "li", "link", "map", "marquee", "math", "menu", "meta", "noscript", "object", "ol", "option",
    "p", "param", "picture", "pre", "q", "script", "section", "select", "source", "span", "style", "summary", "svg",
    "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "title", "tr", "track", "ul", "use", "video",
)  # fmt: skip
SHAPES = (
    "a", "animate", "circle", "clipPath", "cursor", "defs", "feImage", "filter", "font-face-uri", "foreignObject", "g",
    "image", "linearGradient", "marker", "mask", "mpath", "path", "pattern", "radialGradient", "rect", "script", "set",
    "stop", "style", "svg", "symbol", "text", "textPath", "tref", "tspan", "use", "view",
)  # fmt: skip
ATTRIBUTES = (
    "action", "alt", "archive", "attributionsrc", "background", "cite", "class", "classid", "clip-path", "code", "codebase",
    "content", "cursor", "data", "data-src", "dynsrc", "fill", "filter", "formaction", "href", "icon", "id", "imagesrcset",
    "longdesc", "lowsrc", "manifest", "marker-end", "mask", "ping", "poster", "profile", "src", "srcdoc", "srcset",
    "stroke", "style", "title", "transform", "usemap", "value", "xlink:href", "xml:base", "onload", "onerror",
)  # fmt: skip
RELATIONS = (
    "stylesheet", "icon", "alternate", "alternate stylesheet", "StyleSheet x", "preload", "prefetch", "modulepreload",
    "manifest", "dns-prefetch", "preconnect", "canonical", "next", "apple-touch-icon", "shortcut icon", "x",
    "stylesheet&#9;next", "",
)  # fmt: skip
KINDS = ("image", "style", "script", "font", "fetch", "audio", "video", "document", "track")
PROPERTIES = (
    "background", "background-image", "border-image", "border-image-source", "clip-path", "content", "cursor", "fill",
    "filter", "list-style", "list-style-image", "mask", "mask-image", "offset-path", "shape-outside", "--x",
    "-webkit-mask-image", "-webkit-border-image", "backdrop-filter", "marker-end",
)  # fmt: skip

GARBLE = (
    "<", ">", "'", '"', "/", "=", "`", "\0", "\x0c", "<!--", "-->", "</style>", "<svg>", "<![CDATA[",
)  # fmt: skip


@dataclass(frozen=True)
class Fragment:
    """What stands in the head and in the body of a file: `kind` is html, svg or xml (all of it).

    One that is `alone` would end or change the fragments beside it.
    """

    kind: str
    body: str
    head: str = ""
    alone: bool = False
    number: int = 0


def file_of(fragments: Sequence[Fragment]) -> bytes:
    """Put fragments of one kind into one file."""
    head, body = ("".join(getattr(one, part) for one in fragments) for part in ("head", "body"))
    if fragments[0].kind == "html":
        return f"{HEAD}{head}</head><body><h1>h</h1>{body}</body></html>".encode()
    if fragments[0].kind == "svg":
        root = (
            f'<svg xmlns="{SVG}" xmlns:s="{SVG}" xmlns:x="{XLINK}" xmlns:h="{XHTML}" width="99" height="99">'
        )
        return f"{head}{root}{body}</svg>".encode()
    return body.encode()


class Fragments:
    """A seeded source of fragments around addresses below `trap`, such as `http://127.0.0.1:8000/`."""

    def __init__(self, seed: int, trap: str) -> None:
        self._chance = random.Random(seed)
        self._trap = trap

    def make(self, number: int) -> Fragment:
        """Return a fragment that leads to `<trap><number>`."""
        pick: Callable[[str], Fragment] = self._chance.choice(
            [
                self._element,
                self._element,
                self._shape,
                self._sheet,
                self._sheet,
                self._head,
                self._drawing,
                self._odd,
            ]
        )
        return replace(pick(f"{self._trap}{number}"), number=number)

    # --- Files ------------------------------------------------------------------

    def _page(self, body: str, head: str = "") -> Fragment:
        taking = re.search(r"<(base|body|frame|head|html|plaintext)|refresh|x:'", head + body, re.IGNORECASE)
        return Fragment("html", body, head, alone=taking is not None)

    def _element(self, url: str) -> Fragment:
        name = self._case(self._chance.choice(ELEMENTS))
        before, after = self._chance.choice((
            ("", ""), ("<table>", "</table>"), ("<table><tr>", "</table>"), ("<picture>", "<img alt=x></picture>"),
            ("<video>", "</video>"), ("<!-->", "-->"), ("<select>", "</select>"), ("<math><mtext>", "</math>"),
            ("<svg><desc>", "</svg>"), ("<p title='", "<p title='>"), ("<details open>", "</details>"), ("<b><i></b>", ""),
            ("<noscript>", "</noscript>"), ("<noscript><p title='</noscript>", "'>"), ("<style><!--</style>", "-->"),
            ("<div><template shadowrootmode=open>", "</template></div>"), ("<svg><title>", "</svg>"), ("<xmp>", "</xmp>"),
            ("<textarea>", "</textarea>"), ("<svg><![CDATA[", "]]></svg>"), ("<object>", "</object>"), ("</p><//>", ""),
        ))  # fmt: skip
        inside = "x" if self._chance.random() < 0.5 else '<img alt="x">'
        return self._page(f"{before}<{name}{self._attributes(url)}>{inside}</{name}>{after}")

    def _shape(self, url: str) -> Fragment:
        name = self._chance.choice(SHAPES)
        shape = f"<{name} width=9 height=9{self._attributes(url)}/>"
        inside = self._chance.choice((shape, f"<g>{shape}</g>", f"<rect width=9 height=9>{shape}</rect>"))
        return self._page(
            f"<svg width=99 height=99>{inside}<style>{self._rule(url)}</style></svg>"
            if name == "style"
            else f"<svg width=99 height=99>{inside}</svg>"
        )

    def _sheet(self, url: str) -> Fragment:
        sheet, place = self._rule(url), self._chance.random()
        if place < 0.7:
            return self._page('<p class="c">x</p><ul><li>x</ul>', f"<style>{sheet}</style>")
        if place < 0.85:
            return self._page(
                f"<svg><style>{self._chance.choice(('', '<![CDATA['))}{self._references(sheet)}</style><path d='m0 0h9' class=c /></svg>"
            )
        return self._drawing_of(
            f"<style>{sheet.replace('&', '&amp;').replace('<', '&lt;')}</style><rect class='c' width='9' height='9'/>"
        )

    def _head(self, url: str) -> Fragment:
        chance = self._chance
        spelled = self._quoted(self._spell(url))
        relation = f'rel="{self._case(chance.choice(RELATIONS))}"'
        return self._page("", chance.choice((
            f"<link {relation} href={spelled}>",
            f"<link {relation} as={chance.choice(KINDS)} href={spelled}>",
            f"<link rel=preload as=image href=x imagesrcset={self._quoted(self._set(url))}>",
            f'<meta http-equiv={self._case("refresh")} content="{chance.choice(("0;url=", "0; URL=", "0 ", "0,"))}{url}">',
            f'<meta property="og:image" content={spelled}>',
            f"<base href={spelled}><img src=x alt=x>",
            f'<base href={spelled}><link rel=stylesheet href="x.css">',
            f"<script src={spelled}></script>",
            f'<script type=module>import "{url}"</script>',
            f"<script>fetch('{url}')</script>",
            f'<script type=speculationrules>{{"prefetch":[{{"urls":["{url}"]}}]}}</script>',
            f'<meta http-equiv="Content-Security-Policy" content="default-src *; report-uri {url}">',
            f'<meta http-equiv=Link content="&lt;{url}>; rel=preload; as=image">',
        )))  # fmt: skip

    def _drawing(self, url: str) -> Fragment:
        chance = self._chance
        spelled = self._spell(url).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        spelled = "".join(sign for sign in spelled if sign >= " " or sign in "\t\n")
        spelled = self._references(spelled) if chance.random() < 0.3 else spelled
        name, key = (
            chance.choice(SHAPES),
            chance.choice(("href", "x:href", "src", "fill", "filter", "mask", "style", "xml:base", "onload")),
        )
        prefix = chance.choice(("", "s:"))
        value = (
            f"url({spelled})"
            if key in {"fill", "filter", "mask"}
            else f"background:url({spelled})"
            if key == "style"
            else f"fetch('{url}')"
            if key == "onload"
            else spelled
        )
        return chance.choice((
            lambda: self._drawing_of(f'<{prefix}{name} width="9" height="9" {key}="{value}"/>'),
            lambda: self._drawing_of(f'<{prefix}image width="9" height="9" {chance.choice(("", "x:"))}href="{spelled}"/>'),
            lambda: self._drawing_of(f'<h:{chance.choice(("img", "iframe", "video", "input type="+chr(34)+"image"+chr(34), "script"))} src="{spelled}"/>'),
            lambda: self._drawing_of(f'<h:link rel="stylesheet" href="{spelled}"/>'),
            lambda: self._drawing_of("", f'<?xml-stylesheet {chance.choice(("", "type="+chr(34)+"text/css"+chr(34)+" "))}href="{spelled}"?>'),
            lambda: self._drawing_of("<image href='&e;' width='9' height='9'/>", f'<!DOCTYPE svg [<!ENTITY e "{spelled}">]>'),
            lambda: self._drawing_of("<text>&e;</text>", f'<!DOCTYPE svg [<!ENTITY e SYSTEM "{spelled}">]>'),
            lambda: Fragment("xml", f'<?xml version="1.0"?>{chance.choice(("", f"<?xml-stylesheet type={chr(34)}text/xsl{chr(34)} href={chr(34)}{spelled}{chr(34)}?>"))}<feed xmlns="http://www.w3.org/2005/Atom"><h:img xmlns:h="{XHTML}" src="{spelled}"/></feed>', alone=True),
        ))()  # fmt: skip

    def _drawing_of(self, inside: str, before: str = "") -> Fragment:
        return Fragment("svg", inside, before, alone=bool(before))

    def _odd(self, url: str) -> Fragment:
        """Return a part of a page cut or garbled somewhere, as a parser that guesses would be misled."""
        body = self._element(url).body
        for _ in range(self._chance.randint(1, 4)):
            place = self._chance.randrange(len(body))
            piece = self._chance.choice(GARBLE)
            body = body[:place] + piece + body[place:]
        return Fragment("html", body, alone=True)

    # --- Parts ------------------------------------------------------------------

    def _attributes(self, url: str) -> str:
        chance = self._chance
        key = chance.choice(ATTRIBUTES)
        if key in {"srcset", "imagesrcset"} or chance.random() < 0.05:
            value = self._set(url)
        elif key in {
            "style",
            "fill",
            "filter",
            "mask",
            "clip-path",
            "cursor",
            "marker-end",
            "stroke",
            "transform",
        }:
            value = f"background:{self._image(url)}" if key == "style" else self._image(url)
        elif key.startswith("on"):
            value = f"fetch('{url}')"
        elif key == "srcdoc":
            value = f"<img src={url}>"
        else:
            value = self._spell(url)
        more = chance.choice(
            (
                "",
                "",
                "",
                ' rel="stylesheet"',
                ' type="image"',
                ' src="data:,x"',
                " autoplay",
                ' href="#x"',
                f" {key}=x",
                ' attributeName="href"',
            )
        )
        between = chance.choice((" ", " ", "\n", "/", "\t", "\x0c"))
        text = f"{between}{self._case(key)}{chance.choice(('=', '=', ' =', chr(10) + '= '))}{self._quoted(value)}"
        return f"{more}{text}" if chance.random() < 0.3 else f"{text}{more}"

    def _spell(self, url: str) -> str:
        """Write an address in one of the ways that browsers take for it."""
        rest = url.removeprefix("http://")
        return self._chance.choice((
            url, url, f"//{rest}", f"\\\\{rest}", f"/\\{rest}", f"///{rest}", f"  {url} ", f"\t{url}", f"\x01{url}",
            f"HTTP://{rest}", f"hTtP:{rest}", f"http:/{rest}", f"http:\\\\{rest}", f"ht\ttp://{rest}", f"/\t/{rest}", f"http:\n//{rest}",
            f"//x@{rest}", f"http://127.1:{rest.partition(':')[2]}", f"javascript:fetch('{url}')", f"data:text/html,<img src={url}>",
            f"data:image/svg+xml,<svg xmlns='{SVG}'><image href='{url}'/></svg>", f"data:text/css,@import '{url}'",
        ))  # fmt: skip

    def _set(self, url: str) -> str:
        spelled = "".join(self._spell(url).split()) if self._chance.random() < 0.5 else url
        return self._chance.choice((
            f"{spelled} 9x", f"/a 1x,{spelled} 2x", f"/a 1x, {spelled} 2x", f"data:image/png;base64,AAAA 1x,{spelled} 2x",
            f"/a,{spelled} 2x", f"/a (,),{spelled} 2x", f",,{spelled}", f"/a 1x\t,\n{spelled}\f2x", f"/a 100w,{spelled} 9000w",
            f"{spelled},", f"data:,x 1x,{spelled} 3x",
        ))  # fmt: skip

    def _rule(self, url: str) -> str:
        chance, image = self._chance, self._image(url)
        prop = self._escape(chance.choice(PROPERTIES)) if chance.random() < 0.2 else chance.choice(PROPERTIES)
        at_import = chance.choice(("@import", "@IMPORT", "@im\\70ort", "@\\69mport", "@im\\000070 ort"))
        return chance.choice((
            f"*{{{prop}:{image}}}", f"*{{{prop}:{image}}}", f"*{{{prop}:{image}}}", f"*{{{prop}:{image}",
            f"{at_import} '{url}';", f'{at_import} "{url}" screen;', f"{at_import} {image};", f"@charset 'x';{at_import}/**/'{url}'",
            f"@font-face{{font-family:f;src:{image}}}*{{font-family:f}}",
            f"@namespace x url({url});*{{color:red}}", f"@namespace '{url}';*{{background:{image}}}",
            f"@media all{{*{{{prop}:{image}}}}}", f"@supports (color:red){{*{{{prop}:{image}}}}}",
            f"*{{--i:{image};background:var(--i)}}", f"*{{--i:'{url}';background:image-set(var(--i) 1x)}}",
            f".c{{&:not(x){{{prop}:{image}}}}}", f"*::before{{content:'{url}'}}", f"*::before{{content:{image}}}",
            f"a[href='{url}']{{color:red}}", f"@property --p{{syntax:'<image>';inherits:true;initial-value:{image}}}*{{background:var(--p)}}",
            f"</style><style>*{{{prop}:{image}}}", f"<!-- *{{{prop}:{image}}} -->", f"/*\\*/*{{{prop}:{image}}}", f"*{{x:'\n;{prop}:{image}}}",
        ))  # fmt: skip

    def _image(self, url: str) -> str:
        """Write an image of CSS."""
        chance, spelled = (
            self._chance,
            self._spell(url).replace("\\", "\\\\").replace("\n", "").replace("'", "\\'"),
        )
        name = chance.choice(("url", "URL", "u\\72l", "\\75 rl", "ur\\6c", "u\\000072l", "Url"))
        return chance.choice((
            f"{name}({url})", f"{name}('{spelled}')", f'{name}( "{url}" )', f"{name}(\n{url}\t)", f"{name}({self._escape(url)})",
            f"image-set('{url}' 1x)", f"image-set({name}({url}) 1x,'x' 2x)", f"-webkit-image-set({name}({url}) 1x)", f"IMAGE-SET('{url}' type('image/png'))",
            f"src('{url}')", f"cross-fade({name}({url}),red)", f"-webkit-cross-fade({name}({url}),{name}(x),50%)", f"image('{url}')",
            f"{name}('{url}'", f"{name}({url}", f"i\\6d age-set('{url}' 1x)", f"{name}(data:image/png;base64,AA),{name}({url})", f"'{url}'", url,
        ))  # fmt: skip

    def _escape(self, text: str) -> str:
        """Write some signs of CSS as escapes."""
        chance = self._chance
        return "".join(
            f"\\{ord(sign):x} "
            if chance.random() < 0.15
            else f"\\{ord(sign):06x}"
            if chance.random() < 0.1
            else sign
            for sign in text
        )

    def _references(self, text: str) -> str:
        """Write some signs as character references."""
        chance = self._chance
        return "".join(
            (f"&#{ord(sign)};" if chance.random() < 0.5 else f"&#x{ord(sign):X};")
            if chance.random() < 0.15
            else sign
            for sign in text
        )

    def _quoted(self, value: str) -> str:
        """Write the value of an attribute with one of the quotes, or none."""
        chance = self._chance
        plain = value.replace("&", "&amp;")
        if chance.random() < 0.3:
            plain = self._references(plain.replace("&amp;", "&"))
        if chance.random() < 0.2 and not set(plain) & set(" \t\n\f>\"'"):
            return plain
        quote = chance.choice("\"'")
        return quote + plain.replace(quote, f"&#{ord(quote)};") + quote

    def _case(self, name: str) -> str:
        return name.upper() if self._chance.random() < 0.15 else name
