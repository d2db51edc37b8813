"""`build --record` and `--replay`: the same site, byte for byte, in another folder, from one file alone."""

import gzip
import json
import random
import re
import socket
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.rich import LONG, configuration, log_lines, otlp
from tests.acceptance.sites import Site, make_site, read_tree

COUNTED = """
[[slos]]
id = 'counted'
title = 'Requests that were answered'
source = 'rich'
good = 'good_total{secret_label="a"}'
total = 'all_total{secret_label="a"}'
"""


class Recorded(NamedTuple):
    """A site that has everything, its recording, and where its sources were."""

    site: Site
    file: Path
    source: str


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Build a site with everything twice, and record the second build."""
    folder = tmp_path_factory.mktemp("recorded")

    def answer(asked: dict[str, str]) -> dict:
        labels = [
            {"route": f"/api/v{n}/{LONG}", "code": f"20{n}"}
            for n in range(1 if "_total" in asked["query"] else 5)
        ]
        return matrix(asked, labels)

    with serve_answers(answer) as url:
        site = make_site(folder / "site", config=configuration(url) + COUNTED)
        chance = random.Random(7)
        (site.folder / "shop.jsonl").write_text("\n".join(map(json.dumps, log_lines(chance))) + "\n")
        (site.folder / "shop-traces.json").write_text(json.dumps(otlp(chance)))
        Image.new("RGB", (300, 200), "teal").save(site.folder / "content" / "tile.png")
        about = site.folder / "content" / "about.md"
        about.write_text(about.read_text() + "\n\n![A tile](tile.png)\n")
        site.build()
        site.build("--record", str(folder / "site.recording"))
        return Recorded(site, folder / "site.recording", url)


def elsewhere(folder: Path) -> Site:
    folder.mkdir()
    return Site(folder)


def test_a_recorded_build_and_its_replay_in_another_folder_give_identical_trees(recorded, tmp_path):
    other = elsewhere(tmp_path / "empty")
    report = json.loads(other.run("build", "--replay", recorded.file, "--format", "json").stdout)
    assert any(path.endswith(".png") for path in recorded.site.tree())
    assert any(b"slo-counted" in body for body in recorded.site.tree().values())
    assert other.tree() == recorded.site.tree()
    assert sorted(path.name for path in other.folder.iterdir()) == ["dist"]
    assert report["files"]["total"] == len(other.tree())


def test_a_replay_with_processes_gives_the_same_bytes(recorded, tmp_path):
    other = elsewhere(tmp_path / "empty")
    assert other.run_apart("build", "--replay", recorded.file, "--jobs", "2").code == 0
    assert other.tree() == recorded.site.tree()


def test_a_replay_asks_nobody_and_leaves_state_content_and_logs_alone(recorded, built, tmp_path, monkeypatch):
    class Shut(socket.socket):
        def __init__(self, family=-1, *rest, **more):
            assert family == socket.AF_UNIX, "a socket to the network was opened"
            super().__init__(family, *rest, **more)

    monkeypatch.setattr(socket, "socket", Shut)
    before = {
        path: path.stat().st_mtime_ns for path in built.folder.rglob("*") if built.dist not in path.parents
    }
    assert built.run("build", "--replay", recorded.file, "--jobs", "1").code == 0
    after = {
        path: path.stat().st_mtime_ns for path in built.folder.rglob("*") if built.dist not in path.parents
    }
    assert {path.relative_to(built.folder) for path in before if before[path] != after.get(path)} <= {
        Path("dist")
    }
    assert before.keys() == after.keys()
    assert built.tree() == recorded.site.tree()


def test_a_site_of_its_own_says_where_the_output_goes_and_the_recording_what_is_in_it(recorded, tmp_path):
    other = make_site(tmp_path / "site", config='[site]\ntitle = "Not this"\noutput = "public"\n')
    assert other.run("build", "--replay", recorded.file).code == 0
    assert read_tree(other.folder / "public") == recorded.site.tree()
    assert other.run("build", "--replay", recorded.file, "-o", tmp_path / "there").code == 0
    assert read_tree(tmp_path / "there") == recorded.site.tree()


def test_a_recording_names_no_folder_no_host_no_address_and_no_query(recorded):
    body = gzip.decompress(recorded.file.read_bytes().partition(b"\n")[2])
    host = recorded.source.removeprefix("http://")
    named = [
        str(recorded.site.folder),
        str(Path.home()),
        host,
        "secret_label",
        "shop.jsonl",
        "rich_1",
    ]
    assert [name for name in named if name.encode() in body] == []
    assert re.findall(rb"https?://(?:127|localhost)", body) == []


DOWN = """
[[metrics.sources]]
name = "refuses"
type = "prometheus"
url = "http://127.0.0.1:9"

[[metrics.sources]]
name = "unknown"
type = "prometheus"
url = "https://no-such-host.invalid:9443"

[[metrics.panels]]
id = "a"
source = "refuses"
title = "a"
query = "up{job='secret_job'}"

[[metrics.panels]]
id = "b"
source = "unknown"
title = "b"
query = "up"

[[traces.sources]]
name = "missing"
type = "otlp-file"
path = "/no-such-folder/traces.json"

[[logs.sources]]
name = "absent"
path = "/no-such-folder/app.log"

[[probes]]
id = "probe"
title = "probe"
url = "http://127.0.0.1:9/private-path"
"""


def test_a_recording_of_sources_that_are_down_says_nothing_of_where_they_are(tmp_path):
    site = make_site(tmp_path / "site", config=DOWN)
    site.build("--record", str(tmp_path / "recording"))
    body = gzip.decompress((tmp_path / "recording").read_bytes().partition(b"\n")[2])
    assert b"refuses" in body
    named = [
        "127.0.0.1",
        "no-such-host",
        ":9443",
        "secret_job",
        "no-such-folder",
        "private-path",
        str(site.folder),
    ]
    assert [name for name in named if name.encode() in body] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--replay", "a", "--record", "b"), "--replay and --record exclude each other"),
        (("--replay", "a", "--clock", "1970-01-01T00:00:00Z"), "--replay and --clock exclude each other"),
        (("--record", "a", "--only", "logs"), "--record and --only exclude each other"),
    ],
)
def test_options_that_exclude_each_other_are_an_error_of_the_command_line(built, arguments, said):
    outcome = built.run("build", *arguments)
    assert (outcome.code, outcome.stderr.count("\n")) == (2, 1)
    assert said in outcome.stderr


def test_a_configuration_that_is_named_has_to_be_there(recorded, tmp_path):
    outcome = elsewhere(tmp_path / "empty").run("build", "--replay", recorded.file, "-c", "gone.toml")
    assert outcome.code == 2
    assert "gone.toml" in outcome.stderr


def test_the_first_build_is_recorded_with_its_gathering(tmp_path):
    site = make_site(tmp_path / "site")
    site.build("--record", str(tmp_path / "first"))
    other = elsewhere(tmp_path / "other")
    assert other.run("build", "--replay", tmp_path / "first").code == 0
    assert "No build is complete yet: this is the gathering of the first one." in other.page("/build/")
    assert other.tree() == site.tree()
