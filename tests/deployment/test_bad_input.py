"""What goes wrong with deploys, each by the timer's own command line: one line, the right code, nothing changed, told."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.deployment.house import Bucketful
from tests.deployment.wire import BEFORE, Wire

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NOBODY = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
TARGET = """
[deploy.targets.production]
buckets = [{{ name = "{name}", region = "us-east-1" }}]
endpoint_url = "{url}"
"""


class Place(NamedTuple):
    """A site that was deployed to a bucket once, and the wire to it."""

    site: Site
    bucket: Bucketful
    wire: Wire
    words: tuple[str, ...]
    """What the timer's unit starts, after the program's own name."""

    def deploy(self, keys: dict[str, str] = KEYS):
        return self.site.run(*self.words, env=NOBODY | keys)

    def last(self) -> dict:
        return json.loads(self.site.run("status", "--format", "json").stdout)["deploys"][0]

    def objects(self) -> dict[str, str]:
        found = self.bucket.client.list_objects_v2(Bucket=self.bucket.name)["Contents"]
        return {one["Key"]: one["ETag"] for one in found}


@pytest.fixture(scope="module")
def place(proxy, client, numbers, tmp_path_factory) -> Place:
    wire, url = proxy
    wire.forget()
    bucket = Bucketful(client, f"obs-bad-{next(numbers)}")
    client.create_bucket(Bucket=bucket.name)
    site = make_site(tmp_path_factory.mktemp("bad") / "site")
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(TARGET.format(name=bucket.name, url=url))
    site.build()
    made = Place(site, bucket, wire, timer_words(site))
    done = made.deploy()
    assert (done.code, done.stderr) == (0, "")
    shutil.copytree(site.dist, site.folder / "good")
    shutil.copy(site.folder / "sitegen.toml", site.folder / "good.toml")
    return made


def timer_words(site: Site) -> tuple[str, ...]:
    """What the deploy's unit starts, as `timer print` says, without the words for the program itself."""
    printed = site.run("timer", "print", "--kind", "systemd", "--format", "json").stdout
    unit = next(
        one["body"] for one in json.loads(printed)["files"] if one["path"].endswith("-deploy.service")
    )
    [start] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    words = shlex.split(start.replace("%%", "%"))
    return tuple(words[words.index("deploy") :])


@pytest.fixture(autouse=True)
def as_it_was(place: Place) -> Iterator[None]:
    yield
    place.wire.forget()
    shutil.rmtree(place.site.dist, ignore_errors=True)
    shutil.copytree(place.site.folder / "good", place.site.dist)
    shutil.copy(place.site.folder / "good.toml", place.site.folder / "sitegen.toml")


def answer(status: int, code: str) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        place.wire.answer = (status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())
        place.wire.fails = lambda _: BEFORE

    return spoil


def reconfigure(old: str, new: str) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        path = place.site.folder / "sitegen.toml"
        path.write_text(re.sub(old, new, path.read_text(encoding="utf-8")), encoding="utf-8")

    return spoil


def empty(place: Place) -> None:
    shutil.rmtree(place.site.dist)
    place.site.dist.mkdir()


def foreign(place: Place) -> None:
    empty(place)
    (place.site.dist / "index.html").write_text("<p>another site")


def halve(place: Place) -> None:
    files = sorted(path for path in place.site.dist.rglob("*") if path.is_file())
    kept = [path for path in files if path.name in {"index.html", "404.html"}]
    for path in [path for path in reversed(files) if path not in kept] + kept[::-1]:
        if (
            len([one for one in files if one.exists()]) > len(files) // 2
            and path != place.site.dist / "index.html"
        ):
            path.unlink()


def write(name: str, text: str) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        path: Path = place.site.dist / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)

    return spoil


BAD = {
    "no credentials": (lambda _: None, 1, "credentials"),
    "expired credentials": (answer(400, "ExpiredToken"), 1, "credentials"),
    "wrong region": (answer(400, "AuthorizationHeaderMalformed"), 1, "wrong region"),
    "missing bucket": (reconfigure("obs-bad-", "obs-gone-"), 2, "no bucket"),
    "denied": (answer(403, "AccessDenied"), 1, "denied"),
    "throttled": (answer(503, "SlowDown"), 1, "throttled"),
    "wrong endpoint": (reconfigure(r"127\.0\.0\.1:\d+", "127.0.0.1:9"), 1, "unreachable"),
    "clock skew": (answer(403, "RequestTimeTooSkewed"), 1, "clock"),
    "empty tree": (empty, 3, "gate"),
    "foreign tree": (foreign, 3, "gate"),
    "half a tree": (halve, 6, "size"),
    "a script": (write("about/index.html", "<script>alert(1)</script>"), 3, "gate"),
    "another site's manifest": (write("_sitegen/manifest.json", '{"version": 1}'), 3, "gate"),
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_wrong_is_one_line_and_told_and_nothing_changes(place: Place, name: str):
    spoil, code, reason = BAD[name]
    before = place.objects()
    spoil(place)
    outcome = place.deploy({} if name == "no credentials" else KEYS)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (code, "", 1), outcome
    assert place.objects() == before
    last = place.last()
    assert (last["target"], last["exit"], last["refusal"]["reason"]) == ("production", code, reason)
    assert last["status"] == ("refused" if code == 6 else "failed")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z", last["started_at"])
    remedy = "sitegen build" if code in (3, 6) else "sitegen deploy --target production"
    assert last["refusal"]["command"].startswith(remedy)
    prom = (place.site.state / "deploy.prom").read_text()
    for family in ("refusals_total", "last_refusal_timestamp_seconds"):
        labels = rf'reason="{reason}",site="obs",site_id="[0-9a-f]{{8}}",target="production"'
        assert re.search(rf"^sitegen_deploy_{family}\{{{labels}\}} ", prom, re.MULTILINE)


def test_the_next_build_tells_visitors_the_class_and_no_more(place: Place):
    answer(403, "AccessDenied")(place)
    place.deploy()
    place.site.build()
    section = next(
        one for one in parse(place.site.page("/build/")).all("section") if "deploys" in one.text[:20]
    )
    assert "production" in section.text
    assert "failed: denied" in section.text
    assert section.all("time")
    for secret in ("sitegen", place.bucket.name, "127.0.0.1", "role"):
        assert secret not in section.text
