r"""The head of an author's page: TOML between two lines of `+++`, or YAML between two of `---`. Pure.

    +++
    title = "A tracer in 300 lines"
    date = 2026-11-23
    +++
    Text in Markdown.

gives `Split(FrontMatter(title="A tracer in 300 lines", date=1795392000.0), "Text in Markdown.\n", 5)`.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, NamedTuple

import msgspec

from sitegen.content.authored import FrontMatter
from sitegen.content.comments import without_comments
from sitegen.units import TOO_LONG, line_of_long_number

_MOST = 20_000
"""Characters of a head."""

_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_TYPE_PLACE = re.compile(r"^(?P<fault>.*?)(?: - at `\$\.(?P<key>\w+).*`)?$", re.DOTALL)
_WEB = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BEFORE_ZONE = re.compile(r"(?<!\s)\s+(?=(?:[-+]\d\d:?\d\d|Z)$)")
_YEARS = (1970, 9998)


class _Head(msgspec.Struct, frozen=True):
    """The keys of a head, as TOML types them."""

    title: str = ""
    description: str = ""
    date: datetime | None = None
    draft: bool = False
    weight: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)] = 0
    status: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    repository: str = ""
    probe: str = ""


class Entry(NamedTuple):
    """A value of a head, and the line of the file on which its key stands."""

    value: object
    line: int


class HeadError(Exception):
    """A head that cannot be used: the line of the file, what is wrong there, and the known key nearest to an unknown one."""

    def __init__(self, line: int, sentence: str, nearest: str = "") -> None:
        super().__init__(sentence)
        self.line = line
        self.nearest = nearest


class Split(NamedTuple):
    """A page's front matter and its Markdown, which begins on `first_line` of the file; a draft has no front matter."""

    front: FrontMatter | None
    markdown: str
    first_line: int


def read_front_matter(text: str, zone: tzinfo = UTC) -> Split:
    """Split a page into its front matter, whose title may be empty, and its Markdown; a date without a zone is in `zone`.

    Raises HeadError.
    """
    lines = text.split("\n")
    fence = lines[0].rstrip()
    if fence not in ("+++", "---"):
        return Split(_front(_Head()), text, 1)
    ends = ("---", "...") if fence == "---" else ("+++",)
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() in ends), None)
    if end is None:
        raise HeadError(1, f"the front matter never ends; close it with a line of {fence}")
    head = "\n".join(lines[1:end])
    if len(head) > _MOST:
        raise HeadError(1, f"the front matter has more than {_MOST} characters; keep the text below it")
    known = _check(_read_yaml(head) if fence == "---" else _read_toml(head), zone)
    return Split(None if known.draft else _front(known), "\n".join(lines[end + 1 :]), end + 2)


def _front(known: _Head) -> FrontMatter:
    shift = known.date.utcoffset() if known.date else None
    return FrontMatter(
        title=known.title, description=known.description, date=known.date.timestamp() if known.date else None, weight=known.weight,
        status=known.status, tags=known.tags, url=known.url, repository=known.repository, probe=known.probe,
        shift=(shift or timedelta()).total_seconds(),
    )  # fmt: skip


def _read_toml(head: str) -> Mapping[str, Entry]:
    try:
        values = tomllib.loads(head + "\n")
    except (ValueError, RecursionError) as error:
        if line := line_of_long_number(head):
            raise HeadError(line + 1, TOO_LONG) from None
        sentence = str(error)
        place = _TOML_PLACE.search(sentence)
        raise HeadError(int(place[1]) + 1 if place else 1, _TOML_PLACE.sub("", sentence)) from None
    return {key: Entry(value, _line(head, key)) for key, value in values.items()}


def _line(head: str, key: str) -> int:
    """Return the number of the line of the file on which a key of TOML stands; the head's first where it cannot be told."""
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]|\s*\[+\s*[\"']?{re.escape(key)}\b")
    numbers = (number for number, line in enumerate(head.split("\n"), start=2) if pattern.match(line))
    return next(numbers, 1)


def _read_yaml(head: str) -> Mapping[str, Entry]:
    from sitegen.content.yaml_head import read_yaml  # noqa: PLC0415 - only a head in YAML needs its reader

    texts = {name for name, kind in _Head.__annotations__.items() if kind is str or name == "tags"}
    return {key: Entry(value, line) for key, value, line in read_yaml(head, texts, HeadError)}


def _check(entries: Mapping[str, Entry], zone: tzinfo) -> _Head:
    for key, entry in entries.items():
        if key not in _Head.__struct_fields__:
            near = difflib.get_close_matches(key[:60], _Head.__struct_fields__, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_Head.__struct_fields__)}"
            raise HeadError(entry.line, f"unknown key {key[:60]!r}; {hint}", near[0] if near else "")
    for key in ("url", "repository"):
        entry = entries.get(key, Entry("", 1))
        if isinstance(entry.value, str) and entry.value and not _WEB.fullmatch(entry.value):
            raise HeadError(entry.line, f"{key}: write it like https://example.org/")
    values = {key: _clean(entry.value) for key, entry in entries.items()}
    if "date" in entries:
        values["date"] = _instant(entries["date"], zone)
    try:
        return msgspec.convert(values, _Head)
    except msgspec.ValidationError as error:
        match = _TYPE_PLACE.match(str(error))
        key = (match["key"] if match else "") or ""
        fault = (match["fault"] if match else str(error)).replace("`", "")
        raise HeadError(entries[key].line if key in entries else 1, f"{key}: {fault}") from None


def _clean(value: object) -> object:
    """Return text without comments, and without what an escape may have brought in: control characters, halves of characters."""
    if isinstance(value, list):
        return [one for one in map(_clean, value) if one != ""]
    if isinstance(value, str) and "<!--" in value:
        # A word before it makes it words of one paragraph: an indented line would be code.
        value = " ".join(without_comments(f"a {' '.join(value.split())}")[2:].split())
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value


def _instant(entry: Entry, zone: tzinfo) -> object:
    """Return an instant: a day is its midnight, one without a zone is in `zone`. Raises HeadError for one that cannot be."""
    value = _parsed(entry) if isinstance(entry.value, str | int) else entry.value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if isinstance(value, datetime):
        if not _YEARS[0] <= value.year <= _YEARS[1]:
            raise HeadError(entry.line, f"date: {value.year} is no year of a page; write it like 2026-11-23")
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return value


def _parsed(entry: Entry) -> datetime:
    words = str(entry.value).strip()
    try:
        return datetime.fromisoformat(_BEFORE_ZONE.sub("", words))
    except ValueError:
        raise HeadError(entry.line, f"date: {words[:60]!r} is no date; write it like 2026-11-23") from None
