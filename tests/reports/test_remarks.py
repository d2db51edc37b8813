"""Cases of public bug reports: what a server says beside its answers is for those who run it."""

import contextlib
import json

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, panel, source
from tests.faulty_server import FaultyServer, Reply

WARNING = (
    'receive series from Addr: store-7.internal.example.org:10901 LabelSets: {cluster="blue-prod",tenant="acme"}'
    " MinTime: 1: rpc error: code = Unavailable desc = connection error"
)
INFO = 'PromQL info: metric might not be a counter, name does not end in _total: "payroll_jobs" (1:6)'
ERROR = "expanding series: store blue-prod/acme at store-7.internal.example.org:10901 has no payroll_jobs"
REFUSAL = {"status": "error", "errorType": "execution", "error": ERROR}
BODIES = {
    "prom": answered(warnings=[WARNING], infos=[INFO]),
    "cluster": answered(isPartial=True),
    "refuses": json.dumps(REFUSAL).encode(),
}
SLO = """
[[slos]]
id = "{0}"
title = "objective {0}"
source = "{0}"
good = "good_total"
total = "all_total"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made: Site = make_site(tmp_path_factory.mktemp("remarks") / "site")
    with contextlib.ExitStack() as stack:
        parts = []
        for name, body in BODIES.items():
            url = stack.enter_context(FaultyServer(Reply(body=body))).url
            parts += [source(name, url), panel(name, name), SLO.format(name)]
        (made.folder / "sitegen.toml").write_text("".join(parts))
        made.build(*clock_at())
    return made


@pytest.mark.parametrize("word", ["internal.example.org", "blue-prod", "acme", "payroll", "rpc error"])
def test_server_remarks_are_on_no_page_and_in_no_feed_also_those_of_objectives(site, word):
    assert [path for path, body in site.tree().items() if word.encode() in body] == []


@pytest.mark.parametrize(
    ("name", "words"), [("prom", WARNING), ("refuses", ERROR), ("cluster", "does not say why")]
)
def test_server_remarks_are_whole_for_operators_in_the_report_the_log_and_status(site, name, words):
    report = json.loads((site.state / "report.json").read_text())
    assert report["status"] == "degraded"
    assert [
        one for one in report["problems"] if one["where"] == f"metrics.{name}" and words in one["message"]
    ]
    assert words in site.run("status").stdout
    assert json.dumps(words)[1:-1] in (site.state / "log" / "sitegen.jsonl").read_text()


def test_server_remarks_that_are_infos_are_told_to_operators_and_are_no_problem(site):
    report = json.loads((site.state / "report.json").read_text())
    assert INFO in site.run("status").stdout
    assert INFO not in {one["message"] for one in report["problems"]}


@pytest.mark.parametrize("page", ["/metrics/", "/slo/"])
def test_server_remarks_reach_visitors_as_the_class_that_they_are(site, page):
    assert "partial: the source did not answer in full" in site.page(page)
