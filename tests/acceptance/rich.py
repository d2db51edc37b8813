"""A site with as much on it as one may have: many probes, panels, builds, traces, and a log that is no friend."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
from sitegen.instrumentation.clock import FixedClock
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.records import BuildRecord
from sitegen.pipeline.own_samples import build_samples, request_samples
from sitegen.pipeline.record import Storage, record_build
from sitegen.redaction import Redactor
from sitegen.state.folder import State
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.sites import Site, make_site

PROBES, PANELS, BUILDS, LINES, TRACES = 12, 10, 200, 400, 60
KINDS = ["line", "area", "bar", "stat"]
UNITS = ["seconds", "bytes", "ratio", "", "requests/s"]
LONG = "payment-service.internal.example.net/checkout/v2/confirm"


def configuration(url: str) -> str:
    head = f"""
[site]
title = "A site with everything"
description = "Everything at once, to see whether it fits."
mode = "auto"

[[metrics.sources]]
name = "rich"
type = "prometheus"
url = "{url}"

[[traces.sources]]
name = "shop"
type = "otlp-file"
path = "shop-traces.json"

[traces]
attributes = ["http.route", "db.statement"]

[[logs.sources]]
name = "shop"
path = "shop.jsonl"
"""
    panels = [
        f"[[metrics.panels]]\nid = 'panel-{n}'\nsource = 'rich'\ntitle = 'Panel {n} of {LONG}'\n"
        f"query = 'rich_{n}'\nkind = '{KINDS[n % 4]}'\nunit = '{UNITS[n % 5]}'\n"
        "thresholds = [{ value = 45.0, status = 'warn' }, { value = 55.0, status = 'crit' }]\n"
        for n in range(PANELS)
    ]
    probes = [
        f"[[probes]]\nid = 'probe-{n}'\ntitle = 'Service {n} ({LONG})'\nurl = '{url}/{503 if n == 3 else 200}/{n}'\n"
        + ("degraded_above = '1ms'\n" if n == 5 else "")
        for n in range(PROBES)
    ]
    slos = [
        f"[[slos]]\nid = 'slo-{n}'\ntitle = 'Service {n} answers'\nprobe = 'probe-{n}'\ntarget = 0.99\n"
        for n in range(4)
    ]
    return "\n".join([head, *panels, *probes, *slos])


def rich_site(folder: Path) -> None:
    """Make the site, with its past, and build it twice, while its sources answer."""

    def answer(asked: dict[str, str]) -> dict:
        labels = [{"__name__": "rich", "route": f"/api/v{n}/{LONG}", "code": f"20{n}"} for n in range(5)]
        return matrix(asked, labels)

    with serve_answers(answer) as url:
        site = make_site(folder, config=configuration(url))
        chance = random.Random(7)
        (folder / "shop.jsonl").write_text("\n".join(map(json.dumps, log_lines(chance))) + "\n")
        (folder / "shop-traces.json").write_text(json.dumps(otlp(chance)))
        site.build()
        invent_past(site, BUILDS)
        site.build()


def log_lines(chance: random.Random):
    """Lines of up to 8,000 characters that hardly compress, with fields upon fields."""
    for number in range(LINES):
        noise = "".join(
            chance.choices("abcdefghijklmnopqrstuvwxyz<&\"' 0123456789", k=chance.choice([40, 800, 8000]))
        )
        yield {
            "time": f"2026-01-0{1 + number % 9}T00:00:{number % 60:02d}Z",
            "level": chance.choice(["debug", "info", "warn", "error"]),
            "service": f"service-{number % 7}-{LONG}",
            "message": f"request {number} {noise}",
            **{f"field_{n}": noise[:200] for n in range(chance.choice([0, 3, 30]))},
        }


def otlp(chance: random.Random) -> dict:
    """Traces of 1 to 300 spans, in OTLP JSON."""
    spans = []
    for trace in range(TRACES):
        zero, count = 1_700_000_000_000_000_000 + trace * 10**9, chance.choice([1, 12, 60, 300])
        for number in range(count):
            start = zero + number * 1_000_000
            spans.append(
                {
                    "traceId": f"{trace + 1:032x}",
                    "spanId": f"{number + 1:016x}",
                    "parentSpanId": f"{chance.randrange(number) + 1:016x}" if number else "",
                    "name": f"GET /{LONG}/{number}",
                    "kind": 2,
                    "startTimeUnixNano": str(start),
                    "endTimeUnixNano": str(start + chance.randrange(1, 400) * 1_000_000),
                    "status": {"code": 2 if number % 17 == 5 else 0},
                }
            )
    services = [
        {
            "resource": {
                "attributes": [{"key": "service.name", "value": {"stringValue": f"service-{n}-{LONG}"}}]
            },
            "scopeSpans": [{"spans": spans[n::9]}],
        }
        for n in range(9)
    ]
    return {"resourceSpans": services}


def invent_past(site: Site, builds: int) -> None:
    """Leave behind what so many builds before now would have left, through the same door as a build."""
    with closing(sqlite3.connect(site.state / "state.db")) as database, database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    with State.open(site.state, 0.0) as state:
        last: BuildRecord = state.builds.last_completed()
        for number in range(builds):
            slot = last.slot - (builds - number) * 30.0
            record = msgspec.structs.replace(
                last,
                generation=last.generation + 1 + number,
                trace_id=f"{number + 1:032x}",
                slot=slot,
                started_at=slot + 0.4,
                duration=last.duration * (1 + number % 5 / 3),
            )
            journal = Journal(site.state / "log" / "sitegen.jsonl", FixedClock(slot), Redactor())
            storage = Storage(site.state, state, journal, 30.0)
            counted = {record.slot: request_samples({"2xx": number})}
            record_build(storage, record, build_samples(record), (), counted)
