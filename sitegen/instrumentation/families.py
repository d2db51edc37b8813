"""Metrics on their way out, as families of samples; `feeds/openmetrics.py` writes them."""

from enum import StrEnum

import msgspec


class MetricKind(StrEnum):
    """The types of OpenMetrics that sitegen has a use for."""

    GAUGE = "gauge"
    COUNTER = "counter"


class Sample(msgspec.Struct, frozen=True):
    """One value of a family."""

    value: float
    labels: dict[str, str] = {}


class MetricFamily(msgspec.Struct, frozen=True):
    """A metric with all its samples, one for each set of labels.

    The name has no `_total`: the writers add it. It ends in `_` and the
    unit where there is one.
    """

    name: str
    kind: MetricKind
    help: str
    samples: tuple[Sample, ...]
    unit: str = ""

    @property
    def sample_name(self) -> str:
        """The name that its samples carry."""
        return f"{self.name}_total" if self.kind is MetricKind.COUNTER else self.name
