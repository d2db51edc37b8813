r"""The head of an author's page: TOML between two lines of `+++`. Pure.

    +++
    title = "A tracer in 300 lines"
    date = 2026-11-23
    +++
    Text in Markdown.

gives `(FrontMatter(title="A tracer in 300 lines", date=1795392000.0), "Text in Markdown.\n")`.
"""

import difflib
import re
import tomllib
from datetime import UTC, date, datetime, time

import msgspec

from sitegen.content.authored import FrontMatter
from sitegen.errors import ConfigError

__all__ = ["read_front_matter"]

_FENCE = "+++"
_HEADING = re.compile(r"\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_TYPE_PLACE = re.compile(r"^(?P<fault>.*?)(?: - at `\$\.(?P<key>\w+).*`)?$", re.DOTALL)
_WEB = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)


class _Head(msgspec.Struct, frozen=True):
    """The keys of a head, as TOML types them."""

    title: str = ""
    description: str = ""
    date: datetime | None = None
    draft: bool = False
    weight: int = 0
    status: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    repository: str = ""
    probe: str = ""


def read_front_matter(where: str, text: str, fallback: str) -> tuple[FrontMatter | None, str]:
    """Split a page into its front matter and its Markdown.

    A draft gives None. Without a `title`, the first heading is it (and leaves the text), else `fallback`.
    Raises ConfigError, naming `where` and the line, for a head that cannot be used.
    """
    head, markdown = _split(where, text)
    values = _load(where, head)
    known = _checked(where, head, values)
    if known.draft:
        return None, markdown
    heading = _HEADING.match(markdown)
    if heading and known.title in ("", heading[1]):
        markdown = markdown[heading.end() :]
    title = known.title or (heading[1] if heading else fallback)
    front = FrontMatter(
        title=title, description=known.description, date=known.date.timestamp() if known.date else None, weight=known.weight,
        status=known.status, tags=known.tags, url=known.url, repository=known.repository, probe=known.probe,
    )  # fmt: skip
    return front, markdown


def _split(where: str, text: str) -> tuple[str, str]:
    lines = text.split("\n")
    if lines[0].rstrip() == "---":
        raise ConfigError(f"{where}:1: front matter is TOML here; put it between two lines of +++")
    if lines[0].rstrip() != _FENCE:
        return "", text
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise ConfigError(f"{where}:1: the front matter never ends; close it with a line of +++")


def _load(where: str, head: str) -> dict[str, object]:
    try:
        values = tomllib.loads(head + "\n")
    except tomllib.TOMLDecodeError as error:
        sentence = str(error)
        place = _TOML_PLACE.search(sentence)
        line = int(place[1]) + 1 if place else 1
        raise ConfigError(f"{where}:{line}: {_TOML_PLACE.sub('', sentence)}") from None
    # A day is its midnight, and an instant without a zone is one in UTC.
    day = values.get("date")
    if isinstance(day, date) and not isinstance(day, datetime):
        values["date"] = datetime.combine(day, time.min, UTC)
    elif isinstance(day, datetime) and day.tzinfo is None:
        values["date"] = day.replace(tzinfo=UTC)
    return values


def _checked(where: str, head: str, values: dict[str, object]) -> _Head:
    for key in values:
        if key not in _Head.__struct_fields__:
            near = difflib.get_close_matches(key, _Head.__struct_fields__, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_Head.__struct_fields__)}"
            raise ConfigError(f"{where}:{_line(head, key)}: unknown key {key!r}; {hint}")
    try:
        known = msgspec.convert(values, _Head)
    except msgspec.ValidationError as error:
        match = _TYPE_PLACE.match(str(error))
        key = (match["key"] if match else "") or ""
        fault = (match["fault"] if match else str(error)).replace("`", "")
        raise ConfigError(f"{where}:{_line(head, key)}: {key}: {fault}") from None
    for key in ("url", "repository"):
        if getattr(known, key) and not _WEB.fullmatch(getattr(known, key)):
            raise ConfigError(f"{where}:{_line(head, key)}: {key}: write it like https://example.org/")
    return known


def _line(head: str, key: str) -> int:
    """Return the number of the line of the file on which a key stands; the head's first where it cannot be told."""
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]|\s*\[+\s*[\"']?{re.escape(key)}\b")
    for number, line in enumerate(head.split("\n"), start=2):
        if pattern.match(line):
            return number
    return 1
