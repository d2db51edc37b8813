"""A deploy that is refused or fails is told wherever somebody may look, with what lets it through."""

import json
import re

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site

TARGET = '\n[deploy.targets.copy]\npath = "{}"\n'


@pytest.fixture
def site(built: Site, tmp_path) -> Site:
    """A site that was deployed to a folder once."""
    with (built.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(TARGET.format(tmp_path / "copy"))
    assert built.run("deploy").code == 0
    return built


def deploys(site: Site) -> list[dict]:
    return json.loads(site.run("status", "--format", "json").stdout)["deploys"]


def test_a_deploy_that_was_done_is_told_with_its_size_and_cost(site: Site):
    [done] = deploys(site)
    assert done.pop("started_at").startswith("20")
    tree = site.tree()
    assert done == {
        "target": "copy",
        "status": "ok",
        "exit": 0,
        "refusal": None,
        "objects": len(tree),
        "bytes": sum(map(len, tree.values())),
        "projected_usd_month": 0.0,
    }
    prom = told(site)
    assert f'sitegen_deploy_objects{{target="copy"}} {len(tree)}\n' in prom
    assert re.search(
        r'^sitegen_deploy_last_success_timestamp_seconds\{target="copy"\} 1[0-9]+', prom, re.MULTILINE
    )
    assert "refusals" not in prom


def told(site: Site) -> str:
    """What `deploy.prom` says, without the labels of the site."""
    text = (site.state / "deploy.prom").read_text()
    assert text.count('site="') == sum(not line.startswith("#") for line in text.splitlines())
    return re.sub(r'site="[^"]*",site_id="\w{8}",?', "", text)


def spoil(site: Site) -> None:
    (site.dist / "index.html").unlink()
    (site.dist / "index.html").write_text("<script>")


def test_a_refused_deploy_is_told_at_once_with_target_reason_instant_and_remedy(site: Site):
    spoil(site)
    outcome = site.run("deploy", "--format", "json", "-c", site.folder / "sitegen.toml")
    report = json.loads(outcome.stdout)
    assert (outcome.code, report["exit"], report["status"]) == (3, 3, "failed")
    last = deploys(site)[0]
    assert last["refusal"] == report["refusal"]
    assert (last["target"], last["refusal"]["reason"]) == ("copy", "gate")
    assert last["refusal"]["command"] == f"sitegen build -c {site.folder / 'sitegen.toml'}"
    prom = told(site)
    assert 'sitegen_deploy_refusals_total{reason="gate",target="copy"} 1\n' in prom
    assert 'sitegen_deploy_last_refusal_timestamp_seconds{reason="gate",target="copy"} 1' in prom
    assert 'sitegen_deploy_objects{target="copy"}' in prom
    text = site.run("status").stdout
    assert "failed (gate)" in text
    assert "let it through with: sitegen build" in text


def test_the_next_build_page_says_target_class_and_instant_and_no_command(site: Site):
    spoil(site)
    site.run("deploy")
    site.run("build")
    section = next(one for one in parse(site.page("/build/")).all("section") if "deploys" in one.text[:20])
    assert "copy" in section.text
    assert "✖ failed: gate" in section.text
    assert section.all("time")
    assert "sitegen" not in section.text


def test_refusals_are_counted_for_ever_and_a_success_moves_its_instant_alone(site: Site):
    spoil(site)
    for _ in range(3):
        site.run("deploy")
    site.run("build")
    assert site.run("deploy").code == 0
    prom = told(site)
    assert 'sitegen_deploy_refusals_total{reason="gate",target="copy"} 3\n' in prom
    assert [one["status"] for one in deploys(site)] == ["ok", "failed", "failed", "failed", "ok"]


def test_a_dry_run_is_no_deploy_that_is_remembered(site: Site):
    site.run("deploy", "--dry-run")
    assert len(deploys(site)) == 1
