"""Every key of `sitegen.toml`, declared once: the tables that belong to no room, and where those of the rooms stand.

A table is a record whose fields carry a Key. What a field's type, default and Key do not
say (keys that exclude each other, names that refer to other tables) `resolution.py` checks.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sitegen.availability.model import Probe, Slo
from sitegen.availability.recurring import PlannedTime
from sitegen.deployment.invalidation import Invalidation
from sitegen.deployment.model import Target
from sitegen.http import TlsConfig
from sitegen.keys import Form, Key
from sitegen.metrics.model import Overview, Panel
from sitegen.metrics.sources import SourceType
from sitegen.templating.palette import Mode

_MOST_WORKERS = 256

# One line a key: this is a table, to be read down its columns.
# fmt: off


class Site(msgspec.Struct, frozen=True):
    """`[site]`. Every page repeats its texts, so they are short."""

    title: Annotated[str, Key("The name of the site, in the head of every page.", "obs", least=1, most=80)] = "sitegen"
    description: Annotated[str, Key("What the site is, in a sentence for search engines and the feed.", "A public look at a system.", most=300)] = ""
    base_url: Annotated[str, Key("Where the site is published; canonical links, the feed and the sitemap need it.", "https://example.org/status/", most=120)] = ""
    language: Annotated[str, Key("The language of your own texts.", "de-CH", Form.LANGUAGE)] = "en"
    output: Annotated[Path, Key("The folder that the site is published in; each build replaces it.", "public", Form.PATH)] = Path("dist")
    state: Annotated[Path, Key("The folder for history, caches, own log and own traces; it is never published.", "/var/lib/sitegen", Form.PATH)] = Path(".sitegen")
    content: Annotated[Path, Key("The folder of your own pages, in Markdown.", "pages", Form.PATH)] = Path("content")
    theme: Annotated[str, Key("The theme: `terminal`, or a folder with templates and style sheets of your own.", "terminal")] = "terminal"
    mode: Annotated[Mode | None, Key("The colours: dark, light, or `auto` as the visitor's system has it; left out, light with `paper`, else dark.", "auto")] = None
    timezone: Annotated[str, Key("The zone of the dates that you write without one, and of the days of availability, by its name in IANA's database.", "Europe/Berlin")] = "UTC"
    follow: Annotated[bool, Key("Whether the overview also stands at `/follow/`, which reloads itself every cycle; a site without panels, probes and sources of traces and logs has none.", example=False)] = True
    palette: Annotated[str | dict[str, str], Key("`amber`, `paper`, `high-contrast`, or a table of colours like `accent`; text needs 4.5:1 of contrast, marks 3:1.", "amber")] = ""

    @property
    def base_path(self) -> str:
        """The path that every link starts with: `/`, or `/status/` for a site below one."""
        tail = self.base_url.partition("://")[2].partition("/")[2].strip("/")
        return f"/{tail}/" if tail else "/"


class Section(msgspec.Struct, frozen=True):
    """`[build.sections.<name>]`."""

    threads: Annotated[int | None, Key("How many threads of its own the section waits with.", 4, unit="threads", least=1, most=_MOST_WORKERS)] = None
    processes: Annotated[int | None, Key("How many processes of its own the section draws with.", 2, unit="processes", least=1, most=_MOST_WORKERS)] = None


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """`[build]`: durations in seconds."""

    cycle: Annotated[float, Key("How often a timer runs `sitegen build`.", "1m", Form.DURATION)] = 30.0
    gather: Annotated[float, Key("When gathering ends; what has arrived by then is drawn.", "8s", Form.DURATION)] = 10.0
    deadline: Annotated[float, Key("When the build ends, finished or not.", "20s", Form.DURATION)] = 15.0
    workers: Annotated[int | Literal["auto"], Key("How many processes draw and render: `auto` decides by the last build, 1 means no pool at all.", 2, unit="processes", least=1, most=_MOST_WORKERS)] = "auto"
    sections: Annotated[dict[Literal["metrics", "traces", "logs", "availability", "content"], Section], Key("Pools of its own for one section of the site.", {"threads": 4})] = {}


class BasicAuth(msgspec.Struct, frozen=True):
    """`basic_auth`, as in Prometheus' http_client_config."""

    username: Annotated[str | None, Key("The user's name.", "sitegen")] = None
    username_file: Annotated[str | None, Key("A file that holds the user's name.", "secrets/username", Form.PATH)] = None
    password: Annotated[str | None, Key("The password; it is cut from everything that is published.", "correct horse")] = None
    password_file: Annotated[str | None, Key("A file that holds the password.", "secrets/password", Form.PATH)] = None


class Authorization(msgspec.Struct, frozen=True):
    """`authorization`, as in Prometheus' http_client_config."""

    type: Annotated[str, Key("The scheme that stands before the credentials.", "Bearer")] = "Bearer"
    credentials: Annotated[str | None, Key("The credentials; they are cut from everything that is published.", "t0ken")] = None
    credentials_file: Annotated[str | None, Key("A file that holds the credentials.", "secrets/token", Form.PATH)] = None


class HttpHeader(msgspec.Struct, frozen=True):
    """`http_headers.<name>`, as in Prometheus' http_client_config."""

    values: Annotated[tuple[str, ...], Key("Values that anybody may see.", ["team-a"])] = ()
    secrets: Annotated[tuple[str, ...], Key("Values that are cut from everything that is published.", ["te5ant"])] = ()
    files: Annotated[tuple[str, ...], Key("Files that hold secret values.", ["secrets/tenant"], Form.PATH)] = ()


class MetricSource(msgspec.Struct, frozen=True, kw_only=True):
    """One of `[[metrics.sources]]` as it is written."""

    name: Annotated[str, Key("What panels and objectives call it; `self` is sitegen's own history and always there.", "prometheus", least=1, most=60)]
    type: Annotated[SourceType, Key("Its kind: a server that speaks Prometheus' HTTP API (also Thanos, Mimir, VictoriaMetrics), CloudWatch, or the machine that builds.", "prometheus")]
    url: Annotated[str | None, Key("The server's address, with the path that its API lies below.", "http://127.0.0.1:9090", Form.URL)] = None
    scrape_interval: Annotated[float, Key("How often its server takes a sample: `$__rate_interval` in queries is never less than four of them.", "1m", Form.DURATION)] = 15.0
    timeout: Annotated[float, Key("How long one attempt may take.", "5s", Form.DURATION)] = 5.0
    basic_auth: Annotated[BasicAuth | None, Key("A user and a password for the server.", {"username": "sitegen", "password_file": "secrets/password"})] = None
    authorization: Annotated[Authorization | None, Key("A token, or other credentials, for the server.", {"credentials_file": "secrets/token"})] = None
    tls_config: Annotated[TlsConfig, Key("How the server is known, and the client to it.", {"ca_file": "secrets/ca.pem"})]
    http_headers: Annotated[dict[str, HttpHeader], Key("Further headers of every request, such as Mimir's tenant.", {"values": ["team-a"]})] = {}
    max_concurrency: Annotated[int, Key("How many queries are asked of it at once.", 4, unit="queries", least=1, most=256)] = 8
    region: Annotated[str | None, Key("Of CloudWatch, where its metrics are kept; CloudFront's are in us-east-1.", "us-east-1", Form.REGION)] = None
    namespace: Annotated[str, Key("Of CloudWatch, the namespace that is asked.", "AWS/CloudFront")] = ("AWS/CloudFront")


class Metrics(msgspec.Struct, frozen=True):
    """`[metrics]`."""

    sources: Annotated[tuple[MetricSource, ...], Key("Each is a server that panels and objectives ask.", {"name": "prometheus", "type": "prometheus", "url": "http://127.0.0.1:9090"})] = ()
    panels: Annotated[tuple[Panel, ...], Key("Each is a chart with pages of its own below `/metrics/`.", {"id": "speed", "title": "Speed of the builds", "query": "sitegen_build_duration_seconds", "source": "self"})] = ()


class TraceSource(msgspec.Struct, frozen=True):
    """One of `[[traces.sources]]`; `path` is an absolute glob."""

    name: Annotated[str, Key("What the site calls it.", "shop", least=1, most=60)]
    type: Annotated[Literal["otlp-file"], Key("The format: OTLP as JSON, as the OpenTelemetry Collector writes it.", "otlp-file")]
    path: Annotated[str, Key("The files, as a glob.", "/var/lib/otel/traces-*.json", Form.GLOB)]


class Traces(msgspec.Struct, frozen=True):
    """`[traces]`."""

    sources: Annotated[tuple[TraceSource, ...], Key("Each is a set of files with spans.", {"name": "shop", "type": "otlp-file", "path": "/var/lib/otel/traces-*.json"})] = ()
    attributes: Annotated[tuple[str, ...], Key("The attributes of spans that are published besides the usual ones.", ["shop.cart.items"])] = ()
    keep: Annotated[int, Key("How many traces the site keeps pages of.", 100, unit="traces", least=1)] = 200
    days: Annotated[int, Key("How long a trace has its page.", 7, unit="days", least=1, most=365)] = 2


class LogSource(msgspec.Struct, frozen=True):
    """One of `[[logs.sources]]`; `path` is an absolute glob."""

    name: Annotated[str, Key("What the site calls it.", "shop", least=1, most=60)]
    path: Annotated[str, Key("The files, as a glob.", "/var/log/shop/*.jsonl", Form.GLOB)]
    format: Annotated[Literal["auto", "json"], Key("How a line is written; `auto` looks at each.", "json")] = "auto"
    timezone: Annotated[str, Key("The zone of times that name none.", "Europe/Berlin")] = "UTC"


class Logs(msgspec.Struct, frozen=True):
    """`[logs]`."""

    sources: Annotated[tuple[LogSource, ...], Key("Each is a set of files with lines.", {"name": "shop", "path": "/var/log/shop/*.jsonl"})] = ()
    fields: Annotated[tuple[str, ...] | None, Key("The only fields of lines that are published; without it all but those that name a machine, an account or a person.", ["order", "status"])] = None


class Redaction(msgspec.Struct, frozen=True):
    """`[redaction]`."""

    rules: Annotated[tuple[str, ...], Key("What is cut besides secrets, wherever it stands.", [r"customer-\d+"], Form.PATTERN)] = ()
    allow: Annotated[tuple[str, ...], Key("What is never cut, and may be published: also a folder or the name of the machine that builds.", [r"build-[0-9a-f]{32}"], Form.PATTERN)] = ()
    ip: Annotated[Literal["mask", "show"], Key("Whether the last half of IP addresses is masked.", "show")] = "mask"
    email: Annotated[Literal["mask", "show"], Key("Whether e-mail addresses are masked.", "show")] = "mask"


class Deploy(msgspec.Struct, frozen=True):
    """`[deploy]`."""

    cost_cap_usd_month: Annotated[float, Key("What a month of deploys may cost: they are spaced out so that it stays below, and one is refused where one an hour would pass it.", 10.0, unit="US dollars a month")] = 25.0
    max_deletes: Annotated[int | None, Key("How many objects may leave the site with one deploy; those whose declared life is over are not counted.", 50, unit="objects", least=0, absent="20, or 5 % of the site where that is more")] = None
    max_shrink: Annotated[float, Key("A site that shrinks to less than this share of the last one, in objects or bytes, is not deployed.", 0.7, unit="share", least=0, most=1)] = 0.5
    invalidation: Annotated[Invalidation, Key("When CloudFront is told to forget what it has: never, when a service's state changes, or after each change while the month has paths left.", "on-state-change")] = Invalidation.NEVER
    min_interval: Annotated[dict[str, float], Key("How seldom pages are sent that change more often: a pattern of URL paths and a duration; the first pattern that fits counts.", {"/metrics/*": "5m"}, Form.DURATION, absent="none: all that changed is sent")] = {}
    redirects: Annotated[bool, Key("Whether `/metrics` leads to `/metrics/` in buckets too: one small object more for each page, written once.", example=True)] = False
    targets: Annotated[dict[str, Target], Key("Each is a place that `sitegen deploy` puts the site in.", {"buckets": [{"name": "obs-a", "region": "us-east-2"}]})] = {}


class File(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    site: Annotated[Site, Key("What the site is, and the folders it is made from and in.", {"title": "obs"})]
    build: Annotated[Build, Key("When a build runs, how long it may take, and how wide it works.", {"cycle": "30s"})]
    metrics: Annotated[Metrics, Key("Numbers over time, and where they come from.", {})]
    traces: Annotated[Traces, Key("Requests on their way through a system.", {"keep": 100})]
    logs: Annotated[Logs, Key("Lines that programs write.", {})]
    redaction: Annotated[Redaction, Key("What must not become public; secrets, and the folders and host name of the machine that builds, are cut without a word here.", {"ip": "mask"})]
    overview: Annotated[Overview, Key("What the overview shows where there is a choice.", {"tiles": ["speed"]})]
    probes: Annotated[tuple[Probe, ...], Key("Each is an address that is asked once a cycle, and a service of the status page.", {"id": "home", "title": "home page", "url": "https://example.org/"})] = ()
    maintenance: Annotated[tuple[PlannedTime, ...], Key("Each is a planned time that counts against nothing.", {"title": "moving house", "start": "2026-12-01T20:00:00Z", "end": "2026-12-01T22:00:00Z"})] = ()
    slos: Annotated[tuple[Slo, ...], Key("Each is an objective with its error budget.", {"id": "home-answers", "title": "The home page answers", "probe": "home"})] = ()
    deploy: Annotated[Deploy, Key("Where the site goes, and what that may cost.", {})]
