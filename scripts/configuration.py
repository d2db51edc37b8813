"""Writes docs/configuration.md from the schema: every key with its type, default, unit, meaning and an example."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

import msgspec
from sitegen.config.reading import choices_of, declared, defaults_of
from sitegen.config.schema import File
from sitegen.keys import Form, Key
from sitegen.units import UNITS, format_quantity, window_label

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"

HEAD = """# Configuration

Every key of `sitegen.toml`. This page is written by `make docs` from the declarations that
sitegen reads the file by; each example is a whole file that is loaded in a test.

The file is TOML. A key that is left out has its default; an unknown key is an error, with its
line and the nearest name. In any text `${NAME}` is the variable NAME of the environment and `$$`
is a dollar. A duration is written like `500ms`, `30s`, `5m`, `1h`, `7d`, `1h30m`; a path is meant
from the folder of the file. Files named by `*_file` must be there. `sitegen check config` reads
the file and does nothing else.

A window has at most 240 columns, so a long one has long steps: an hour in 7 days. In PromQL
`[$__rate_interval]` is a range that loses nothing between two of them: the step and one
`scrape_interval`, or four of these where that is more. `$__interval` is the step, so that bars
of `increase(x[$__interval])` count everything once, and `$__range` the window; `$__interval_ms`, `$__rate_interval_ms`, `$__range_ms` and `$__range_s` are numbers. An
objective's step is the window that it is counted over. `sitegen check config` warns of a fixed
range that is shorter than the step, and does not fail for it.

The home and host name of the machine that builds, and the folders of the site, are cut out of what
sources say, and the gate refuses a page that tells them otherwise (exit 3, with line and rule);
`allow` of `[redaction]` lets one be. Not looked for is what half of all machines have (`/root`,
`/home/runner`, a host called `web`), a word that the program itself is written with, and a name
that you show yourself, in this file or on a page. A folder in a page's text costs that page its news.
"""

NAMES = {"sections": "metrics", "http_headers": "X-Scope-OrgID", "targets": "production"}
"""What a table is called in examples whose name is chosen by the file."""

CLOUDWATCH = {"name": "cdn", "type": "cloudwatch", "url": None, "region": "us-east-1"}
COUNTED = {
    "probe": None,
    "source": "prometheus",
    "good": 'http_requests_total{code!~"5.."}',
    "total": "http_requests_total",
}
WITH: dict[str, dict[str, Any]] = {
    "metrics.sources[].region": CLOUDWATCH,
    "metrics.panels[].thresholds[].value": {"above": None},
    "metrics.panels[].thresholds[].below": {"above": None},
    "metrics.sources[].namespace": CLOUDWATCH,
    "metrics.sources[].basic_auth.username_file": {"username": None},
    "metrics.sources[].basic_auth.password": {"password_file": None},
    "metrics.sources[].authorization.credentials": {"credentials_file": None},
    "metrics.sources[].tls_config.cert_file": {"key_file": "secrets/client.key"},
    "metrics.sources[].tls_config.key_file": {"cert_file": "secrets/client.pem"},
    "probes[].body": {"method": "POST"},
    "probes[].expect_answer": {"type": "dns", "url": "dns://example.org?type=A"},
    "probes[].tls_config.cert_file": {"key_file": "secrets/client.key"},
    "probes[].tls_config.key_file": {"cert_file": "secrets/client.pem"},
    "slos[].source": COUNTED,
    "slos[].good": COUNTED,
    "slos[].total": COUNTED,
    "deploy.targets.<name>.path": {"buckets": None},
    "deploy.targets.<name>.git": {"buckets": None},
    "deploy.targets.<name>.branch": {"buckets": None, "git": "git@github.com:me/me.github.io.git"},
}
"""What an example needs beside its key, in the same table; None takes a key out."""

HOME = ("probes", "", {"id": "home", "title": "home page", "url": "https://example.org/"})
SERVER = ("metrics", "sources", {"name": "prometheus", "type": "prometheus", "url": "http://127.0.0.1:9090"})
SPEED = (
    "metrics",
    "panels",
    {"id": "speed", "source": "self", "title": "Speed", "query": "sitegen_build_duration_seconds"},
)
NEEDED = {"overview": (SPEED,), "slos": (HOME, SERVER), "maintenance[].probes": (HOME,)}
"""The tables that an example refers to, by how its place begins."""

SAMPLES = {
    "": 12_300,
    "seconds": 0.0391,
    "bytes": 24_400,
    "bytes-iec": 25_000,
    "ratio": 0.99931,
    "percent": 12.5,
    "timestamp": 1_795_417_200,
}


class Entry(NamedTuple):
    """A key: its place, its type, its declaration, its default in words, and a whole file that uses it."""

    place: str
    kind: Any
    key: Key
    default: str
    example: str


class Outer(NamedTuple):
    """A table around a key: its name, whether it is one of a list or of a map, and a whole one."""

    name: str
    shape: Any
    table: dict[str, Any]


def one_of(kind: Any) -> Any:
    """Return a type without its None."""
    united = get_origin(kind) in (Union, UnionType)
    return next(one for one in get_args(kind) if one is not NoneType) if united else kind


def table_of(kind: Any) -> type[msgspec.Struct] | None:
    """Return the record of a table, of a list's items or of a map's values."""
    inner = one_of(kind)
    if get_origin(inner) in (tuple, dict):
        inner = get_args(inner)[get_origin(inner) is dict]
    return inner if isinstance(inner, type) and issubclass(inner, msgspec.Struct) else None


def entries(
    record: type[msgspec.Struct] = File, place: str = "", around: Sequence[Outer] = ()
) -> Iterator[Entry]:
    """Yield every key, each table before its own."""
    defaults = defaults_of(record)
    for name, (kind, key) in declared(record).items():
        here = f"{place}.{name}".strip(".")
        table, shape = table_of(kind), get_origin(one_of(kind))
        value = hold(name, shape, key.example) if table else key.example
        example = needed(here) + write(whole(around, {name: value}, here))
        yield Entry(here, kind, key, say_default(name, kind, key, defaults), example)
        if table:
            below = here + {tuple: "[]", dict: ".<name>"}.get(shape, "")
            yield from entries(table, below, (*around, Outer(name, shape, key.example)))


def hold(name: str, shape: Any, table: dict[str, Any]) -> Any:
    return [table] if shape is tuple else {NAMES[name]: table} if shape is dict else table


def whole(around: Sequence[Outer], table: dict[str, Any], place: str) -> dict[str, Any]:
    """Return a document that holds the keys of a table, with what the tables around it must have."""
    change = WITH.get(place, {}) | table
    for outer in reversed(around):
        merged = {name: value for name, value in (outer.table | change).items() if value is not None}
        change = {outer.name: hold(outer.name, outer.shape, merged)}
    return change


def needed(place: str) -> str:
    """Return the tables that an example refers to, as TOML."""
    others = [other for start, others in NEEDED.items() if place.startswith(start) for other in others]
    return "".join(write({name: {last: [table]} if last else [table]}) + "\n" for name, last, table in others)


def say_default(name: str, kind: Any, key: Key, defaults: dict[str, Any]) -> str:
    if key.absent or name not in defaults or isinstance(defaults[name], msgspec.Struct):
        return key.absent or ("the defaults of its keys" if table_of(kind) else "none: it is required")
    value = defaults[name]
    if value is None:
        return "none"
    if hasattr(value, "factory"):
        value = value.factory()
    if key.form is Form.DURATION:
        value = list(map(window_label, value)) if isinstance(value, tuple) else window_label(value)
    return f"`{toml(value)}`"


def say_type(kind: Any, key: Key) -> str:
    inner, listed = one_of(kind), [one for one in get_args(kind) if get_origin(one) is tuple]
    if listed and inner is not listed[0]:
        others = tuple(one for one in get_args(kind) if one not in listed)
        return f"{say_type(Union[others], key)} or a list of such"  # noqa: UP007 - of a tuple
    if get_origin(kind) is UnionType and any(get_origin(one) is dict for one in get_args(kind)):
        return "text or table of texts"
    if get_origin(kind) is Union and len(get_args(kind)) > 1 and choices_of(get_args(kind)[1]):
        return f'{say_type(inner, key)} or `"{choices_of(get_args(kind)[1])[0]}"`'
    if choices := choices_of(inner):
        return "one of " + ", ".join(f'`"{choice}"`' for choice in choices)
    outer = get_origin(inner) or inner
    if outer is tuple:
        return f"list of {'tables' if table_of(kind) else 'texts'}"
    if outer is dict:
        return (
            "tables, each with a name of its own"
            if table_of(kind)
            else f"table of {key.form if key.form is Form.DURATION else 'text'}s"
        )
    if table_of(kind):
        return "table"
    numbers = {int: "whole number", bool: "`true` or `false`"} | (
        {float: "number"} if key.form is Form.TEXT else {}
    )
    return numbers.get(outer, "text")


def say_unit(key: Key) -> str:
    """Return what a value is measured or written in, with its bounds."""
    unit = key.unit or ("" if key.form is Form.TEXT else str(key.form))
    size = "" if key.unit else " characters"
    bounds = [
        f"{word} {bound}{size}"
        for word, bound in (("at least", key.least), ("at most", key.most))
        if bound is not None and not (size and word == "at least")
    ]
    return ", ".join([unit] * bool(unit) + bounds) or "–"


def bare(name: str) -> str:
    """Write the name of a key, in quotes where it is not a bare one."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def toml(value: Any) -> str:
    """Write a value as TOML on one line."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case dict():
            return (
                "{ " + ", ".join(f"{bare(name)} = {toml(one)}" for name, one in value.items()) + " }"
                if value
                else "{}"
            )
        case list() | tuple():
            return f"[{', '.join(map(toml, value))}]"
    text = str(value)
    return (
        f"'{text}'"
        if ("\\" in text or '"' in text) and "'" not in text
        else json.dumps(text, ensure_ascii=False)
    )


def write(document: dict[str, Any], path: str = "") -> str:
    """Write a document as TOML: a header for each table, but what lies in one of a list stands in a line."""
    lines, tables = [], []
    for name, value in document.items():
        below = f"{path}.{name}".strip(".")
        listed = isinstance(value, list) and value and isinstance(value[0], dict)
        if isinstance(value, dict) and (value or not path) and not path.endswith("]"):
            tables.append(write(value, below))
        elif listed and path.count(".") == 0 and not path.endswith("]"):
            tables += [
                "\n".join([f"[[{below}]]", *(f"{key} = {toml(one)}" for key, one in item.items())]) + "\n"
                for item in value
            ]
        else:
            lines.append(f"{bare(name)} = {toml(value)}")
    head = [f"[{path}]"] if path and (lines or not tables) else []
    return "".join(f"{line}\n" for line in [*head, *lines]) + "".join(tables)


def document() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for entry in entries():
        title = "##" if table_of(entry.kind) else "###"
        parts.append(
            f"{title} `{entry.place}`\n\n{entry.key.meaning}\n\n"
            f"Type: {say_type(entry.kind, entry.key)}. Default: {entry.default}. Unit: {say_unit(entry.key)}.\n\n"
            f"```toml\n{entry.example}```\n"
        )
    rows = [
        f'| `"{unit}"` | {value!r} | {format_quantity(value, unit)} |'
        for unit in UNITS
        for value in [SAMPLES.get(unit, 12_300)]
    ]
    units = "## Units\n\nThe `unit` of a panel is one of these; any other is an error, with the nearest.\n"
    parts.append(f"{units}\n| Unit | A value | prints as |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(), encoding="utf-8")
