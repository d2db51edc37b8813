"""sitegen: live telemetry in, a static site out. ARCHITECTURE.md shows the house."""

__version__ = "0.1.0"
