"""What the markup of a file may not hold: anything that runs, loads from elsewhere, or breaks the outline.

Generated pages have no script, so each of these rules is absolute. They are the
second line behind escaping (templates, `svg.py`) and before the published
Content-Security-Policy. What may name another host is listed: links that a visitor
follows, relations between documents, and text. Everything else is a finding.
"""

from collections import Counter
from collections.abc import Iterator

from sitegen.gate.addresses import candidates, leads_away, names_host, read, scheme_of
from sitegen.gate.model import Fault, Finding
from sitegen.gate.parsing import Document, Outline, parse_html, parse_xml
from sitegen.gate.styles import loads

_FORBIDDEN = frozenset({
    "iframe", "frame", "frameset", "fencedframe", "object", "embed", "applet", "portal", "form", "base",
    "foreignobject", "handler", "listener", "animate", "animatecolor", "animatemotion", "animatetransform",
    "set", "discard",
    # What stands in these, a browser reads otherwise once scripts may run.
    "noscript", "template",
})  # fmt: skip
_ADDRESSES = frozenset({
    "href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset", "imagesrcset",
    "background", "cite", "longdesc", "manifest", "ping",
})  # fmt: skip
_SETS = frozenset({"srcset", "imagesrcset"})
_FOLLOWED = frozenset({
    ("a", "href"), ("a", "xlink:href"), ("area", "href"),
    ("blockquote", "cite"), ("q", "cite"), ("del", "cite"), ("ins", "cite"),
})  # fmt: skip
# Relations that name another document; a browser loads none of them (HTML standard, 4.6.7 "Link types").
_NAMING = frozenset({
    "alternate", "author", "bookmark", "canonical", "help", "license", "me", "next", "prev",
    "privacy-policy", "search", "terms-of-service", "up",
})  # fmt: skip
_ICONS = frozenset({"icon", "shortcut", "apple-touch-icon", "mask-icon"})
_PLAIN = frozenset({
    "abbr", "about", "accesskey", "alt", "aria-current", "aria-hidden", "aria-label", "aria-labelledby", "class",
    "colspan", "content", "d", "datetime", "dir", "dy", "height", "hidden", "id", "itemid", "itemprop", "itemtype",
    "label", "lang", "name", "paint-order", "pattern", "placeholder", "points", "prefix", "preserveAspectRatio", "property",
    "resource", "role", "rowspan", "scope", "stroke-width", "tabindex", "text-anchor", "title", "transform", "typeof", "value",
    "vector-effect", "viewBox", "vocab", "width", "x", "x1", "x2", "xlink:title", "xmlns", "xmlns:xlink", "y", "y1",
    "y2",
})  # fmt: skip
"""Attributes that are shown, name a thing or hold numbers, so that no rule is about them; `data-*` and `aria-*` are more."""
_INSTRUCTIONS = frozenset({
    "content-language", "content-security-policy", "content-type", "default-style", "refresh", "x-ua-compatible",
})  # fmt: skip
_REFRESHING = frozenset({"follow/index.html"})


def inspect_markup(path: str, body: bytes, *, document: bool = True, origin: str = "") -> tuple[Finding, ...]:
    """Find what may not stand in the file at `path`; `document` adds the rules of a whole HTML page.

    Rules: `script`, `element`, `handler`, `style`, `url` (schemes other than http and
    https; `mailto:` on links and `data:image/` on pictures are harmless), `external`
    (what names a host other than `origin` and is no link to follow, and all that styles load),
    `refresh` (only `/follow/` may), `tag` (one that never ends), `charset`, `xml`, and for
    documents `heading` (exactly one h1), `title`, `language`, `id`.
    """
    parsed = parse_xml(body) if path.endswith((".svg", ".xml")) else parse_html(body, _PLAIN)
    faults = [*parsed.faults, *_element_faults(parsed, path, origin)]
    if any(map(loads, parsed.sheets)):
        faults.append(("external", "its style sheet loads something (@import or url())"))
    if document and parsed.outline:
        faults += _outline_faults(parsed.outline)
    return tuple(Finding(path, rule, message) for rule, message in faults)


def _element_faults(parsed: Document, path: str, origin: str) -> Iterator[Fault]:
    for name in sorted(parsed.names):
        local = name.rpartition(":")[2].lower()
        if local == "script":
            yield "script", "holds a script element"
        elif local in _FORBIDDEN:
            yield "element", f"holds <{name}>"
    for name, attributes in parsed.elements:
        pairs = {key.lower(): value or "" for key, value in attributes.items()}
        if name == "meta" and "http-equiv" in pairs:
            yield from _instruction_faults(path, pairs)
        for key in sorted(pairs.keys() - _PLAIN):
            yield from _attribute_faults(name, pairs, key, origin)


def _instruction_faults(path: str, pairs: dict[str, str]) -> Iterator[Fault]:
    instruction, content = pairs["http-equiv"].strip().lower(), pairs.get("content", "").strip().lower()
    if instruction not in _INSTRUCTIONS:
        yield "element", f'holds <meta http-equiv="{instruction}">'
    elif instruction == "content-type" and content.replace(" ", "") != "text/html;charset=utf-8":
        yield "charset", f"says that it is {content} instead of text/html; charset=utf-8"
    elif instruction == "refresh" and not (path in _REFRESHING and content.isdecimal()):
        yield "refresh", "reloads itself or leads on; only /follow/ reloads"


def _attribute_faults(name: str, pairs: dict[str, str], key: str, origin: str) -> Iterator[Fault]:
    value = pairs[key]
    if key.startswith("on") and len(key) > 2:
        yield "handler", f"<{name}> has the event handler {key}="
    elif key == "style":
        yield "style", f"<{name}> has a style attribute"
    elif key == "srcdoc":
        yield "element", f"<{name}> has srcdoc="
    elif key == "charset" and value.strip().lower() != "utf-8":
        yield "charset", f"says that it is written in {value} instead of UTF-8"
    elif key in _ADDRESSES:
        for address in candidates(value) if key in _SETS else [value]:
            yield from _address_faults(name, pairs, key, read(address), origin)
    elif not key.startswith(("data-", "aria-")) and (names_host(read(value)) or loads(value)):
        yield "external", f"<{name} {key}> refers to something outside of the page"


def _address_faults(name: str, pairs: dict[str, str], key: str, address: str, origin: str) -> Iterator[Fault]:
    scheme = scheme_of(address)
    if scheme not in {"", "http", "https"} and not _is_harmless(name, pairs, key, address):
        yield "url", f"<{name} {key}> has a URL of the scheme {scheme}:"
    elif leads_away(address, origin) and not _is_followed(name, pairs, key):
        yield "external", f"<{name} {key}> loads from another site"


def _is_harmless(name: str, pairs: dict[str, str], key: str, address: str) -> bool:
    url = address.lower()
    if url.startswith("mailto:"):
        return name in {"a", "area"} and key == "href"
    icon = name == "link" and _relations(pairs) <= _ICONS
    return url.startswith("data:image/") and (name in {"img", "source"} or icon)


def _is_followed(name: str, pairs: dict[str, str], key: str) -> bool:
    return (name, key) in _FOLLOWED or (name == "link" and key == "href" and _relations(pairs) <= _NAMING)


def _relations(pairs: dict[str, str]) -> set[str]:
    return set(pairs.get("rel", "").lower().split())


def _outline_faults(outline: Outline) -> Iterator[Fault]:
    if outline.headings != 1:
        yield "heading", f"has {outline.headings} h1 headings instead of one"
    if not outline.title.strip():
        yield "title", "has no title"
    if not outline.language.strip():
        yield "language", "names no language on <html>"
    for value, count in Counter(outline.ids).items():
        if count > 1:
            yield "id", f"has the id {value!r} {count} times"
