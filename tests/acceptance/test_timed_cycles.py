"""Sixty cycles by real timers: none is lost, and each begins near its slot."""

import json
import os
import shutil
import subprocess

import pytest
from tests.acceptance.sites import Site, make_site
from tests.waiting import wait_for

CYCLES, SECONDS = 60, 30.0
MARGIN = 120.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(CYCLES * SECONDS + 2 * MARGIN)]


def generation(site: Site) -> int:
    return json.loads((site.state / "report.json").read_bytes())["generation"]


def timing(site: Site) -> dict:
    return json.loads(site.run("status", "--format", "json").stdout)["timer"]


@pytest.fixture
def site(tmp_path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def cron(tmp_path):
    """Start cron in a mount namespace, so that the machine's own tables are neither read nor changed."""
    lacking = [name for name in ("cron", "crontab", "unshare") if shutil.which(name) is None]
    if os.getuid() != 0 or lacking:
        pytest.skip(f"needs root, and Debian's cron; this machine lacks {', '.join(lacking) or 'root'}")
    started = []

    def start(table: str) -> None:
        (tmp_path / "table").write_text(table)
        script = (
            "mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs && mount -t tmpfs none /run"
            f" && mount -t tmpfs none /etc/cron.d && crontab {tmp_path / 'table'} && exec cron -f"
        )
        started.append(subprocess.Popen(["unshare", "--mount", "sh", "-c", script], start_new_session=True))

    yield start
    for process in started:
        process.terminate()
        process.wait()


def test_cron_loses_no_cycle_and_begins_each_within_a_second_and_a_half(site: Site, cron):
    printed = site.run("timer", "print", "--kind", "cron").stdout
    cron("".join(line + "\n" for line in printed.splitlines() if line.startswith("*")))
    wait_for(lambda: generation(site) >= CYCLES, "sixty builds", CYCLES * SECONDS + MARGIN)
    found = timing(site)
    assert found["missed_last_day"] == 0
    assert found["drift_median_seconds"] <= 1.5


def test_run_loses_no_cycle_and_begins_each_within_a_fifth_of_a_second(site: Site):
    with site.start("run", "-q") as process:
        wait_for(lambda: generation(site) >= CYCLES, "sixty builds", CYCLES * SECONDS + MARGIN)
        process.terminate()
        process.wait()
    found = timing(site)
    assert found["missed_last_day"] == 0
    assert found["drift_median_seconds"] <= 0.2
