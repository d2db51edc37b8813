"""What the tests of the deploy share: a small site, a bucket seen from outside, a deployer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from sitegen.deployment.engine import deploy
from sitegen.deployment.model import DeployOptions, Target
from sitegen.deployment.report import DeployReport
from sitegen.instrumentation.clock import Deadline, SystemClock
from tests.waiting import wait_for

NOW = 1_763_883_810.0


def page(title: str, *links: str, style: str = "") -> str:
    sheet = f'<link rel="stylesheet" href="{style}">' if style else ""
    anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{sheet}</head>'
        f"<body><h1>{title}</h1>{anchors}</body></html>"
    )


def asset_name(css: str) -> str:
    return f"_a/theme.{sha256(css.encode()).hexdigest()[:16]}.css"


def write_site(
    dist: Path, *, css: str = "body{}", note: str = "", traces: tuple[str, ...] = ("aa", "bb")
) -> None:
    """Write a small site with every kind of file; `note` stands on the overview."""
    style = asset_name(css)
    for old in (dist / "_a").glob("theme.*"):
        old.unlink()
    pages = {
        "index.html": page(f"overview {note}", "/metrics/", "/traces/", "/about/", style=f"/{style}"),
        "404.html": page("not found", "/", style=f"/{style}"),
        "metrics/index.html": page("metrics", "2/", "p95.1h.csv", style=f"../{style}"),
        "metrics/2/index.html": page("metrics 2", "../", style=f"/{style}"),
        "traces/index.html": page("traces", *(f"{trace}/" for trace in traces), style=f"/{style}"),
        "about/index.html": page("about", "/", style=f"/{style}").replace(
            "</body>", '<img src="me.png" alt=""></body>'
        ),
        **{f"traces/{trace}/index.html": page(f"trace {trace}", "/", style=f"/{style}") for trace in traces},
        "metrics/p95.1h.csv": "time,a\n",
        "about/me.png": "not really a picture",
        "feed.xml": "<feed/>",
        "status.json": "{}",
        "badge.svg": "<svg/>",
        style: css,
    }
    for path, text in pages.items():
        (dist / path).parent.mkdir(parents=True, exist_ok=True)
        (dist / path).write_text(text)


def tree_bodies(dist: Path) -> dict[str, bytes]:
    """What a bucket should hold of a tree, worked out on its own."""
    bodies = {}
    for path in dist.rglob("*"):
        if path.is_file():
            name = path.relative_to(dist).as_posix()
            bodies[name.removesuffix("index.html") or "index.html"] = path.read_bytes()
    return bodies


class Bucketful:
    """A bucket looked at from outside, past the wire."""

    def __init__(self, client, name: str) -> None:
        self.client = client
        self.name = name

    def all_keys(self) -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {item["Key"] for page in pages for item in page.get("Contents", ())}

    def body(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def bodies(self, prefix: str = "") -> dict[str, bytes]:
        return {key.removeprefix(prefix): self.body(key) for key in self.all_keys() if "_sitegen/" not in key}

    def head(self, key: str) -> dict:
        return self.client.head_object(Bucket=self.name, Key=key)

    def put(self, key: str, body: bytes, **extra) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=body, **extra)

    def drop(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)


def inline(function, items):
    return [function(item) for item in items]


def side_by_side(function, items):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(function, items))


class Deployer:
    """Deploys to a target, each time as a build half a minute after the last."""

    def __init__(self, target: Target, dist: Path) -> None:
        self.target = target
        self.dist = dist
        self.generation = 0
        self.now = NOW
        self.run_all = inline
        self.still = None
        self.rejected = {}
        self.memory = dist.parent / ".sitegen"

    def move(self) -> None:
        """Go on from another machine, which remembers nothing."""
        self.memory = self.memory.with_name(f"{self.memory.name}2")

    def __call__(
        self, *, after: float = 30.0, built_at: float | None = None, seconds: float = 30.0, **options
    ) -> DeployReport:
        self.generation += 1
        self.now += after
        clock = SteppingClock(self.now)
        return deploy(
            self.dist,
            self.target,
            generation=self.generation,
            built_at=self.now if built_at is None else built_at,
            clock=clock,
            deadline=Deadline(clock, seconds),
            options=DeployOptions(**options),
            run_all=self.run_all,
            memory=self.memory,
            still=self.still,
            rejected=self.rejected,
        ).report


class SteppingClock(SystemClock):
    fixed = True

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def wait_for_the_left_behind() -> None:
    """Wait until what a deploy left behind at its deadline has ended, as it has when its process ends."""

    def is_at_work() -> bool:
        return any(one.name.startswith("sitegen-copy") for one in threading.enumerate())

    wait_for(lambda: not is_at_work(), "all copies' threads have ended")


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path, but for the deploy's own manifest."""
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith("_sitegen/")}
