"""Whatever is edited, what was published of the past stays as it was, or the report says what has changed."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.acceptance.probed import facts, panel, probe, stamp
from tests.acceptance.sites import Site
from tests.faulty_server import FaultyServer, Reply
from tests.reports.test_history import NIGHT, PANEL, STEP, cycle, make_quiet, planned

END = NIGHT + 10 * STEP
WELL, ILL = Reply(body=b"welcome"), Reply(status=503)
SHOP, PAY = (
    ["up", "up", "down", "down", "up", "up", "up", "down", "up", "up"],
    ["up", "up", "up", "up", "up", "down", "up", "up", "down", "down"],
)
HEAD = '[site]\ntitle = "obs"\ntimezone = "Europe/Berlin"\n\n[build]\ncycle = "10m"\n'
OBJECTIVE = '[[slos]]\nid = "kept"\ntitle = "kept"\nprobe = "shop"\ntarget = 0.9\nwindow = "7d"\n'
WORK = planned(NIGHT + 7 * STEP, NIGHT + 9 * STEP)
DAILY = planned(NIGHT - 2 * 86_400 + 5 * STEP, NIGHT - 2 * 86_400 + 6 * STEP, title="daily", every="day")


def moved(text: str, start: float, end: float) -> str:
    """A table of planned time at another time."""
    return (
        re.sub(r'"20[^"]*"', lambda _: f'"{stamp(next(times))}"', text)
        if (times := iter((start, end)))
        else text
    )


SHOP_TABLE, PAY_TABLE = "{shop}", "{pay}"
ALL = (HEAD, PANEL, SHOP_TABLE, PAY_TABLE, OBJECTIVE, WORK, DAILY)


def instead(old: str, *new: str) -> tuple[str, ...]:
    """All tables, with others in the place of one."""
    at = ALL.index(old)
    return (*ALL[:at], *new, *ALL[at + 1 :])


def keyed(table: str, **keys: object) -> tuple[str, ...]:
    """All tables, one of which has further keys."""
    return instead(table, table + "".join(f"\n{name} = {value!r}" for name, value in keys.items()))


EDITS = {
    # planned time
    "the work removed": instead(WORK),
    "the daily one removed": instead(DAILY),
    "both removed": ALL[:-2],
    "its end earlier": instead(WORK, moved(WORK, NIGHT + 7 * STEP, NIGHT + 8 * STEP)),
    "its end in the middle of a cycle": instead(WORK, moved(WORK, NIGHT + 7 * STEP, NIGHT + 7 * STEP + 250)),
    "its end later": instead(WORK, moved(WORK, NIGHT + 7 * STEP, NIGHT + 30 * STEP)),
    "its start earlier": instead(WORK, moved(WORK, NIGHT + 2 * STEP, NIGHT + 9 * STEP)),
    "its start later": instead(WORK, moved(WORK, NIGHT + 8 * STEP, NIGHT + 9 * STEP)),
    "all of it later": instead(WORK, moved(WORK, NIGHT + 40 * STEP, NIGHT + 41 * STEP)),
    "another title": instead(WORK, WORK.replace("moving", "painting the")),
    "narrowed": keyed(WORK, probes=["pay"]),
    "narrowed to what it names": keyed(WORK, probes=["pay", "shop"]),
    "the daily one weekly": instead(DAILY, DAILY.replace("day", "week")),
    "the daily one once": instead(DAILY, DAILY.replace("every = 'day'", "")),
    "the daily one at another hour": instead(
        DAILY, moved(DAILY, NIGHT - 172_800 + 7200, NIGHT - 172_800 + 9000)
    ),
    "another zone": instead(HEAD, HEAD.replace("Europe/Berlin", "Asia/Tokyo")),
    "planned time added to the past": (*ALL, planned(NIGHT, NIGHT + 4 * STEP, title="late")),
    "planned time added to what comes": (*ALL, planned(NIGHT + 60 * STEP, NIGHT + 61 * STEP, title="soon")),
    "the tables in another order": (*ALL[:-2], DAILY, WORK),
    # probes
    "confirmed by more": keyed(SHOP_TABLE, confirm=3),
    "confirmed by fewer": instead(PAY_TABLE, "{pay_at_once}"),
    "slow sooner": keyed(SHOP_TABLE, degraded_above="1ms"),
    "another status expected": keyed(SHOP_TABLE, expect_status=503),
    "another text expected": keyed(SHOP_TABLE, expect_body="farewell"),
    "a probe removed": instead(PAY_TABLE),
    "a probe renamed": instead(PAY_TABLE, "{renamed}"),
    "a probe added": (*ALL, "{other}"),
    "probes in another order": (HEAD, PANEL, PAY_TABLE, SHOP_TABLE, OBJECTIVE, WORK, DAILY),
    # objectives and the rest
    "another target": instead(OBJECTIVE, OBJECTIVE.replace("0.9", "0.99")),
    "another window": instead(OBJECTIVE, OBJECTIVE.replace("7d", "1d")),
    "of another probe": instead(OBJECTIVE, OBJECTIVE.replace('probe = "shop"', 'probe = "pay"')),
    "an objective removed": instead(OBJECTIVE),
    "another title of the objective": instead(
        OBJECTIVE, OBJECTIVE.replace('title = "kept"', 'title = "held"')
    ),
    "another cycle": instead(HEAD, HEAD.replace("10m", "5m")),
    "another title of the site": instead(HEAD, HEAD.replace("obs", "seen")),
}


SAMPLE = {
    "both removed",
    "its start earlier",
    "narrowed",
    "another zone",
    "confirmed by more",
    "confirmed by fewer",
    "a probe renamed",
    "another target",
}
"""What every run tries."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A site after two hours with outages and planned times, and the tables of its probes."""
    site = make_quiet(tmp_path_factory.mktemp("edits") / "site")
    with FaultyServer() as shop, FaultyServer() as pay:
        tables = {
            "shop": probe("shop", shop.url),
            "pay": probe("pay", pay.url, confirm=2),
            "pay_at_once": probe("pay", pay.url),
            "renamed": probe("payments", pay.url, confirm=2),
            "other": probe("other", shop.url),
        }
        write(site, ALL, tables)
        for number, states in enumerate(zip(SHOP, PAY, strict=True)):
            for server, state in zip((shop, pay), states, strict=True):
                server.then(WELL if state == "up" else ILL)
            cycle(site, NIGHT + number * STEP)
        shop.then(WELL)
        pay.then(WELL)
        yield site, tables


def write(site: Site, parts: tuple[str, ...], tables: dict[str, str]) -> None:
    text = "\n".join(parts)
    for name, table in tables.items():
        text = text.replace(f"{{{name}}}", table)
    (site.folder / "sitegen.toml").write_text(text, encoding="utf-8")


def published(site: Site) -> dict[str, object]:
    """What pages, the feed and the own series say of the two hours."""
    feed = (site.dist / "feed.xml").read_text()
    entries = re.findall(r"<entry><title>((?:shop|pay): [^<]*)</title><id>([^<]*)</id><updated>([^<]*)", feed)
    told: dict[str, object] = {"entries": sorted(one for one in entries if one[2] < stamp(END))}
    for name in ("shop", "pay"):
        if f'id="service-{name}"' in site.page("/slo/"):
            told[name] = facts(panel(site, f"service-{name}"))["24h"]
    if 'id="slo-kept"' in site.page("/slo/"):
        told["objective"] = facts(panel(site, "slo-kept"))
    with closing(sqlite3.connect(site.state / "state.db")) as state:
        sql = "SELECT name, slot, value FROM series JOIN sample ON series = id WHERE name LIKE 'sitegen_probe_up%' AND slot < ?"
        told["series"] = sorted(state.execute(sql, (END,)))
    return told


@pytest.fixture(scope="module")
def unedited(
    before: tuple[Site, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    site, tables = before
    return published(edited(site, tables, ALL, tmp_path_factory.mktemp("control"))[0])


def edited(
    site: Site, tables: dict[str, str], parts: tuple[str, ...], folder: Path
) -> tuple[Site, list[str]]:
    """The site a cycle after an edit, and what the report says of its past."""
    copy = Site(folder / "site")
    shutil.copytree(site.folder, copy.folder)
    write(copy, parts, tables)
    report = cycle(copy, END)
    said = [*report["problems"], *report["sections"]["availability"]["remarks"]]
    return copy, [one["message"] for one in said if one["where"].startswith("availability.")]


@pytest.mark.parametrize(
    "edit", [one if one in SAMPLE else pytest.param(one, marks=pytest.mark.slow) for one in EDITS]
)
def test_an_edit_changes_nothing_of_the_past_or_is_told(before, unedited, edit: str, tmp_path: Path):
    site, said = edited(*before, EDITS[edit], tmp_path)
    told = published(site)
    changed = {name for name in unedited if told.get(name) != unedited[name]}
    assert not changed or said
