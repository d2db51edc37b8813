import json
from pathlib import Path

import pytest
from sitegen.availability.model import Slo
from sitegen.availability.recurring import PlannedTime
from sitegen.config import LogSource, TraceSource
from sitegen.config.checks import clipped
from sitegen.config.model import CloudWatch
from sitegen.deployment.model import Bucket, Target
from sitegen.metrics.model import PanelKind, Threshold

SOURCE = "[[metrics.sources]]\nname = 'prom'\ntype = 'prometheus'\nurl = 'http://127.0.0.1:9090'\n"
PANEL = "[[metrics.panels]]\nid = 'p95'\ntitle = 'Latency'\nquery = 'sitegen_up'\n"
PROBE = "[[probes]]\nid = 'api'\ntitle = 'API'\nurl = 'http://127.0.0.1/'\n"
SLO = "[[slos]]\nid = 'api'\ntitle = 'API'\n"
MAINTENANCE = "[[maintenance]]\ntitle = 'Move'\nstart = 2026-11-23T07:00:00Z\nend = '2026-11-23T08:00:00Z'\n"


# --- [site] -----------------------------------------------------------------------


def test_the_zone_of_a_site_is_one_that_is_known(load, refuse):
    assert load("").site.timezone == "UTC"
    assert load("[site]\ntimezone = 'Europe/Berlin'").site.timezone == "Europe/Berlin"
    for name in ("Europe/Berlim", "", "Europe", "../etc/passwd", "/etc/passwd", "a\x00b"):
        assert refuse(f"[site]\ntimezone = {json.dumps(name)}").startswith("site.timezone: ")


@pytest.mark.parametrize(
    ("given", "base_url", "base_path"),
    [("", "", "/"), ("https://example.org", "https://example.org/", "/"), ("https://example.org/", "https://example.org/", "/"),
     ("https://example.org/status", "https://example.org/status/", "/status/"),
     ("https://example.org/a/b-c/", "https://example.org/a/b-c/", "/a/b-c/"), ("http://localhost:8080/x", "http://localhost:8080/x/", "/x/")],
)  # fmt: skip
def test_a_site_may_live_below_a_path(load, given, base_url, base_path):
    site = load(f"[site]\nbase_url = '{given}'").site
    assert (site.base_url, site.base_path) == (base_url, base_path)


@pytest.mark.parametrize(
    "url",
    ["example.org", "ftp://example.org", "https://", "https://a b", "https://x/?q=1", "https://x/#f", "https://x/a b", "https://x/../y",
     "https://x/./y", "https://x//y", "https://me:pw@x/", 'https://x/"><script>', "javascript:alert(1)", "https://x/" + "a" * 200],
)  # fmt: skip
def test_what_is_no_address_of_a_site_is_refused(refuse, url):
    assert refuse(f"[site]\nbase_url = '{url}'").startswith("site.base_url: ")


@pytest.mark.parametrize("language", ["", "english!", "e", "en_US", '"><script>'])
def test_a_language_is_a_tag(refuse, language):
    assert refuse(f"[site]\nlanguage = '{language}'").startswith("site.language: ")


def test_titles_are_neither_empty_nor_endless(refuse):
    assert refuse("[site]\ntitle = ''") == "site.title: must not be empty"
    assert refuse(f"[site]\ntitle = '{'x' * 200}'") == "site.title: has 200 characters; keep it to 80"
    assert refuse(PANEL.replace("Latency", " ")) == "metrics.panels[0].title: must not be empty"


@pytest.mark.parametrize(
    ("token", "colour"),
    [
        ("fg", "red"),
        ("fg", "#FFFFFG"),
        ("fg", "#ff"),
        ("fg", "amber"),
        ("fg}", "#ffffff"),
        ("fg", "#ffffff;x:y"),
    ],
)
def test_a_palette_holds_colours_and_nothing_else(refuse, token, colour):
    assert refuse(f"[site.palette]\n'{token}' = '{colour}'").startswith(f"site.palette.{token}: ")


def test_text_that_cannot_be_read_on_its_ground_is_refused_with_the_ratio_and_the_line(refuse_at):
    assert refuse_at("[site]\ntitle = 'x'\n[site.palette]\nbg = '#101010'\nfg = '#111'") == (
        5,
        (
            "site.palette.fg: fg #111 on bg #101010 has a contrast of 1.00:1; text needs 4.5:1,"
            " so choose two that are further apart"
        ),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[site.palette]\nbg = '#808080'", "site.palette.bg: fg #d5ddd8 on bg #808080 has a contrast of 2.85:1; text needs 4.5:1"),
        ("[site.palette]\nborder = '#333'", "site.palette.border: border #333 on bg #0b0e0d has a contrast of 1.53:1; a mark needs 3:1"),
        ("[site.palette]\nraised = '#777'", "site.palette.raised: fg #d5ddd8 on raised #777 has a contrast of 3.23:1; text needs 4.5:1"),
        ("[site]\nmode = 'light'\npalette = { accent = '#8cf5d8' }", "site.palette.accent: accent #8cf5d8 on bg #ffffff has a contrast of 1.29:1"),
        ("[site]\npalette = 'ambre'", "site.palette: the theme has no palette 'ambre'; did you mean 'amber'?"),
        ("[site]\npalette = '../x'", "site.palette: the theme has no palette '../x'; known: amber, high-contrast, paper"),
        ("[site.palette]\nacent = '#8cf5d8'", "site.palette.acent: unknown colour; did you mean 'accent'?"),
    ],
)  # fmt: skip
def test_a_palette_that_cannot_be_used_is_refused_by_its_key(refuse, text, sentence):
    assert refuse(text).startswith(sentence)


@pytest.mark.parametrize(
    ("keys", "mode"),
    [("", "dark"), ("palette = 'amber'", "dark"), ("palette = 'paper'", "light"), ("palette = 'paper'\nmode = 'auto'", "auto")],
)  # fmt: skip
def test_a_site_is_shown_in_the_mode_that_its_palette_is_made_for_unless_it_says_another(load, keys, mode):
    assert load(f"[site]\n{keys}").site.mode == mode


def test_colours_may_be_short_and_in_capitals(load):
    assert load("[site.palette]\nfg = '#FFF'\nhead = '#EEF5F1'").site.palette == {
        "fg": "#FFF",
        "head": "#EEF5F1",
    }


def test_folders_are_meant_from_where_the_file_lies(load, tmp_path):
    site = load(
        "[site]\noutput = 'out/../public'\nstate = '/var/tmp/state'\ntheme = 'mine'\ncontent = 'texts'"
    ).site
    assert site.output == tmp_path / "public"
    assert site.state == Path("/var/tmp/state")  # noqa: S108
    assert (site.theme, site.content) == (str(tmp_path / "mine"), tmp_path / "texts")


@pytest.mark.parametrize(
    ("keys", "key"),
    [("output = '.'", "output"), ("output = '..'", "output"), ("output = '/'", "output"), ("output = 'x/..'", "output"),
     ("state = '.'", "state"), ("output = 'same'\nstate = 'same'", "state"), ("output = 'dist'\nstate = 'dist/state'", "state"),
     ("state = 'x'\noutput = 'x/dist'", "state"), ("output = 'content'", "content"), ("content = 'dist/texts'", "content"),
     ("content = '.'", "content"), ("content = '.sitegen'", "content"), ("output = ''", "output"), ("state = '~nobody-here/x'", "state"),
     ('output = "a\\u0000b"', "output")],
)  # fmt: skip
def test_folders_that_would_be_published_or_replaced_by_mistake_are_refused(refuse, keys, key):
    assert refuse(f"[site]\n{keys}").startswith(f"site.{key}: ")


def test_a_link_does_not_hide_that_two_folders_are_one(refuse, tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "dist")
    assert refuse("[site]\nstate = 'link'").startswith("site.state: ")


# --- [build] ------------------------------------------------------------------------


def test_durations_and_widths_are_read(load):
    config = load(
        "[build]\ncycle = '1m'\ngather = '500ms'\ndeadline = '20s'\nworkers = 3\n[build.sections.logs]\nthreads = 2\nprocesses = 4"
    )
    assert (config.build.cycle, config.build.gather, config.build.deadline, config.build.workers) == (
        60,
        0.5,
        20,
        3,
    )
    assert (config.sections["logs"].threads, config.sections["logs"].processes) == (2, 4)


@pytest.mark.parametrize(
    ("text", "start"),
    [("cycle = '30'", "build.cycle: '30' is not a duration"), ("cycle = '0s'", "build.cycle: '0s' must be more than zero"),
     ("gather = '-1s'", "build.gather: '-1s' is not a duration"),
     ("gather = '20s'", "build.gather: 20s is longer than the whole build's deadline of 15s"),
     ("workers = 0", "build.workers: 0 must be at least 1"), ("workers = 100000", "build.workers: 100000 must be at most 256"),
     ("[build.sections.logs]\nthreads = -1", "build.sections.logs.threads: -1 must be at least 1"),
     ("[build.sections.logs]\nprocesses = 0", "build.sections.logs.processes: 0 must be at least 1")],
)  # fmt: skip
def test_times_and_widths_that_cannot_be_are_refused(refuse, text, start):
    assert refuse(f"[build]\n{text}").startswith(start)


# --- sources and panels ---------------------------------------------------------------


def test_sources_of_metrics_are_servers_or_cloudwatch(load):
    config = load(
        SOURCE
        + "timeout = '2s'\n[[metrics.sources]]\nname = 'cdn'\ntype = 'cloudwatch'\nregion = 'us-east-1'"
    )
    server, cloud = config.metric_sources
    assert (server.endpoint.url, server.endpoint.timeout, server.max_concurrency) == (
        "http://127.0.0.1:9090",
        2.0,
        8,
    )
    assert cloud == CloudWatch("cdn", 8, "us-east-1", "AWS/CloudFront", 5.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SOURCE + SOURCE, "metrics.sources: name 'prom' is used twice; every name must be its own"),
        (SOURCE.replace("'prom'", "'self'"), "metrics.sources[0].name: 'self' is always there; choose another name"),
        (SOURCE.replace("'prom'", "''"), "metrics.sources[0].name: must not be empty"),
        ("[[metrics.sources]]\nname = 'a'\ntype = 'prometheus'", "metrics.sources[0].url: is missing; name the server, like http://127.0.0.1:9090"),
        ("[[metrics.sources]]\nname = 'a'\ntype = 'cloudwatch'", "metrics.sources[0].region: is missing; CloudFront's metrics live in us-east-1"),
        (SOURCE.replace("'prometheus'", "'cloudwatch'"), "metrics.sources[0].url: does not go with type cloudwatch; it takes a region"),
        ("[[metrics.sources]]\nname = 'a'\ntype = 'cloudwatch'\nregion = 'US East'", "metrics.sources[0].region: 'US East' is no region; write it like us-east-1"),
        ("[[metrics.sources]]\nname = 'a'\ntype = 'cloudwatch'\nregion = 'us-east-1'\nbasic_auth = { username = 'u' }", "metrics.sources[0].basic_auth: does not go with type cloudwatch, which finds AWS credentials by AWS' own variables and files"),
        ("[[metrics.sources]]\nname = 'a'\ntype = 'cloudwatch'\nregion = 'us-east-1'\ntls_config = { ca_file = 'x' }", "metrics.sources[0].tls_config: does not go with type cloudwatch, which finds AWS credentials by AWS' own variables and files"),
        (SOURCE.replace(":9090", ":9090/?extra_label=a"), "metrics.sources[0].url: has a query or a fragment, which a source is not asked with; remove it"),
        (SOURCE + "tls_config = { min_version = 'TLS13', max_version = 'TLS12' }", "metrics.sources[0].tls_config: has a min_version that is above its max_version"),
        (SOURCE + "tls_config = { min_version = 'TLS10' }", "metrics.sources[0].tls_config.min_version: 'TLS10' is not known; did you mean 'TLS13'?"),
        (SOURCE + "region = 'us-east-1'", "metrics.sources[0].region: goes with type cloudwatch only; remove it"),
        (SOURCE + "max_concurrency = 0", "metrics.sources[0].max_concurrency: 0 must be at least 1"),
        (SOURCE + "tls_config = { ca_file = 'gone.pem' }", "metrics.sources[0].tls_config.ca_file: {folder}/gone.pem is not a file"),
        (SOURCE + "tls_config = { cert_file = 'c.pem' }", "metrics.sources[0].tls_config: needs cert_file and key_file together"),
        ("[[traces.sources]]\nname = 'a'\ntype = 'otlp-file'\npath = ''", "traces.sources[0].path: '' is no path"),
        ("[traces]\nkeep = 0", "traces.keep: 0 must be at least 1"),
        ("[[logs.sources]]\nname = 'self'\npath = 'x'", "logs.sources[0].name: 'self' is always there; choose another name"),
    ],
)  # fmt: skip
def test_sources_that_cannot_be_are_refused(refuse, tmp_path, text, sentence):
    assert refuse(text) == sentence.replace("{folder}/gone.pem", clipped(f"{tmp_path}/gone.pem"))


@pytest.mark.parametrize(
    "url", ["127.0.0.1:9090", "file:///etc/passwd", "http://", "http://169.254.169.254/", "http://x y/"]
)
def test_addresses_that_are_never_fetched_are_refused(refuse, url):
    assert refuse(SOURCE.replace("http://127.0.0.1:9090", url)).startswith("metrics.sources[0].url: ")
    assert refuse(PROBE.replace("http://127.0.0.1/", url)).startswith("probes[0].url: ")


def test_files_of_traces_and_logs_are_globs_from_where_the_configuration_lies(load, tmp_path):
    config = load(
        "[[traces.sources]]\nname = 'otel'\ntype = 'otlp-file'\npath = 'spans/*.json'\n"
        "[[logs.sources]]\nname = 'app'\npath = '/var/log/app/*.log'"
    )
    assert config.trace_sources == (TraceSource("otel", "otlp-file", str(tmp_path / "spans/*.json")),)
    assert config.log_sources == (LogSource("app", "/var/log/app/*.log"),)


def test_a_panel_is_read_with_all_its_keys(load):
    config = load(
        SOURCE + PANEL + "unit = 'seconds'\nkind = 'area'\nwindows = ['6h', '7d']\nlegend = '{{job}}'\ntop = 3\n"
        "thresholds = [{ value = 0.5, status = 'warn' }, { value = 1, status = 'crit' }]"
    )  # fmt: skip
    (panel,) = config.panels
    assert (panel.id, panel.source, panel.unit, panel.kind, panel.top) == (
        "p95",
        "prom",
        "seconds",
        PanelKind.AREA,
        3,
    )
    assert panel.windows == (21_600.0, 604_800.0)
    assert panel.thresholds == (Threshold(0.5, "warn"), Threshold(1.0, "crit"))


def test_a_panel_without_a_source_asks_the_first_configured_or_else_sitegen_itself(load):
    assert load(PANEL + SOURCE).panels[0].source == "prom"
    assert load(PANEL).panels[0].source == "self"
    assert load(SOURCE + PANEL + "source = 'self'").panels[0].source == "self"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PANEL + "min = 5\nmax = 5.0", "metrics.panels[0].max: 5.0 must be above min, 5.0"),
        (PANEL + "kind = 'bar'\nscale = 'log'", "metrics.panels[0].scale: a bar begins at zero, which log has not; draw lines"),
        (PANEL + PANEL, "metrics.panels: id 'p95' is used twice; every id must be its own"),
        (SOURCE + PANEL + "source = 'promm'", "metrics.panels[0].source: 'promm' is no source; did you mean 'prom'?"),
        (SOURCE + PANEL + "source = 'x'", "metrics.panels[0].source: 'x' is no source; known: self, prom"),
        (PANEL + "windows = []", 'metrics.panels[0].windows: needs at least one window, like ["1h"]'),
        (PANEL + "windows = ['1h', '60m']", "metrics.panels[0].windows: window '1h' is used twice; every window must be its own"),
        (PANEL + "windows = ['1h', 'day']", "metrics.panels[0].windows[1]: 'day' is not a duration; write it like 500ms, 30s, 5m, 1h or 7d"),
        (PANEL + "top = 0", "metrics.panels[0].top: 0 must be at least 1"),
        (PANEL + "unit = 'secods'", "metrics.panels[0].unit: 'secods' is no unit; did you mean 'seconds'?"),
        (PANEL + "unit = 's'", "metrics.panels[0].unit: 's' is no unit; did you mean 'seconds'?"),
        (PANEL + "thresholds = [{ value = nan, status = 'warn' }]", "metrics.panels[0].thresholds[0].value: nan must be a finite number"),
        (PANEL + "thresholds = [{ value = -inf, status = 'warn' }]", "metrics.panels[0].thresholds[0].value: -inf must be a finite number"),
    ],
)  # fmt: skip
def test_panels_that_cannot_be_are_refused(refuse, text, sentence):
    assert refuse(text) == sentence


@pytest.mark.parametrize(
    "identity", ["", "A", "a b", "a/b", "../x", "-a", "ü", "a" * 121, "a.b", "a_b", "a\\n"]
)
def test_ids_are_slugs_for_they_become_part_of_a_url(refuse, identity):
    for text, key in ((PANEL.replace("'p95'", f'"{identity}"'), "metrics.panels[0].id"),
                      (PROBE.replace("'api'", f'"{identity}"'), "probes[0].id"),
                      (SLO.replace("'api'", f'"{identity}"') + "good = 'a'\ntotal = 'b'", "slos[0].id")):  # fmt: skip
        assert refuse(text).startswith(f"{key}: ")


# --- [redaction] ------------------------------------------------------------------------


def test_rules_of_redaction_are_regular_expressions(load, refuse):
    redaction = load("[redaction]\nrules = ['ab+']\nallow = ['x']\nip = 'show'").redaction
    assert (redaction.rules, redaction.allow, redaction.ip, redaction.email) == (
        ("ab+",),
        ("x",),
        "show",
        "mask",
    )
    assert refuse("[redaction]\nrules = ['a', '(']").startswith(
        "redaction.rules[1]: '(' is not a regular expression"
    )
    assert refuse("[redaction]\nallow = ['a{99999999999}']").startswith("redaction.allow[0]: ")


# --- maintenance, objectives ------------------------------------------------------


def test_maintenance_takes_instants_as_text_or_as_tomls_own(load):
    assert load(PROBE + MAINTENANCE + "probes = ['api']").maintenance == (
        PlannedTime("Move", 1_795_417_200.0, 1_795_420_800.0, ("api",)),
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (MAINTENANCE.replace("08:00", "06:00"), "maintenance[0].end: must be after its start"),
        (
            MAINTENANCE.replace("23T08", "24T08") + "every = 'day'\n",
            "maintenance[0].end: lies after the next start, for it comes every day",
        ),
        (
            MAINTENANCE.replace("start = 2026", "start = 1926") + "every = 'day'\n",
            "maintenance[0].start: of what comes again must not lie before 1970",
        ),
        (MAINTENANCE + "every = 'year'\n", "maintenance[0].every: "),
        (
            MAINTENANCE.replace("'2026-11-23T08:00:00Z'", "'tomorrow'"),
            "maintenance[0].end: 'tomorrow' is not an RFC 3339 instant",
        ),
        (
            MAINTENANCE.replace("07:00:00Z", "07:00:00"),
            "maintenance[0].start: '2026-11-23T07:00:00' is not an RFC 3339 instant",
        ),
        (
            PROBE + MAINTENANCE + "probes = ['apy']",
            "maintenance[0].probes[0]: 'apy' is no probe; did you mean 'api'?",
        ),
        (MAINTENANCE + "probes = ['apy']", "maintenance[0].probes[0]: 'apy' is no probe; known: none"),
    ],
)
def test_maintenance_that_cannot_be_is_refused(refuse, text, start):
    assert refuse(text).startswith(start)


def test_an_objective_is_counted_from_a_probe_or_from_two_queries(load):
    config = load(
        SOURCE
        + PROBE
        + SLO
        + "probe = 'api'\n[[slos]]\nid = 'req'\ntitle = 'R'\ntarget = 0.99\nwindow = '7d'\ngood = 'g'\ntotal = 't'"
    )
    assert config.slos == (
        Slo("api", "API", 0.999, 2_592_000.0, "api"),
        Slo("req", "R", 0.99, 604_800.0, None, "prom", "g", "t"),
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (SLO, "slos[0]: needs either `probe`, or `good` and `total` queries"),
        (SLO + "good = 'a'", "slos[0]: needs either"),
        (PROBE + SLO + "probe = 'api'\ngood = 'a'\ntotal = 'b'", "slos[0].good: does not go with `probe`"),
        (PROBE + SLO + "probe = 'api'\nsource = 'self'", "slos[0].source: does not go with `probe`"),
        (PROBE + SLO + "probe = 'apy'", "slos[0].probe: 'apy' is no probe; did you mean 'api'?"),
        (SLO + "good = 'a'\ntotal = 'b'\nsource = 'x'", "slos[0].source: 'x' is no source"),
        (SLO + "good = 'a'\ntotal = 'b'", "slos[0].source: 'self' cannot count over a window"),
        (
            SOURCE + SLO + "source = 'self'\ngood = 'a'\ntotal = 'b'",
            "slos[0].source: 'self' cannot count over",
        ),
        (SOURCE + SLO + "good = 'a'\ntotal = 'rate(b[5m])'", "slos[0].total: is asked over several windows"),
        (SLO + "good = 'a'\ntotal = 'b'\ntarget = 1", "slos[0].target: 1.0 must be a ratio between 0 and 1"),
        (
            SLO + "good = 'a'\ntotal = 'b'\ntarget = 99.9",
            "slos[0].target: 99.9 must be a ratio between 0 and 1",
        ),
        (
            SLO + "good = 'a'\ntotal = 'b'\ntarget = -0.5",
            "slos[0].target: -0.5 must be a ratio between 0 and 1",
        ),
        (SLO + "good = 'a'\ntotal = 'b'\ntarget = nan", "slos[0].target: nan must be a finite number"),
        (PROBE + (SLO + "probe = 'api'\n") * 2, "slos: id 'api' is used twice"),
    ],
)
def test_objectives_that_cannot_be_are_refused(refuse, text, start):
    assert refuse(text).startswith(start)


# --- [deploy] -----------------------------------------------------------------------------


def test_a_target_is_one_bucket_or_two_or_a_folder(load, tmp_path):
    config = load(
        "[deploy]\ncost_cap_usd_month = 5\n"
        "[deploy.targets.production]\nbuckets = [{ name = 'obs-a', region = 'us-east-2' }, { name = 'obs-b' }]\n"
        "distribution_id = 'E1'\nprefix = 'status/'\n[deploy.targets.here]\npath = 'public'"
    )
    assert config.deploy.cost_cap_usd_month == 5.0
    assert tuple(config.deploy.targets.values()) == (
        Target(
            "production", (Bucket("obs-a", "us-east-2"), Bucket("obs-b", "us-east-1")), "E1", None, "status/"
        ),
        Target("here", path=tmp_path / "public"),
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("[deploy]\ncost_cap_usd_month = 0", "deploy.cost_cap_usd_month: 0"),
        ("[deploy]\ncost_cap_usd_month = -1.5", "deploy.cost_cap_usd_month: -1.5 must be more than zero"),
        ("[deploy]\ncost_cap_usd_month = nan", "deploy.cost_cap_usd_month: nan must be a finite number"),
        ("[deploy]\ncost_cap_usd_month = inf", "deploy.cost_cap_usd_month: inf must be a finite number"),
        ("[deploy.targets.a]", "deploy.targets.a: needs either `buckets`"),
        (
            "[deploy.targets.a]\npath = 'x'\nbuckets = [{ name = 'abc' }]",
            "deploy.targets.a: needs either `buckets`",
        ),
        (
            "[deploy.targets.a]\nbuckets = [{ name = 'abc' }, { name = 'abd' }, { name = 'abe' }]",
            "deploy.targets.a.buckets: takes one bucket or two",
        ),
        (
            "[deploy.targets.a]\nbuckets = [{ name = 'abc' }, { name = 'abc' }]",
            "deploy.targets.a.buckets: bucket 'abc' is used twice",
        ),
        (
            "[deploy.targets.a]\nbuckets = [{ name = 'Bucket_1' }]",
            "deploy.targets.a.buckets[0].name: 'Bucket_1' is no bucket's name",
        ),
        (
            "[deploy.targets.a]\nbuckets = [{ name = 'abc', region = 'US East' }]",
            "deploy.targets.a.buckets[0].region: ",
        ),
        (
            "[deploy.targets.a]\nbuckets = [{ name = 'abc' }]\nendpoint_url = 'minio'",
            "deploy.targets.a.endpoint_url: ",
        ),
        ("[deploy.targets.a]\nbuckets = [{ name = 'abc' }]\nprefix = '../x'", "deploy.targets.a.prefix: "),
        (
            "[deploy.targets.a]\npath = 'x'\nprefix = 'y'",
            "deploy.targets.a.prefix: goes with buckets, not with a path",
        ),
        ("[deploy.targets.a]\npath = '.'", "deploy.targets.a.path: "),
        ("[deploy.targets.a]\npath = '/'", "deploy.targets.a.path: "),
        ("[deploy.targets.a]\npath = 'dist'", "deploy.targets.a.path: "),
        ("[deploy.targets.a]\npath = 'dist/x'", "deploy.targets.a.path: "),
        ("[deploy.targets.a]\npath = '.sitegen'", "deploy.targets.a.path: "),
        ("[deploy.targets.a]\npath = 'content'", "deploy.targets.a.path: "),
    ],
)
def test_targets_that_cannot_be_are_refused(refuse, text, start):
    assert refuse(text).startswith(start)


@pytest.mark.parametrize(
    "query", ["CPU{Host=a}", 'CPU{Host="a"', '{Host="a"}', 'CPU{:Host="a"}', "CPU stat=Avg"]
)
def test_a_query_of_cloudwatch_that_cannot_be_read_is_refused(refuse, query):
    aws = "[[metrics.sources]]\nname = 'cdn'\ntype = 'cloudwatch'\nregion = 'us-east-1'\n"
    panel = f"[[metrics.panels]]\nid = 'p'\ntitle = 'p'\nquery = {json.dumps(query)}"
    assert refuse(aws + panel).startswith("metrics.panels[0].query: ")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sitegen_build_duraton_seconds", "sitegen's own history has no 'sitegen_build_duraton_seconds'; did you mean 'sitegen_build_duration_seconds'?"),
        ("sitegen_http_requests", "did you mean 'sitegen_http_requests_total'?"),
        ("rate(sitegen_up[5m])", "did you mean 'sitegen_up'?"),
        ("sitegen_up{a=b}", "has a label that cannot be read"),
        ("zzz", "known: sitegen_up, sitegen_build_duration_seconds,"),
    ],
)  # fmt: skip
def test_a_panel_can_ask_sitegens_own_history_only_for_what_it_keeps(refuse, query, said):
    refusal = refuse(PANEL.replace("sitegen_up", query))
    assert refusal.startswith("metrics.panels[0].query: ")
    assert said in refusal


def test_any_query_goes_to_a_server_and_own_series_may_have_labels(load):
    assert load(SOURCE + PANEL.replace("sitegen_up", "zzz")).panels[0].query == "zzz"
    own = 'sitegen_asset_bytes{kind="html"}'
    assert load(PANEL.replace("sitegen_up", own)).panels[0].query == own


HOST = "[[metrics.sources]]\nname = 'machine'\ntype = 'host'\n"


def of_host(query):
    return f"{HOST}[[metrics.panels]]\nid = 'x'\ntitle = 'X'\nquery = '{query}'\n"


def test_the_machine_that_builds_is_a_source_that_needs_a_name_only(load):
    config = load(of_host("host_cpu_ratio"))
    assert [(source.name, type(source).__name__) for source in config.metric_sources] == [("machine", "Host")]
    assert config.panels[0].source == "machine"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("host_cpu_rate", "the machine that builds has no 'host_cpu_rate'; did you mean 'host_cpu_ratio'?"),
        (
            "sitegen_up",
            "the machine that builds has no 'sitegen_up'; known: host_cpu_ratio, host_load1, host_memory",
        ),
        ('host_load1{cpu="0"}', "host_load1 has no labels; ask for it by its name alone"),
        ("rate(host_load1[5m])", ""),
    ],
)
def test_a_series_that_the_machine_does_not_have_is_refused_with_the_nearest(refuse, query, sentence):
    assert refuse(of_host(query)).startswith(f"metrics.panels[0].query: {sentence}")


@pytest.mark.parametrize(
    "key", ["url = 'http://127.0.0.1/'", "region = 'us-east-1'", "basic_auth = { username = 'x', password = 'y' }", "http_headers = { X-A = { values = ['b'] } }"]
)  # fmt: skip
def test_keys_of_servers_do_not_go_with_the_machine(refuse, key):
    name = key.partition(" ")[0]
    assert (
        refuse(HOST + key)
        == f"metrics.sources[0].{name}: does not go with type host, which is the machine that builds"
    )


def test_an_objective_cannot_count_on_the_machine(refuse):
    text = (
        HOST + "[[slos]]\nid = 'a'\ntitle = 'A'\nsource = 'machine'\ngood = 'a'\ntotal = 'b'\ntarget = 0.9\n"
    )
    assert "cannot count over a window" in refuse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PANEL.replace("sitegen_up", "rate(x[$__rate_intervall])"), "metrics.panels[0].query: '__rate_intervall' is no variable; did you mean '__rate_interval'?"),
        (PANEL.replace("sitegen_up", "rate(x[$${__step}])"), "metrics.panels[0].query: '__step' is no variable"),
        (SLO + "good = 'a'\ntotal = 'sum(rate(b[$__window]))'", "slos[0].total: '__window' is no variable"),
    ],
)  # fmt: skip
def test_a_variable_that_nobody_fills_in_is_refused(refuse, text, said):
    assert refuse(SOURCE + text).startswith(said)


def test_a_server_is_sampled_every_15_seconds_unless_said(load):
    scrapes = [
        load(SOURCE + more).metric_sources[0].scrape_interval for more in ("", "scrape_interval = '1m'")
    ]
    assert scrapes == [15.0, 60.0]


@pytest.mark.parametrize("given", ["", "above = 1, below = 0, ", "value = 1, above = 1, "])
def test_a_threshold_lies_above_or_below_one_value(refuse, given):
    refusal = refuse(PANEL + f"thresholds = [{{ {given}status = 'warn' }}]")
    assert refusal == "metrics.panels[0].thresholds[0]: needs `above` or `below`, and one of the two alone"
