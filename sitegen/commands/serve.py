"""`sitegen serve`: a look at the site on loopback."""

import os
import sys
from pathlib import Path

import click

from sitegen.commands.options import common_options, listening_options, option, output_option
from sitegen.commands.reporter import Reporter


@click.command("serve", epilog="Examples: sitegen serve; sitegen serve --port 8080 --no-build")
@common_options
@output_option
@listening_options
@option("--build/--no-build", "rebuilds", default=True, help="Build each cycle, or serve what is there.")
def command(
    *, config_path: Path, reporter: Reporter, output: Path | None, host: str, port: int, rebuilds: bool
) -> int:
    """Serve dist/ as production would, building anew each cycle; its access log is a log source."""
    from sitegen.config import load_config  # noqa: PLC0415 - `sitegen --help` must not wait for these
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.pipeline.gather.logs import access_log  # noqa: PLC0415
    from sitegen.server.preview import serve  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    dist = (output or config.site.output).absolute()
    rebuild = (
        [sys.executable, "-m", "sitegen", "build", "-c", str(config.path), "-o", str(dist)]
        if rebuilds
        else None
    )
    serve(
        dist,
        host=host,
        port=port,
        access_log=access_log(config.site.state),
        rebuild=rebuild,
        cycle=config.build.cycle,
        clock=SystemClock(),
        echo=reporter.message,
        base_url=config.site.base_url,
    )
    return 0
