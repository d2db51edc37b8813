"""sitegen.toml -> a frozen Config: every default and every check, once."""

from sitegen.config.loader import load_config
from sitegen.config.model import (
    Build,
    Config,
    Deploy,
    LogSource,
    MetricSource,
    Redaction,
    SectionWidths,
    Site,
    TraceSource,
)

__all__ = [
    "Build", "Config", "Deploy", "LogSource", "MetricSource", "Redaction", "SectionWidths", "Site", "TraceSource",
    "load_config",
]  # fmt: skip
