"""Kinds of values on the command line, with the sentences of the configuration."""

import click

from sitegen.units import parse_duration, parse_rfc3339

__all__ = ["DURATION", "INSTANT"]


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds <= 0:
            self.fail(f"{value!r} must be more than zero", param, ctx)
        return seconds


class _Instant(click.ParamType[float]):
    name = "rfc3339"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return parse_rfc3339(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = _Duration()
INSTANT = _Instant()
