"""How a panel names a metric of CloudWatch, its dimensions, and how each period is summed up.

    LogicalDisk % Free Space{instance="C:", "Cluster Name"="orders"} stat=Minimum

The name is all that stands before the last brace that opens pairs, or nothing, at the end. A
dimension's name stands in quotes where it holds `=`, `,`, a quote or a brace. In the namespace
AWS/CloudFront `Region="Global"` may be left out, and `stat` is Sum for counts (Requests,
BytesDownloaded, BytesUploaded) unless said; elsewhere it is Average. Statistics are
CloudWatch's: Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, TM(10%:90%).

Source: Amazon CloudWatch API Reference, Metric, Dimension and MetricStat; User Guide,
CloudWatch statistics definitions.
"""

import re

import msgspec

CLOUDFRONT = "AWS/CloudFront"
_COUNTS = ("Requests", "BytesDownloaded", "BytesUploaded")
_MOST_DIMENSIONS, _LONGEST, _LONGEST_VALUE = 30, 255, 1024
_STATISTIC = re.compile(r"(?<!\s)\s+stat=([^\s{}\"]*)\s*\Z")
_KNOWN = re.compile(
    r"Sum|Average|Minimum|Maximum|SampleCount|IQM|(?:p|tm|tc|ts|wm)(?:100|\d{1,2}(?:\.\d+)?)"
    r"|(?:TM|TC|TS|WM|PR)\((?:[\d.]+%?:[\d.]*%?|:[\d.]+%?)\)",
    re.ASCII | re.IGNORECASE,
)
_PAIR = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)+)"|([^\s="{},]+(?:\s+[^\s="{},]+)*))\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|\Z)',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class CloudWatchMetric(msgspec.Struct, frozen=True):
    """One metric of one namespace and the statistic wanted of it."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str


def parse_expression(expression: str, namespace: str = CLOUDFRONT) -> CloudWatchMetric:
    """Parse an expression as described at the top. Raises ValueError with a sentence.

    >>> parse_expression('4xxErrorRate{DistributionId="E1"}')
    CloudWatchMetric(namespace='AWS/CloudFront', name='4xxErrorRate',
                     dimensions={'DistributionId': 'E1', 'Region': 'Global'}, statistic='Average')
    """
    match = _STATISTIC.search(expression)
    selector, statistic = (expression[: match.start()], match[1]) if match else (expression, None)
    if statistic is not None and not _KNOWN.fullmatch(statistic):
        raise ValueError(
            f"{statistic[:80]!r} is no statistic of CloudWatch; write it like Average, p99 or TM(10%:90%)"
        )
    name, dimensions = _parse_selector(selector.strip())
    if namespace == CLOUDFRONT:
        dimensions.setdefault("Region", "Global")
        statistic = statistic or ("Sum" if name in _COUNTS else None)
    return CloudWatchMetric(namespace, name, dimensions, statistic or "Average")


def _parse_selector(text: str) -> tuple[str, dict[str, str]]:
    """Parse `name{pairs}` as a metric's name and its dimensions."""
    shown = repr(text[:80])
    if "{" not in text:
        return _check_name(text), {}
    # No name is longer than that, so nothing further right begins the pairs.
    opens = [at for at in range(min(len(text), _LONGEST + 1)) if text[at] == "{"] if text[-1] == "}" else []
    for at in reversed(opens):
        if (pairs := _parse_pairs(text[at + 1 : -1])) is not None:
            return _check_name(text[:at].rstrip()), _check_dimensions(pairs)
    raise ValueError(f'{shown} has a dimension that cannot be read; write it like name{{dimension="value"}}')


def _parse_pairs(inside: str) -> list[tuple[str, str]] | None:
    pairs, position = [], 0
    while inside[position:].strip():
        pair = _PAIR.match(inside, position)
        if pair is None:
            return None
        pairs.append((_ESCAPE.sub(r"\1", pair[1]) if pair[1] else pair[2], _ESCAPE.sub(r"\1", pair[3])))
        position = pair.end()
    return pairs


def _check_name(name: str) -> str:
    if not 0 < len(name) <= _LONGEST:
        raise ValueError(f"{name[:80]!r} is no metric's name, which has 1 to {_LONGEST} characters")
    return name


def _check_dimensions(pairs: list[tuple[str, str]]) -> dict[str, str]:
    dimensions = dict(pairs)
    if len(dimensions) < len(pairs) or len(pairs) > _MOST_DIMENSIONS:
        raise ValueError(f"a metric has at most {_MOST_DIMENSIONS} dimensions, each once")
    for name, value in pairs:
        if not (name.isascii() and name.strip() and name[0] != ":" and len(name) <= _LONGEST):
            raise ValueError(
                f"{name[:80]!r} is no dimension's name: ASCII without a colon in front, at most {_LONGEST}"
            )
        if not (value.isascii() and value.strip() and len(value) <= _LONGEST_VALUE):
            raise ValueError(
                f"{value[:80]!r} is no dimension's value: ASCII, not empty, at most {_LONGEST_VALUE}"
            )
    return dimensions
