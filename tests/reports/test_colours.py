"""What users of other tools reported of colours: a line that comes or goes repaints all the others."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from tests.acceptance.foreign import instants, serve_answers
from tests.acceptance.probed import configure, run_cycle
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import source

PANEL = """
[[metrics.panels]]
id = "load"
title = "load"
query = "load"
legend = "{{pod}}"
windows = ["1h", "6h"]
top = 6
"""
CYCLES = [
    ("api-1", "api-2", "web"),
    ("api-2", "web"),
    ("api-2", "queue", "web"),
    ("aaa", "api-2", "queue", "web"),
    ("api-1", "api-2", "queue", "web"),
]


def colours(site: Site, window: str) -> dict[str, str]:
    """The colour of each line by its name in the legend, in one window."""
    page = site.page("/metrics/" if window == "1h" else f"/metrics/{window}/")
    return {
        name: number
        for number, name in re.findall(r'<th scope="row"><i class="s(\d)"></i>([\w-]+)</th>', page)
    }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def test_colours_stay_with_their_names_while_series_come_and_go(site: Site):
    present: list[str] = []

    def answer(asked: dict[str, str]) -> dict:
        series = [
            {"metric": {"pod": pod}, "values": [[at, "1"] for at in instants(asked)]} for pod in present
        ]
        return {"status": "success", "data": {"resultType": "matrix", "result": series}}

    seen = []
    with serve_answers(answer) as url:
        configure(site, source("shop", url), PANEL)
        for number, pods in enumerate(CYCLES):
            present[:] = pods
            run_cycle(site, 20 * number)
            seen.append(colours(site, "1h"))
            assert set(seen[-1]) == set(pods)
            assert len(set(seen[-1].values())) == len(pods)
            assert colours(site, "6h") == seen[-1]
    for before, after in pairwise(seen):
        kept = before.keys() & after.keys()
        assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    assert seen[4]["api-1"] == seen[0]["api-1"]
