"""`sitegen init`: a site that builds at once."""

import os
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from sitegen import __version__
from sitegen.commands.options import common_options, option
from sitegen.commands.reporter import Reporter
from sitegen.errors import ConfigError, SitegenError

_NAMES = {"gitignore": ".gitignore"}
_WORKFLOWS = {"github": Path(".github/workflows/site.yml"), "gitlab": Path(".gitlab-ci.yml")}
_CYCLE = (b'# cycle = "30s"', b'cycle = "10m"  ')
"""The cycle of a timer, and that of a CI, whose schedules run every 5 minutes at best."""


@click.command(
    "init",
    epilog="Examples: sitegen init mysite && cd mysite && sitegen build && sitegen serve; sitegen init --ci github",
)
@common_options
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
@option(
    "--ci", type=click.Choice(list(_WORKFLOWS)), help="Also write the workflow that builds and deploys it."
)
def command(*, config_path: Path, reporter: Reporter, folder: Path, ci: str | None) -> int:
    """Scaffold a site in DIR (default: here). What is there already is kept, never overwritten.

    With --ci a site that is there already gets the workflow alone.

    To serve it from a container, mount a folder that is a target ([deploy.targets.www] with path = "..."),
    never dist/ itself: each build puts a new folder in its place.
    """
    there = (folder / config_path.name).exists()
    if there and ci is None:
        raise SitegenError(
            f"{folder / config_path.name} is there already, and nothing is ever overwritten; "
            "choose another folder, like `sitegen init mysite`"
        )
    starter = [
        *([] if there else _starter(config_path.name, ci)),
        *([(_WORKFLOWS[ci], _workflow(ci, folder / config_path.name))] if ci else []),
    ]
    try:
        made = [str(path) for path, body in starter if _write(folder / path, body)]
    except OSError as error:
        raise SitegenError(
            f"{folder} cannot be written ({error.strerror}); choose a folder of your own"
        ) from error
    kept = [str(path) for path, _ in starter if str(path) not in made]
    here = "" if folder == Path() else f"cd {folder} && "
    reporter.message(
        f"made {len(made)} files in {folder.absolute()}"
        + (f", kept {', '.join(kept)}" if kept else "")
        + f"; next: {here}sitegen build && sitegen serve"
        + (f'; set cycle = "10m" under [build] of {config_path.name}' if there else "")
    )
    reporter.document({"folder": str(folder.absolute()), "made": made, "kept": kept})
    return 0


def _starter(config: str, ci: str | None) -> list[tuple[Path, bytes]]:
    """Return the files of a new site; one that a CI builds has its cycle."""
    found = [
        (path, source.read_bytes()) for path, source in _walk(files("sitegen.commands") / "starter", Path())
    ]
    return [
        (Path(config), body.replace(*_CYCLE) if ci else body)
        if path == Path("sitegen.toml")
        else (path, body)
        for path, body in found
    ]


def _workflow(ci: str, config: Path) -> bytes:
    """Return the workflow: with the state in the CI's cache where the site's first target is a branch. Raises ConfigError."""
    name = ci
    if config.exists() and _publishes_to_branch(config):
        if ci != "github":
            raise ConfigError(f"{config}: a `git` target is deployed to by GitHub's runners; use --ci github")
        name = "github-pages"
    body = (files("sitegen.commands") / "ci" / f"{name}.yml").read_bytes()
    return body.replace(b"@VERSION@", __version__.encode())


def _publishes_to_branch(config: Path) -> bool:
    from sitegen.config import load_config  # noqa: PLC0415 - `sitegen --help` must not wait for it

    targets = load_config(config, os.environ).deploy.targets.values()
    return next((target.git is not None for target in targets), False)


def _write(path: Path, body: bytes) -> bool:
    """Write a file that is not there yet; return whether it was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as target:
            target.write(body)
    except FileExistsError:
        return False
    return True


def _walk(folder: Traversable, below: Path) -> list[tuple[Path, Traversable]]:
    found: list[tuple[Path, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = below / _NAMES.get(entry.name, entry.name)
        found += _walk(entry, path) if entry.is_dir() else [(path, entry)]
    return found
