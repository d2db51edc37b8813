"""`sitegen state`: carry what the next build needs to machines that start empty."""

import os
from pathlib import Path

import click

from sitegen.commands.options import common_options
from sitegen.commands.reporter import Reporter
from sitegen.commands.sending import Given, which_target


@click.command(
    "state",
    epilog="Example, on a CI runner: sitegen state pull && sitegen build && sitegen deploy; sitegen state push",
)
@common_options
@click.argument("what", type=click.Choice(["pull", "push"]))
@which_target
def command(*, config_path: Path, reporter: Reporter, what: str, given: Given) -> int:
    """Fetch the state from an S3 target, or store it there, below `_sitegen/`; never over what somebody else stored."""
    # What this needs is imported here: `sitegen --help` must not wait for it.
    from sitegen.config import load_config  # noqa: PLC0415
    from sitegen.deployment.carrying import Carrier  # noqa: PLC0415
    from sitegen.instrumentation.clock import SystemClock  # noqa: PLC0415
    from sitegen.units import format_bytes  # noqa: PLC0415

    config = load_config(config_path, os.environ)
    chosen = given.choose(list(config.deploy.targets.values()), config_path)
    site = config.site.base_url or config.site.title
    carrier = Carrier(chosen, config.site.state, site, SystemClock().now())
    size = carrier.pull() if what == "pull" else carrier.push()
    done = {"pull": "pulled", "push": "pushed"}[what]
    if size is None:
        reporter.message(f"there is no state at {carrier.place} yet; the first build starts one")
    else:
        reporter.message(
            f"{done} {carrier.place}: " + (format_bytes(size) if size else "it was here already")
        )
    reporter.document({"place": carrier.place, "bytes": size})
    return 0
