"""The shape of `sitegen.toml`, table by table. Unknown keys and wrong types are errors; the loader gives them words."""

from typing import Literal

import msgspec

__all__ = ["SECTIONS", "File"]

SECTIONS = ("metrics", "traces", "logs", "availability", "content")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Site(_Table, frozen=True):
    title: str = "sitegen"
    description: str = ""
    base_url: str = ""
    language: str = "en"
    output: str = "dist"
    state: str = ".sitegen"
    content: str = "content"
    theme: str = "terminal"
    mode: Literal["dark", "auto", "light"] = "dark"
    palette: dict[str, str] = {}


class Section(_Table, frozen=True):
    threads: int | None = None
    processes: int | None = None


class Build(_Table, frozen=True):
    cycle: str = "30s"
    gather: str = "10s"
    deadline: str = "15s"
    workers: int | Literal["auto"] = "auto"
    sections: dict[str, Section] = {}


class BasicAuth(_Table, frozen=True):
    username: str | None = None
    username_file: str | None = None
    password: str | None = None
    password_file: str | None = None


class Authorization(_Table, frozen=True):
    type: str = "Bearer"
    credentials: str | None = None
    credentials_file: str | None = None


class TlsConfig(_Table, frozen=True):
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    insecure_skip_verify: bool = False
    min_version: Literal["TLS12", "TLS13"] | None = None
    max_version: Literal["TLS12", "TLS13"] | None = None


class HttpHeader(_Table, frozen=True):
    values: list[str] = []
    secrets: list[str] = []
    files: list[str] = []


class MetricSource(_Table, frozen=True):
    name: str
    type: Literal["prometheus", "cloudwatch"]
    url: str | None = None
    timeout: str = "5s"
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()
    http_headers: dict[str, HttpHeader] = {}
    max_concurrency: int = 8
    region: str | None = None
    namespace: str = "AWS/CloudFront"


class Threshold(_Table, frozen=True):
    value: float
    status: Literal["warn", "crit"]


class Panel(_Table, frozen=True):
    id: str
    title: str
    query: str
    source: str | None = None
    unit: str = ""
    kind: Literal["line", "area", "bar", "heatmap", "histogram", "stat"] = "line"
    windows: tuple[str, ...] = ("1h", "24h", "7d")
    legend: str = ""
    thresholds: list[Threshold] = []
    top: int = 5


class Metrics(_Table, frozen=True):
    sources: list[MetricSource] = []
    panels: list[Panel] = []


class TraceSource(_Table, frozen=True):
    name: str
    type: Literal["otlp-file"]
    path: str


class Traces(_Table, frozen=True):
    sources: list[TraceSource] = []
    attributes: list[str] = []
    keep: int = 200


class LogSource(_Table, frozen=True):
    name: str
    path: str
    format: Literal["auto", "json"] = "auto"


class Logs(_Table, frozen=True):
    sources: list[LogSource] = []


class Redaction(_Table, frozen=True):
    rules: list[str] = []
    allow: list[str] = []
    ip: Literal["mask", "show"] = "mask"
    email: Literal["mask", "show"] = "mask"


class Probe(_Table, frozen=True):
    id: str
    title: str
    url: str
    method: Literal["GET", "HEAD"] = "GET"
    expect_status: int = 200
    expect_body: str | None = None
    timeout: str = "3s"
    degraded_above: str | None = None
    headers: dict[str, str] = {}


class Maintenance(_Table, frozen=True):
    title: str
    start: str
    end: str
    probes: list[str] = []


class Slo(_Table, frozen=True):
    id: str
    title: str
    target: float = 0.999
    window: str = "30d"
    probe: str | None = None
    source: str | None = None
    good: str | None = None
    total: str | None = None


class Bucket(_Table, frozen=True):
    name: str
    region: str = "us-east-1"


class Target(_Table, frozen=True):
    buckets: list[Bucket] = []
    distribution_id: str | None = None
    endpoint_url: str | None = None
    prefix: str = ""
    path: str | None = None


class Deploy(_Table, frozen=True):
    cost_cap_usd_month: float | None = None
    targets: dict[str, Target] = {}


class File(_Table, frozen=True):
    """The whole file."""

    site: Site = Site()
    build: Build = Build()
    metrics: Metrics = Metrics()
    traces: Traces = Traces()
    logs: Logs = Logs()
    redaction: Redaction = Redaction()
    probes: list[Probe] = []
    maintenance: list[Maintenance] = []
    slos: list[Slo] = []
    deploy: Deploy = Deploy()
