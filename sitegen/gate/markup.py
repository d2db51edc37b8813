"""What the markup of a page may not hold: anything that runs, loads from elsewhere, or breaks the outline.

Generated pages have no script, so each of these rules is absolute. They are the
second line behind escaping (templates, `svg.py`) and before the published
Content-Security-Policy.
"""

import re
from collections import Counter
from collections.abc import Iterator

from sitegen.gate.model import Finding
from sitegen.gate.tags import UNFINISHED, Tag, attributes, start_tags

__all__ = ["inspect_markup"]

_FORBIDDEN = frozenset({
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "form",
    "foreignobject", "base", "animate", "set", "handler", "listener",
})  # fmt: skip
_URL_ATTRIBUTES = frozenset({
    "href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset", "imagesrcset",
    "background", "cite", "longdesc", "manifest", "ping",
})  # fmt: skip
_SUBRESOURCES = frozenset({
    "img", "image", "source", "video", "audio", "track", "use", "input", "feimage", "link", "body",
    "pattern", "lineargradient",
})  # fmt: skip
# Relations that name another document; a browser loads none of them (HTML standard, 4.6.7 "Link types").
_NAMING_RELATIONS = frozenset({
    "alternate", "author", "bookmark", "canonical", "help", "license", "me", "next", "prev", "search",
    "up",
})  # fmt: skip
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED_IN_URLS = str.maketrans("", "", "\t\n\r")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_SCRIPT = re.compile(rb"</?(?:[\w-]+:)?script", re.IGNORECASE)
_STYLE_SHEET = re.compile(rb"<style[^>]*>(.*?)</style", re.IGNORECASE | re.DOTALL)
_CSS_LOADS = re.compile(rb"@import|url\(\s*[\"']?\s*(?!data:image/|#)[\w.:/\\]", re.IGNORECASE)
_REFERENCE = re.compile(rb"url\(\s*[^#\s]", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>([^<]*)</title", re.IGNORECASE)
_HEADING = re.compile(rb"<h1[\s>]", re.IGNORECASE)
_REFRESHING = frozenset({"follow/index.html"})


def inspect_markup(path: str, body: bytes, *, document: bool = True) -> tuple[Finding, ...]:
    """Find what may not stand in the file at `path`; `document` adds the rules of a whole HTML page.

    Rules: `script`, `element`, `handler`, `style`, `url` (schemes other than http and
    https; `mailto:` on links and `data:image/` on pictures are harmless), `external`
    (a part loaded from elsewhere), `refresh` (only `/follow/` may), `tag` (one that
    never ends), and for documents `heading` (exactly one h1), `title`, `language`, `id`.
    """
    tags = start_tags(body)
    found = [Finding(path, "script", "holds a script element")] if _SCRIPT.search(body) else []
    for tag in tags:
        found += (Finding(path, rule, message) for rule, message in _tag_faults(path, tag))
    if any(_CSS_LOADS.search(sheet) for sheet in _STYLE_SHEET.findall(body)):
        found.append(Finding(path, "external", "its style sheet loads something (@import or url())"))
    if document:
        found += (Finding(path, rule, message) for rule, message in _outline_faults(tags, body))
    return tuple(found)


def _tag_faults(path: str, tag: Tag) -> Iterator[tuple[str, str]]:
    if tag == UNFINISHED:
        yield "tag", "holds a tag that never ends"
        return
    name = tag[0].decode("utf-8", "replace")
    local_name = name.rpartition(":")[2]
    if local_name in _FORBIDDEN and local_name != "script":
        yield "element", f"holds <{name}>"
    if not tag[1]:
        return
    if _REFERENCE.search(tag[1]):
        yield "external", f"<{name}> refers to something outside of the page by url()"
    pairs = attributes(tag[1])
    for key, value in pairs:
        if key in _URL_ATTRIBUTES:
            yield from _url_faults(name, dict(pairs), key, value)
        elif key == "http-equiv" and value.strip().lower() == "refresh" and path not in _REFRESHING:
            yield "refresh", "reloads itself; only /follow/ does"
        else:
            yield from _attribute_faults(name, key)


def _attribute_faults(name: str, key: str) -> Iterator[tuple[str, str]]:
    if key.startswith("on") and len(key) > 2:
        yield "handler", f"<{name}> has the event handler {key}="
    elif key == "style":
        yield "style", f"<{name}> has a style attribute"
    elif key == "srcdoc":
        yield "element", f"<{name}> has srcdoc="


def _url_faults(name: str, tag: dict[str, str], key: str, value: str) -> Iterator[tuple[str, str]]:
    for url in _urls(key, value):
        scheme = match[1].lower() if (match := _SCHEME.match(url)) else ""
        if scheme and scheme not in {"http", "https"} and not _is_harmless(name, tag, key, url.lower()):
            yield "url", f"<{name} {key}> has a URL of the scheme {scheme}:"
        elif _is_loaded(name, tag) and (
            scheme in {"http", "https"} or url.replace("\\", "/").startswith("//")
        ):
            yield "external", f"<{name} {key}> loads from another site"


def _urls(key: str, value: str) -> list[str]:
    """Read the value as a browser would: without tabs, newlines and leading control characters."""
    text = value.translate(_IGNORED_IN_URLS).strip(_C0_AND_SPACE)
    if key not in {"srcset", "imagesrcset"}:
        return [text]
    return [part.split()[0] for part in text.split(", ") if part.split()]


def _is_harmless(name: str, tag: dict[str, str], key: str, url: str) -> bool:
    if url.startswith("mailto:"):
        return name in {"a", "area"} and key == "href"
    icon = name == "link" and "icon" in tag.get("rel", "").lower().split()
    return url.startswith("data:image/") and (name == "img" or icon)


def _is_loaded(name: str, tag: dict[str, str]) -> bool:
    if name == "link":
        return not set(tag.get("rel", "").lower().split()) <= _NAMING_RELATIONS
    return name in _SUBRESOURCES


def _outline_faults(tags: Counter[Tag], body: bytes) -> Iterator[tuple[str, str]]:
    headings = sum(count for (name, _), count in tags.items() if name == b"h1")
    if headings != 1:
        yield "heading", f"has {headings} h1 headings instead of one"
    # An SVG may have titles too; the page's own stands before everything that is shown.
    title = _TITLE.search(body)
    heading = _HEADING.search(body)
    if not title or not title[1].strip() or (heading and heading.start() < title.start()):
        yield "title", "has no title"
    root = next((raw for name, raw in tags if name == b"html"), b"")
    if not dict(attributes(root)).get("lang", "").strip():
        yield "language", "names no language on <html>"
    ids = Counter(
        value
        for (_, raw), count in tags.items()
        if b"id" in raw.lower()
        for key, value in attributes(raw) * count
        if key == "id"
    )
    for value, count in ids.items():
        if count > 1:
            yield "id", f"has the id {value!r} {count} times"
