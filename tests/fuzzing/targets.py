"""What reads bytes that somebody else wrote, one target for each: any bytes give a value or an error of its own kind.

`make fuzz` looks for bytes that do not, guided by coverage where Atheris installs; what it finds is kept below
`finds/NAME/`, and every commit reads all of that again.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from sitegen.assets.images import optimise_image
from sitegen.config import load_config
from sitegen.content.model import Draft
from sitegen.content.page import make_page
from sitegen.errors import GateError, SitegenError
from sitegen.gate.parsing import parse_html, parse_xml
from sitegen.logs.parser import parse
from sitegen.metrics import collector
from sitegen.metrics.cloudwatch_query import parse_expression
from sitegen.metrics.formats import decode_answer
from sitegen.metrics.labels import parse_selector
from sitegen.metrics.model import MetricQuery
from sitegen.pipeline import recording
from sitegen.redaction import Redactor
from sitegen.scheduler.environment import parse_environment
from sitegen.state.parcel import unpack
from sitegen.traces.formats import parse_otlp
from sitegen.units import Window, parse_duration, parse_rfc3339

FINDS = Path(__file__).with_name("finds")
SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
QUERY = MetricQuery(source="prom", expression="up", window=Window(0.0, 60.0, 15.0))
_LARGEST_SEED, _MOST_SEEDS = 65_536, 40


class Target(NamedTuple):
    """What is fed, what it begins with, and where real inputs of its kind lie in the shared data."""

    feed: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    real: tuple[str, ...] = ()


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _answer(body: bytes) -> None:
    decode_answer(body, QUERY, where="metrics.prom", redactor=Redactor())


def _selector(body: bytes) -> None:
    for read in (parse_selector, parse_expression):
        with suppress(ValueError):
            read(_text(body))


def _spans(body: bytes) -> None:
    parse_otlp(body, frozenset({"http.route", "db.system.name"}), Redactor())


def _lines(body: bytes) -> None:
    parse(body, "shop", Redactor())


def _configuration(body: bytes) -> None:
    with NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as file:  # noqa: S108
        file.write(body)
        file.flush()
        with suppress(SitegenError):
            load_config(Path(file.name), {})


def _page(body: bytes) -> None:
    make_page(Draft("about.md", body), {}, "/")


def _picture(body: bytes) -> None:
    optimise_image("picture", body, 640)


def _document(body: bytes) -> None:
    parse_html(body)
    with suppress(GateError, ValueError):
        parse_xml(body)


def _recording(body: bytes) -> None:
    with suppress(SitegenError):
        recording.decode(body, "FILE")


def _parcel(body: bytes) -> None:
    with suppress(SitegenError):
        unpack(body, "https://status.example.com/", "s3://bucket/_sitegen/state")


def _instants(body: bytes) -> None:
    for read in (parse_duration, parse_rfc3339):
        with suppress(ValueError):
            read(_text(body))


TARGETS: Mapping[str, Target] = {
    "metrics": Target(
        _answer,
        (
            b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"1"]]}]}}',
            b'{"status":"error","errorType":"bad_data","error":"no"}',
        ),
        ("prometheus/api*.json", "jaeger/prom*"),
    ),
    "kept-metrics": Target(collector.decode, (b"\x98\x01\x90\x90\x90\x90\x90\x90\x90",)),
    "selectors": Target(_selector, (b'up{job="a",b=~"c.*"}', b'AWS/EC2:CPUUtilization{InstanceId="i-1"}')),
    "spans": Target(
        _spans,
        (
            (
                b'{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans"'
                b':[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"GET /","kind":2,'
                b'"startTimeUnixNano":"1","endTimeUnixNano":"2","status":{"code":2},"links":[],"events":[]}]}]}]}'
            ),
        ),
        ("otlp-pb/*.json", "otel-proto/*.json", "otel-contrib-s3/*.json"),
    ),
    "lines": Target(
        _lines,
        (
            b'{"time":"2026-11-25T10:00:00Z","level":"error","msg":"no","password":"x"}\n',
            b'127.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n',
        ),
        ("lnav/*", "angle-grinder/*", "rsyslog/*", "elastic-examples/*"),
    ),
    "configuration": Target(
        _configuration,
        (
            b'[site]\ntitle = "a"\n[[probes]]\nid = "a"\nurl = "http://a/"\n',
            b'[[metrics.panels]]\nid = "a"\nquery = "up"\n',
        ),
    ),
    "pages": Target(_page, (b"# a\n\n<!-- b -->\n\n[c](d.md) ![e](f.png)\n\n```py\nx = 1\n```\n", b'+++\ntitle = "a"\n+++\n')),
    "pictures": Target(_picture, (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",)),
    "documents": Target(_document, (b"<!doctype html><p id=a>b<svg><path d='M0 0'/></svg>", b"<svg xmlns='http://www.w3.org/2000/svg'/>")),
    "recordings": Target(_recording, (b"sitegen recording, layout 1\n\x1f\x8b",)),
    "parcels": Target(_parcel, (b"sitegen state, layout 1\n",)),
    "texts": Target(lambda body: Redactor().text(_text(body)), (b"password=a Bearer b eyJhbGciOi 10.0.0.1 a@b.c",), ("blns/*",)),
    "environments": Target(lambda body: parse_environment(_text(body)), (b'A="b $c" # d\nexport E=\'f\'\n',)),
    "instants": Target(_instants, (b"1h30m", b"2026-11-25T10:00:00.123+01:00")),
}  # fmt: skip


def seeds_of(name: str) -> list[bytes]:
    """What a target begins with: its own seeds, all that was found, and real inputs where they are at hand."""
    target = TARGETS[name]
    found = [path.read_bytes() for path in sorted((FINDS / name).glob("*"))]
    paths = [path for pattern in target.real for path in sorted(SHARED_DATA.glob(pattern)) if path.is_file()]
    real = [path.read_bytes() for path in paths if path.stat().st_size <= _LARGEST_SEED]
    return [*target.seeds, *found, *real[:_MOST_SEEDS]]
