"""`sitegen demo`: a full site of a shop that does not exist."""

import sys
from pathlib import Path

import click

from sitegen.commands.options import common_options, instant, listening_options, option
from sitegen.commands.reporter import Reporter
from sitegen.errors import RefusedError, SitegenError
from sitegen.instrumentation.records import BuildRecord

_RECORDING = "demo.recording"


@click.command(
    "demo",
    epilog="Examples: sitegen demo; sitegen demo shop --port 8080; sitegen demo --no-serve --clock 2026-11-24T02:04:30Z",
)
@common_options
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path("demo")
)
@option("--serve/--no-serve", "serves", default=True, help="Serve it, made anew each cycle, or only make it.")
@listening_options
@option("--seed", type=int, default=1, show_default=True, help="Another seed is another shop.")
@option(
    "--clock",
    "clock_at",
    metavar="RFC3339",
    type=instant,
    help="Stand the clock still, for a demonstration that is always the same.",
)
def command(
    *, config_path: Path, reporter: Reporter, folder: Path, serves: bool, host: str, port: int, seed: int,
    clock_at: float | None,
) -> int:  # fmt: skip
    """Make a full site in DIR (default: demo) from the simulation of a small shop, and serve it.

    DIR/demo.recording has what was simulated, for `sitegen build --replay`; DIR/dist is the site.
    """
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.pipeline.report import summarise  # noqa: PLC0415
    from sitegen.server.preview import serve  # noqa: PLC0415

    del config_path  # a demonstration has none
    folder = folder.absolute()
    _claim(folder)
    done = _make(folder, seed, SystemClock().now() if clock_at is None else clock_at)
    reporter.message(f"simulated a shop and built {done.files_total} files of it -> {folder / 'dist'}")
    reporter.document(summarise(done))
    if serves:
        again = [sys.executable, "-m", "sitegen", "demo", str(folder), "--no-serve", "--seed", str(seed)]
        serve(
            folder / "dist",
            host=host,
            port=port,
            access_log=folder / "access.jsonl",
            rebuild=again if clock_at is None else None,
            cycle=30.0,
            clock=SystemClock(),
            echo=reporter.message,
        )
    return 0


def _claim(folder: Path) -> None:
    """Make the folder. Raises RefusedError for one that is in use and holds no demonstration, SitegenError where it cannot be made."""
    from sitegen.pipeline.recording import is_recording  # noqa: PLC0415 - as above

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()) or is_recording(folder / _RECORDING):
            return
    except OSError as error:
        raise SitegenError(
            f"{folder} cannot be used ({error.strerror}); choose a folder of your own"
        ) from None
    raise RefusedError(
        f"{folder} is not empty and holds no demonstration, so nothing was written there; "
        "name a new folder, like `sitegen demo shop`"
    )


def _make(folder: Path, seed: int, now: float) -> BuildRecord:
    """Record the simulation, and build its site. Raises SitegenError as a build does."""
    from sitegen.config.schema import Site  # noqa: PLC0415 - as above
    from sitegen.pipeline.build import Options, replay  # noqa: PLC0415
    from sitegen.pipeline.recording import PublicSite, Recording, write_recording  # noqa: PLC0415
    from sitegen.simulation.site import DESCRIPTION, OVERVIEW, TITLE, simulate  # noqa: PLC0415

    site = PublicSite.of(Site(title=TITLE, description=DESCRIPTION, mode="auto"))
    write_recording(folder / _RECORDING, Recording(site, simulate(seed, now), OVERVIEW))
    options = Options(folder / "dist", state=folder / ".sitegen")
    return replay(folder / _RECORDING, None, options, lambda _: None)
