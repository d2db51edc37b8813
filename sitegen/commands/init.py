"""`sitegen init`: a site that builds at once."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from sitegen.commands.options import common_options
from sitegen.commands.reporter import Reporter
from sitegen.errors import SitegenError

__all__ = ["command"]

_NAMES = {"gitignore": ".gitignore"}


@click.command("init", epilog="Example: sitegen init mysite && cd mysite && sitegen build && sitegen serve")
@common_options
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(*, config_path: Path, reporter: Reporter, folder: Path) -> int:
    """Scaffold a site in DIR (default: here). What is there already is kept, never overwritten."""
    if (folder / config_path.name).exists():
        raise SitegenError(
            f"{folder / config_path.name} is there already, and nothing is ever overwritten; "
            "choose another folder, like `sitegen init mysite`"
        )
    starter = [
        (config_path.name if path == Path("sitegen.toml") else path, source)
        for path, source in _walk(files("sitegen.commands") / "starter", Path())
    ]
    try:
        made = [str(path) for path, source in starter if _write(folder / path, source.read_bytes())]
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
    )
    reporter.document({"version": 1, "folder": str(folder.absolute()), "made": made, "kept": kept})
    return 0


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
