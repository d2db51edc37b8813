"""Several deployers at once, whose requests arrive one at a time in an order that a seed decides, and a visitor who looks after each."""

import random
import re
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import msgspec
from sitegen.deployment.model import MANIFEST_KEY, RemoteManifest, Target
from sitegen.errors import SitegenError
from tests.deployment.house import NOW, Deployer, asset_name, page
from tests.deployment.wire import Wire, handler_of

LINK = re.compile(rb'<a href="/?((?:t\d+|about)/)"')
SHEET = re.compile(rb'<link rel="stylesheet" href="/([^"]*)"')
MOST = 400
"""How many requests a schedule may take: more is a race that nobody wins."""


def write_version(dist: Path, number: int) -> None:
    """Write a site of one asset, a page that stays for three versions, a new leaf, a hub that lists both, and 404.html."""
    css = f"body{{order:{number}}}"
    style = "/" + asset_name(css)
    old = "/" + asset_name(f"body{{order:{number // 3}}}")
    for gone in (*dist.glob("_a/*"), *dist.glob("t*/index.html")):
        gone.unlink()
    files = {
        style[1:]: css,
        old[1:]: f"body{{order:{number // 3}}}",
        "about/index.html": page(f"about {number // 3}", style=old),
        f"t{number}/index.html": page(f"leaf {number}", style=style),
        "index.html": page(f"overview {number}", f"/t{number}/", "/about/", style=style),
        "404.html": page(f"not found {number}", style=style),
    }
    for path, text in files.items():
        (dist / path).parent.mkdir(parents=True, exist_ok=True)
        (dist / path).write_text(text)


class Visitor:
    """What a visitor finds in a bucket after every request that changed something, and what of it is wrong."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.faults: list[str] = []
        self.lock = threading.Lock()

    def see(self, call, body: bytes) -> None:
        """Take in what was stored, and look at everything."""
        place = (call.bucket, call.key)
        with self.lock:
            if call.method == "PUT":
                headers = {name.lower(): value for name, value in call.headers.items()}
                built_at = headers.get("x-amz-meta-sitegen-built-at", "")
                before = self.bodies.get(place, (b"", ""))[1]
                if before > built_at and call.key != MANIFEST_KEY:
                    self.faults.append(f"{call.key} of {before} was replaced by an older one, of {built_at}")
                self.bodies[place] = (body, built_at)
            else:
                self.bodies.pop(place, None)
            self.crawl(call.bucket)

    def bucket(self, name: str) -> dict[str, bytes]:
        return {key: body for (bucket, key), (body, _) in self.bodies.items() if bucket == name}

    def crawl(self, name: str) -> None:
        """Follow every link and every style sheet of every page, and believe no manifest that names what is not there."""
        bodies = self.bucket(name)
        for key, body in bodies.items():
            if not key.startswith(("_a/", "_sitegen/")):
                for found in (*SHEET.findall(body), *LINK.findall(body)):
                    if found.decode() not in bodies:
                        self.faults.append(f"{key} refers to {found.decode()}, which is not there")
        if manifest := bodies.get(MANIFEST_KEY):
            named = msgspec.json.decode(manifest, type=RemoteManifest).live
            self.faults += [
                f"the manifest names {key}, which is not there" for key in named.keys() - bodies.keys()
            ]


class Turns:
    """Lets one request through at a time, once every deployer that is at work has one waiting."""

    def __init__(self, fate: Callable[[int], str | None]) -> None:
        self.fate = fate
        self.changed = threading.Condition()
        self.waiting: set[int] = set()
        self.live: set[int] = set()
        self.turn: int | None = None
        self.current: str | None = None
        self.faults: list[BaseException] = []

    def enter(self, port: int) -> None:
        with self.changed:
            self.waiting.add(port)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.turn == port)
            self.waiting.discard(port)

    def leave(self) -> None:
        with self.changed:
            self.turn = None
            self.changed.notify_all()

    def end(self, port: int) -> None:
        with self.changed:
            self.live.discard(port)
            self.changed.notify_all()

    def run(self, rng: random.Random) -> int:
        """Let all deployers end; give how many requests that took."""
        count = 0
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.turn is None and self.waiting >= self.live)
                if not self.live:
                    return count
                self.turn = rng.choice(sorted(self.live))
                self.current = self.fate(self.turn)
                self.changed.notify_all()
            count += 1
            assert count < MOST, "the deployers hinder each other for ever"


class Arena:
    """Proxies to one store, one for each deployer, whose requests take turns."""

    def __init__(self, upstream: int, count: int, rng: random.Random) -> None:
        self.rng = rng
        self.wire = Wire(upstream)
        self.visitor = Visitor()
        self.cut: dict[int, tuple[int, str]] = {}
        self.asked: dict[int, int] = {}
        self.turns = Turns(self._fate)
        self.wire.fails = lambda _: self.turns.current
        self.wire.stored = self.visitor.see
        handler = self._handler()
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(count)]
        # Whose turn it is must depend on the seed alone.
        self.servers = sorted(servers, key=lambda server: server.server_port)
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def ports(self) -> list[int]:
        return [server.server_port for server in self.servers]

    def _fate(self, port: int) -> str | None:
        """Let a deployer that is to be cut off lose its connection from its k-th request on."""
        self.asked[port] = self.asked.get(port, 0) + 1
        after, mode = self.cut.get(port, (MOST, ""))
        return mode if self.asked[port] >= after else None

    def _handler(self):
        arena = self

        class Handler(handler_of(arena.wire)):
            def handle_any(self) -> None:
                arena.turns.enter(self.server.server_port)
                try:
                    super().handle_any()
                finally:
                    arena.turns.leave()

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

        return Handler

    def run(self, deployers: dict[int, "Racer"]) -> dict[int, str]:
        """Run all at once to their ends, and return these: `ok`, or the name of the error."""
        ends: dict[int, str] = {}
        self.asked.clear()

        def work(port: int, deployer: Racer) -> None:
            try:
                ends[port] = deployer.deploy().status
            except SitegenError as error:
                ends[port] = type(error).__name__
            except BaseException as error:
                self.turns.faults.append(error)
            finally:
                self.turns.end(port)

        self.turns.live = set(deployers)
        threads = [threading.Thread(target=work, args=one) for one in deployers.items()]
        for thread in threads:
            thread.start()
        self.turns.run(self.rng)
        for thread in threads:
            thread.join()
        assert self.turns.faults == [], self.turns.faults
        assert self.visitor.faults == [], self.visitor.faults
        return ends

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


class Racer:
    """A deployer of one version, on a machine of its own; all clocks say the same."""

    def __init__(self, target: Target, folder: Path, number: int, now: float) -> None:
        self.deployer = Deployer(target, folder / "dist")
        self.number = number
        self.now = now
        self.build(number)

    def build(self, number: int) -> None:
        self.number = number
        write_version(self.deployer.dist, number)

    def deploy(self, **options):
        self.deployer.generation, self.deployer.now = self.number, self.now
        return self.deployer(after=0, built_at=NOW + 30 * self.number, **options)
