"""The machine that builds as a source, through whole builds."""

import csv
import getpass
import io
import platform
import re
import socket

import msgspec
import pytest
from msgspec.structs import replace
from sitegen.metrics.host_series import HOST_SERIES, HostPast
from sitegen.state.folder import State
from tests.acceptance.comparing import instant
from tests.acceptance.running import run_at
from tests.acceptance.sites import make_site
from tests.acceptance.stepping import slot_at

PANELS = "".join(
    f'[[metrics.panels]]\nid = "{name.replace("_", "-")}"\ntitle = "{name}"\nquery = "{name}"\nlegend = "now"\nwindows = ["1h"]\n'
    for name in HOST_SERIES
)
SOURCE = '[[metrics.sources]]\nname = "machine"\ntype = "host"\n'


@pytest.fixture
def site(tmp_path):
    return make_site(tmp_path, config=SOURCE + PANELS)


def rows(site, name):
    text = (site.dist / "metrics" / f"{name.replace('_', '-')}.1h.csv").read_text(encoding="utf-8")
    return [row for row in list(csv.reader(io.StringIO(text)))[1:] if row[1]]


def test_the_first_build_of_a_site_gathers_half_a_second_and_shows_it(site):
    report = site.build()
    gathered = next(stage for stage in report["stages"] if stage["name"] == "gather")
    assert gathered["duration_seconds"] >= 0.5
    assert not [problem for problem in report["problems"] if "machine" in problem["where"]]
    for name in HOST_SERIES:
        times = [instant(time) for time, _ in rows(site, name)]
        assert len(set(times)) == len(times) >= 10, name
        assert times[-1] - times[0] <= 0.5, name
    pages = "".join(site.page(address) for address in site.addresses() if address.startswith("/metrics"))
    said = re.sub(r"<[^>]*>", "", pages)
    # A header says over what its number changed, where it did.
    assert set(re.findall(r"over ([\d.]+ ?[a-z]+)\.", said)) <= {
        "0.5 s",
        "0.4 s",
    }  # less where a busy machine was asked late


def test_only_the_first_build_waits(site):
    run_at(site, 0)
    record = run_at(site, 30)
    assert not [task for task in record.tasks if task.task == "watch the machine"]


def test_from_the_second_build_on_a_sample_is_the_mean_since_the_build_before(site):
    run_at(site, 0)
    sent = "host_network_sent_bytes_per_second"
    with State.open(site.state, slot_at(1)) as state:
        taken, body = state.answers.get("host")
        past = msgspec.msgpack.decode(body, type=HostPast)
        counters = past.last.counters | {sent: past.last.counters[sent] - 30e9}
        past = replace(past, last=replace(past.last, counters=counters))
        state.answers.put("host", taken, msgspec.msgpack.encode(past))
    for cycle in range(1, 6):
        run_at(site, 30 * cycle)
    values = dict(rows(site, sent))
    # 30 GB in the 30 seconds between the first build and the second: its few milliseconds would make it a thousand times that.
    assert 0.9e9 < float(values["2026-11-23T08:00:30Z"]) < 1.5e9
    assert float(values["2026-11-23T08:01:00Z"]) < 0.9e9


def test_until_five_cycles_have_run_the_page_keeps_its_half_second_and_then_shows_minutes(site):
    shown = []
    for cycle in range(6):
        run_at(site, 30 * cycle)
        shown.append(rows(site, "host_load1"))
    assert all(one == shown[0] for one in shown[:5])
    assert shown[0][0][0].startswith("2026-11-23T08:00:0")
    assert [time for time, _ in shown[5]] == [
        f"2026-11-23T08:0{at // 60}:{at % 60:02}Z" for at in range(0, 180, 30)
    ]


def test_under_a_clock_that_stands_still_nothing_is_measured_and_builds_are_the_same(site):
    site.build("--clock", "2026-11-23T08:00:00Z")
    assert rows(site, "host_cpu_ratio") == []
    assert not [path for path in site.tree() if b"host_cpu_ratio 0" in site.tree()[path]]


def test_nothing_published_names_the_machine_a_user_or_a_path(site):
    site.build()
    said = b"".join(site.tree().values())
    for secret in {platform.node(), socket.gethostname(), str(site.folder), f"/home/{getpass.getuser()}"} - {
        ""
    }:
        # A short name is part of many digests; as a word it would be one.
        assert not re.search(rb"(?<![\w+/=.-])" + re.escape(secret.encode()) + rb"(?![\w+/=])", said), secret


def test_psutil_is_loaded_only_where_the_machine_is_a_source(tmp_path):
    plain = make_site(tmp_path / "plain", config="[site]\ntitle = 'x'\n")
    outcome = plain.run_apart("build", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert outcome.code == 0
    assert "psutil" not in outcome.stderr
    watching = make_site(tmp_path / "watching", config=SOURCE)
    assert "psutil" in watching.run_apart("build", env={"PYTHONPROFILEIMPORTTIME": "1"}).stderr


def test_a_check_tells_that_the_source_is_there(site):
    outcome = site.run("check", "sources")
    assert outcome.code == 0
    assert "machine: this machine" in outcome.stdout
