"""`sitegen serve` as its owner leaves it running: built anew each cycle, its visitors counted."""

import csv
import io
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.acceptance.documents import parse, table_of
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, file_at, make_site
from tests.waiting import wait_for


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of one visit; an error's too."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def test_every_published_file_is_served_as_it_is_with_the_type_that_a_deploy_gives_it(site: Site):
    site.build()
    known = json.loads((site.state / "report.json").read_bytes())["style_hashes"]
    named = set()
    with preview(site, "--no-build") as origin:
        for address in site.addresses():
            status, headers, body = get(origin + address)
            assert (status, body) == (200, site.tree()[file_at(address)]), address
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            policy, frames = headers["Content-Security-Policy"].rsplit("; ", 1)
            assert frames == "frame-ancestors 'none'"
            assert f'content="{policy}"'.encode() in body
            named |= set(re.findall(r"'(sha256-[^']+)'", policy))
        assert sorted(named) == known
        status, _, body = get(f"{origin}/nothing-of-this-name/")
        assert (status, body) == (404, site.tree()["404.html"])


def test_before_the_first_build_it_says_what_to_do(site: Site):
    with preview(site, "--no-build") as origin:
        status, _, body = get(f"{origin}/")
    assert status in (404, 503)
    assert b"sitegen build" in body


def test_it_builds_at_once_and_again_each_cycle(site: Site):
    config = site.folder / "sitegen.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace('# cycle = "30s" ', 'cycle = "2s"\ngather = "1s"\ndeadline = "2s" # '), encoding="utf-8"
    )
    with preview(site) as origin:
        wait_for(lambda: get(f"{origin}/")[0] == 200, "a first build")
        made = {json.loads(get(f"{origin}/status.json")[2])["generated_at"]}

        def has_three() -> bool:
            made.add(json.loads(get(f"{origin}/status.json")[2])["generated_at"])
            return len(made) > 2

        wait_for(has_three, "two builds more")


def test_visits_are_counted_by_class_on_the_panel_of_requests(site: Site):
    site.build()
    with preview(site, "--no-build") as origin:
        statuses = [
            get(f"{origin}{address}")[0] for address in ["/", "/logs/", "/metrics/", "/no/", "/no/2/"]
        ]
    assert Counter(statuses) == {200: 3, 404: 2}

    # The cycles between did not run, and sitegen's own series are drawn every five minutes.
    asked = datetime.now(UTC)
    for minutes in (10, 16):
        site.build("--clock", (asked + timedelta(minutes=minutes)).isoformat())

    [figure] = [
        section
        for section in parse(site.page("/metrics/")).all("section")
        if section.attributes.get("aria-labelledby") == "requests"
    ]
    head = [cell.text for cell in table_of(figure).one("thead").all("th")]
    assert {"2xx", "4xx"} <= set(head)
    names, *rows = csv.reader(io.StringIO((site.dist / "metrics/requests.1h.csv").read_text()))
    counted = [
        (name, float(cell), datetime.fromisoformat(row[0]))
        for row in rows
        for name, cell in zip(names[1:], row[1:], strict=True)
        if cell
    ]
    # Each stands at the end of its column, and all of them where they were asked, not where they were counted.
    assert sum(number for name, number, _ in counted if name == "2xx") == 3
    assert sum(number for name, number, _ in counted if name == "4xx") == 2
    assert all(timedelta() <= at - asked < timedelta(minutes=3) for _, _, at in counted)


def test_the_access_log_holds_neither_who_asked_nor_what_stood_behind_the_question_mark(site: Site):
    site.build()
    with preview(site, "--no-build") as origin:
        get(f"{origin}/logs/?token=s3cr3t-canary")
    site.build()

    kept = b"".join(path.read_bytes() for path in site.state.rglob("*") if path.is_file())
    published = b"".join(site.tree().values())
    assert b"s3cr3t-canary" not in kept + published
    assert re.search(rb"/logs/", kept)
    assert not [one for one in re.findall(rb"127\.0\.0\.1[^:]", published) if one]
