"""Starts to watch the machine that builds; light, for a command starts it before a build's rooms are imported."""

from sitegen.concurrency.sampler import Sampler
from sitegen.config import Config
from sitegen.config.model import Host
from sitegen.instrumentation.clock import Clock
from sitegen.metrics.host_series import EVERY, Reading


def watch_host(config: Config, clock: Clock) -> Sampler[Reading] | None:
    """Start reading the machine where a source asks for that; its owner stops it.

    Return None where none does, and under a clock that stands still: nothing measured is published then.
    """
    if clock.fixed or not any(isinstance(source, Host) for source in config.metric_sources):
        return None
    from sitegen.metrics.host import Machine  # noqa: PLC0415 - psutil is loaded only where it is wanted

    machine, zero = Machine(config.site.state), clock.now() - clock.monotonic()
    # By the monotonic clock: wall time may be set while a build runs.
    return Sampler(lambda: machine.read(zero + clock.monotonic()), EVERY, clock)
