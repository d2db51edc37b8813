"""sitegen.toml -> a frozen Config: every default and every check, once."""

from sitegen.config.loader import load_config, load_schedule
from sitegen.config.model import Config, MetricSource
from sitegen.config.resolution import fault_of_output
from sitegen.config.schema import LogSource, Site, TraceSource

__all__ = [
    "Config",
    "LogSource",
    "MetricSource",
    "Site",
    "TraceSource",
    "fault_of_output",
    "load_config",
    "load_schedule",
]
