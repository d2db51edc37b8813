"""The arithmetic of availability, in one place for who draws it: uptime, objectives, status now. All pure."""

from sitegen.availability.counting import Counted, Counts
from sitegen.availability.slo import (
    BURN_WINDOWS,
    BurnRate,
    SloReport,
    burn_down,
    slo_from_counts,
    slo_from_intervals,
)
from sitegen.availability.status import current_status
from sitegen.availability.timeline import (
    clip,
    cycle_intervals,
    intervals_of,
    is_under_maintenance,
    merge,
    with_maintenance,
)
from sitegen.availability.uptime import UPTIME_WINDOWS, Incident, Uptime, days, incidents, uptime, uptimes

__all__ = [
    "BURN_WINDOWS", "UPTIME_WINDOWS", "BurnRate", "Counted", "Counts", "Incident", "SloReport", "Uptime", "burn_down", "clip",
    "current_status", "cycle_intervals", "days", "incidents", "intervals_of", "is_under_maintenance", "merge",
    "slo_from_counts", "slo_from_intervals", "uptime", "uptimes", "with_maintenance",
]  # fmt: skip
