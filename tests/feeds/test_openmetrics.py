"""Metrics as text, read back by prometheus_client, promtool and a real node_exporter."""

import math
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from sitegen.feeds.openmetrics import write_openmetrics, write_prometheus
from sitegen.instrumentation.families import MetricFamily, MetricKind, Sample

FAMILIES = (
    MetricFamily("sitegen_build_duration_seconds", MetricKind.GAUGE, "How long the last build took.", (Sample(0.41),), "seconds"),
    MetricFamily("sitegen_builds", MetricKind.COUNTER, "Builds so far.", (Sample(42, {"status": "ok"}), Sample(0, {"status": "failed"}))),
    MetricFamily("sitegen_odd", MetricKind.GAUGE, "Odd values.", (Sample(math.nan, {"a": "x"}), Sample(math.inf), Sample(-math.inf, {"a": "y"}))),
)  # fmt: skip


def test_openmetrics_is_written_as_the_specification_shows():
    assert write_openmetrics(FAMILIES).decode() == (
        "# TYPE sitegen_build_duration_seconds gauge\n"
        "# UNIT sitegen_build_duration_seconds seconds\n"
        "# HELP sitegen_build_duration_seconds How long the last build took.\n"
        "sitegen_build_duration_seconds 0.41\n"
        "# TYPE sitegen_builds counter\n"
        "# HELP sitegen_builds Builds so far.\n"
        'sitegen_builds_total{status="ok"} 42\n'
        'sitegen_builds_total{status="failed"} 0\n'
        "# TYPE sitegen_odd gauge\n"
        "# HELP sitegen_odd Odd values.\n"
        'sitegen_odd{a="x"} NaN\n'
        "sitegen_odd +Inf\n"
        'sitegen_odd{a="y"} -Inf\n'
        "# EOF\n"
    )


def test_the_older_format_has_its_own_types():
    families = (*FAMILIES, MetricFamily("at", MetricKind.GAUGE, "With help.", (Sample(1),)))
    text = write_prometheus(families).decode()
    assert "# TYPE sitegen_builds_total counter\n" in text
    assert text.endswith("# HELP at With help.\n# TYPE at gauge\nat 1\n")
    assert "# UNIT" not in text
    assert "# EOF" not in text


def test_nothing_to_say_is_said_validly():
    assert write_openmetrics(()) == b"# EOF\n"
    assert list(parse_openmetrics(write_openmetrics(()).decode())) == []
    assert write_prometheus(()) == b""


@pytest.mark.parametrize(
    "family",
    [
        MetricFamily("1st", MetricKind.GAUGE, "", ()),
        MetricFamily("a b", MetricKind.GAUGE, "", ()),
        MetricFamily("a_total", MetricKind.COUNTER, "", ()),
        MetricFamily("a_info", MetricKind.GAUGE, "", ()),
        MetricFamily("size", MetricKind.GAUGE, "", (), "bytes"),
        MetricFamily("a", MetricKind.GAUGE, "", (Sample(1, {"a-b": ""}),)),
        MetricFamily("a", MetricKind.GAUGE, "", (Sample(1, {"__a": ""}),)),
        MetricFamily("a", MetricKind.GAUGE, "", (Sample(1), Sample(2))),
        MetricFamily("a", MetricKind.COUNTER, "", (Sample(-1),)),
        MetricFamily("a", MetricKind.COUNTER, "", (Sample(math.nan),)),
    ],
)
def test_what_the_format_forbids_is_refused(family):
    for write in (write_openmetrics, write_prometheus):
        with pytest.raises(ValueError, match=family.name):
            write((family,))


def test_two_families_of_one_name_are_refused():
    counter = MetricFamily("a", MetricKind.COUNTER, "", (Sample(1),))
    for other in (counter, MetricFamily("a", MetricKind.GAUGE, "", ())):
        with pytest.raises(ValueError, match="share the name"):
            write_openmetrics((counter, other))


# --- Round trips --------------------------------------------------------------------

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
HOSTILE = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        '"',
        "\\",
        "\n",
        "\\n",
        '\\"',
        "a\\\\b",
        "\r\n",
        "}",
        " # {",
        '"} 1\nevil 2',
        "<script>",
        "\x00",
        "\u2028",
        "é☕",
    ]
)
SETS = st.lists(
    st.dictionaries(NAMES, HOSTILE, max_size=3),
    unique_by=lambda labels: tuple(sorted(labels.items())),
    max_size=4,
)
VALUES = st.floats() | st.integers(-(10**6), 10**6).map(float)


@st.composite
def gauges(draw) -> MetricFamily:
    samples = tuple(Sample(draw(VALUES), labels) for labels in draw(SETS))
    return MetricFamily(draw(NAMES), MetricKind.GAUGE, draw(HOSTILE), samples)


def assert_same(parsed, family: MetricFamily) -> None:
    assert [(sample.name, sample.labels) for sample in parsed.samples] == [
        (family.sample_name, sample.labels) for sample in family.samples
    ]
    for read, written in zip(parsed.samples, family.samples, strict=True):
        assert float(read.value) == written.value or (math.isnan(read.value) and math.isnan(written.value))


@settings(deadline=None, max_examples=200)
@given(family=gauges())
def test_openmetrics_reads_back_as_what_was_written(family):
    [parsed] = parse_openmetrics(write_openmetrics((family,)).decode())
    assert_same(parsed, family)
    assert parsed.documentation == " ".join(family.help.split())


@settings(deadline=None, max_examples=200)
@given(family=gauges())
def test_the_older_format_reads_back_as_what_was_written(family):
    [parsed] = parse_prometheus(write_prometheus((family,)).decode())
    assert_same(parsed, family)


def test_a_lone_surrogate_does_not_spoil_the_file():
    family = MetricFamily("a", MetricKind.GAUGE, "", (Sample(1, {"file": "x\udcff"}),))
    assert b'a{file="x?"} 1' in write_openmetrics((family,))


# --- Real components ----------------------------------------------------------------

SPIKY = MetricFamily(
    "sitegen_spiky", MetricKind.GAUGE, 'A "help" with \\ and \n lines.',
    tuple(Sample(number, {"label": text}) for number, text in enumerate(['"', "\\", "\n", '"} 1\nevil 2', "<b>", "é☕", "a\rb"])),
)  # fmt: skip


@pytest.mark.needs("prometheus")
def test_promtool_finds_nothing_wrong_with_the_older_format():
    done = subprocess.run(
        [shutil.which("promtool"), "check", "metrics"],
        input=write_prometheus((FAMILIES[0], FAMILIES[1], FAMILIES[2], SPIKY)),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.needs("node_exporter")
def test_node_exporters_textfile_collector_takes_the_file(tmp_path, free_port):
    (tmp_path / "sitegen.prom").write_bytes(write_prometheus((*FAMILIES, SPIKY)))
    program = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    arguments = [
        program, "--collector.disable-defaults", "--collector.textfile",
        f"--collector.textfile.directory={tmp_path}", f"--web.listen-address=127.0.0.1:{free_port}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        try:
            text = scrape(f"http://127.0.0.1:{free_port}/metrics")
        finally:
            process.terminate()
    families = {family.name: family for family in parse_prometheus(text)}
    assert families["node_textfile_scrape_error"].samples[0].value == 0
    assert {sample.labels["label"]: sample.value for sample in families["sitegen_spiky"].samples} == {
        sample.labels["label"]: sample.value for sample in SPIKY.samples
    }
    assert families["sitegen_builds"].samples[0].name == "sitegen_builds_total"


def scrape(url: str) -> str:
    """Ask until the exporter listens."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
                return answer.read().decode()
        except urllib.error.URLError:
            time.sleep(0.05)
    pytest.fail("node_exporter did not answer within 10 s")
