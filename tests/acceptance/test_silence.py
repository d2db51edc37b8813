"""Files that are not what the configuration calls them: said with a count, in the report and by `check`, never "ok"."""

import json
import os
from pathlib import Path

import pytest
from tests.acceptance.sites import Site, make_site

SPAN = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "GET /"}
OTLP = {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | {"startTimeUnixNano": "1795000000000000000"}]}]}]}
FORMATS = {
    "jsonlines": '{"time":"2026-11-23T07:43:30Z","level":"info","message":"paid"}\n' * 3,
    "otlp": json.dumps(OTLP) + "\n",
    "otlplogs": '{"resourceLogs":[{"scopeLogs":[]}]}\n' * 2,
    "jaeger": json.dumps({"data": [{"traceID": "1a", "spans": [{"traceID": "1a", "spanID": "1"}]}]}) + "\n",
    "zipkin": json.dumps([{"traceId": "1a", "id": "1", "timestamp": 1795000000000000}], indent=1) + "\n",
    "logfmt": "ts=2026-11-23T07:43:30Z level=info msg=paid\n" * 4,
    "apache": '192.0.2.1 - - [23/Nov/2026:07:43:30 +0000] "GET / HTTP/1.1" 200 5\n' * 5,
    "syslog": "<34>1 2026-11-23T07:43:30Z web su - ID47 - failed\n" * 2,
    "text": "it is late\n" * 12_315,
    "binary": "\x00\x01\x02\n\x03\n",
    "csv": "time,level\n2026-11-23T07:43:30Z,info\n",
}
UNDERSTOOD = {("logs", "jsonlines"), ("traces", "otlp")}


def with_sources(site: Site, folder: Path, names: list[str]) -> None:
    with (site.folder / "sitegen.toml").open("a") as config:
        for name in names:
            config.write(f'\n[[logs.sources]]\nname = "{name}"\npath = "{folder / name}"\n')
            config.write(
                f'\n[[traces.sources]]\nname = "{name}"\ntype = "otlp-file"\npath = "{folder / name}"\n'
            )


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[dict, dict]:
    """The report of a build, and the answer of `check sources`, of each format under each name."""
    folder = tmp_path_factory.mktemp("formats")
    for name, text in FORMATS.items():
        (folder / name).write_text(text)
    site = make_site(tmp_path_factory.mktemp("silence") / "site")
    with_sources(site, folder, list(FORMATS))
    report = site.build()
    checked = site.run("check", "sources", "--format", "json")
    assert checked.code == 3
    return report, json.loads(checked.stdout)


@pytest.mark.parametrize("section", ["logs", "traces"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_another_format_is_a_problem_with_the_count(told, section, name):
    report, checked = told
    count = len([line for line in FORMATS[name].splitlines() if line.strip(" ")])
    rubble = (section, name) == ("logs", "binary")
    words = "no text; it was left out" if rubble else f"0 of {count:,} lines understood"
    problems = [one["message"] for one in report["problems"] if one["where"] == f"{section}.{name}"]
    (row,) = [one for one in checked["sources"] if (one["kind"], one["name"]) == (section, name)]
    silent = (section, name) in UNDERSTOOD
    assert [words in problem for problem in problems] == ([] if silent else [True])
    assert row["reachable"] == silent
    assert silent or words in row["message"]


def test_a_build_with_a_log_that_shows_nothing_is_degraded(told):
    assert told[0]["status"] == "degraded"


def test_a_pattern_that_matches_nothing_and_a_file_that_cannot_be_read_are_problems(tmp_path: Path):
    site = make_site(tmp_path / "site")
    with_sources(site, tmp_path, ["gone-*.log"])
    report = site.build()
    said = {(one["where"], one["message"]) for one in report["problems"]}
    assert {(f"{kind}.gone-*.log", "no file matches gone-*.log") for kind in ("logs", "traces")} <= said
    checked = site.run("check", "sources")
    assert checked.code == 3
    assert checked.stderr.count("no file matches gone-*.log") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    (tmp_path / "locked").write_text(FORMATS["jsonlines"])
    (tmp_path / "locked").chmod(0)
    site = make_site(tmp_path / "site")
    with_sources(site, tmp_path, ["locked"])
    said = {one["where"] for one in site.build()["problems"]}
    assert {"logs.locked", "traces.locked"} <= said
    assert site.run("check", "sources").code == 3


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("path", "understood"),
    [("elastic-examples/apache_logs", False), ("angle-grinder/test_logfmt.log", False), ("angle-grinder/test_json.log", True)],
)  # fmt: skip
def test_real_logs_are_understood_or_said_not_to_be(tmp_path: Path, shared_data: Path, path, understood):
    site = make_site(tmp_path / "site")
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(f'\n[[logs.sources]]\nname = "foreign"\npath = "{shared_data / path}"\n')
    said = [one["message"] for one in site.build()["problems"] if one["where"] == "logs.foreign"]
    assert [" lines understood" in one for one in said] == ([] if understood else [True])
