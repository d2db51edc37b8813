"""A site as its owner has it: a folder with a configuration, the program run in it, what it published."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.program import Outcome, clean_environment, run_apart, run_here
from tests.signals import default_signals


@dataclass(frozen=True)
class Site:
    """One site's folder."""

    folder: Path

    @property
    def dist(self) -> Path:
        return self.folder / "dist"

    @property
    def state(self) -> Path:
        return self.folder / ".sitegen"

    # --- Running the program ---

    def run(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Outcome:
        """Run `sitegen ARGUMENTS` in this process, in an environment as bare as a timer's."""
        return run_here(*arguments, cwd=self.folder, env=self.environment(env))

    def run_apart(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> Outcome:
        """Run `sitegen ARGUMENTS` to its end in a process of its own."""
        return run_apart(*arguments, cwd=self.folder, env=self.environment(env), timeout=timeout)

    def start(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen:
        """Start `sitegen ARGUMENTS` in a process group of its own."""
        with default_signals():
            return self.start_as_inherited(*arguments, env=env)

    def start_as_inherited(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen:
        """Start `sitegen ARGUMENTS` likewise, but ignoring the signals that this process ignores."""
        return subprocess.Popen(
            [sys.executable, "-m", "sitegen", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def build(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> dict:
        """Build, which must be done (exit 0), and give the report."""
        outcome = self.run("build", "--format", "json", *arguments, env=env)
        assert outcome.code == 0, outcome.stderr
        return json.loads(outcome.stdout)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A timer's variables, and these."""
        return clean_environment(home=self.folder) | dict(more or {})

    # --- What it published ---

    def tree(self) -> dict[str, bytes]:
        """Every published file by its path."""
        return read_tree(self.dist)

    def page(self, address: str) -> str:
        """The HTML at an address such as `/metrics/`."""
        return (self.dist / file_at(address)).read_text(encoding="utf-8")

    def addresses(self) -> list[str]:
        """The address of every page."""
        return sorted(address_of(path) for path in self.tree() if path.endswith(".html"))

    @property
    def status(self) -> dict:
        """The published `status.json`."""
        return json.loads((self.dist / "status.json").read_bytes())


def make_site(folder: Path, *, config: str | None = None) -> Site:
    """Scaffold a site as `sitegen init` does; `config` takes the place of its configuration."""
    site = Site(folder)
    folder.mkdir(parents=True, exist_ok=True)
    outcome = site.run("init", ".")
    assert outcome.code == 0, outcome.stderr
    if config is not None:
        (folder / "sitegen.toml").write_text(config, encoding="utf-8")
    return site


def read_tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def address_of(path: str) -> str:
    """Where a file of the site is found: `metrics/index.html` at `/metrics/`."""
    return "/" + path.removesuffix("index.html")


def file_at(address: str) -> str:
    """The file at an address."""
    path = address.lstrip("/")
    return f"{path}index.html" if path == "" or path.endswith("/") else path
