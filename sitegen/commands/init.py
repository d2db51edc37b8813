"""`sitegen init`: a site that builds at once."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from sitegen.errors import SitegenError

__all__ = ["command"]

_NAMES = {"gitignore": ".gitignore"}


@click.command("init", epilog="Example: sitegen init mysite && cd mysite && sitegen build && sitegen serve")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(folder: Path) -> int:
    """Scaffold a site in DIR (default: here). What is there already is never overwritten."""
    starter = list(_walk(files("sitegen.commands") / "starter", Path()))
    existing = [str(folder / path) for path, _ in starter if (folder / path).exists()]
    if existing:
        raise SitegenError(
            f"{existing[0]} is there already, and nothing is ever overwritten; choose another folder, like `sitegen init mysite`"
        )
    try:
        for path, source in starter:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("xb") as target:
                target.write(source.read_bytes())
    except OSError as error:
        raise SitegenError(
            f"{folder} cannot be written ({error.strerror}); choose a folder of your own"
        ) from error
    here = "" if folder == Path() else f"cd {folder} && "
    click.echo(
        f"made {len(starter)} files in {folder.absolute()}; next: {here}sitegen build && sitegen serve"
    )
    return 0


def _walk(folder: Traversable, below: Path) -> list[tuple[Path, Traversable]]:
    found: list[tuple[Path, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = below / _NAMES.get(entry.name, entry.name)
        found += _walk(entry, path) if entry.is_dir() else [(path, entry)]
    return found
