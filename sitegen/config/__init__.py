"""sitegen.toml -> a frozen Config: every default and every check, once."""

from sitegen.config.loader import load_config
from sitegen.config.model import Config, MetricSource
from sitegen.config.schema import LogSource, Site, TraceSource

__all__ = ["Config", "LogSource", "MetricSource", "Site", "TraceSource", "load_config"]
