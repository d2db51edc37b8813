"""The error tree, and the record of a fault of the world.

    SitegenError            1   failed; the published site is untouched
    ├── ConfigError         2   the configuration or the command line is wrong
    ├── GateError           3   a check found something; nothing is published
    ├── BusyError           5   another run holds the lock, or a newer deploy won
    └── RefusedError        6   a guard said no; nothing was touched

The number is the exit code. What the world does wrong (a server that is down, a
line that does not parse) is no exception: it is a `Problem` and travels as data.
"""

from typing import ClassVar

import msgspec

__all__ = ["BusyError", "ConfigError", "GateError", "Problem", "RefusedError", "SitegenError"]


class SitegenError(Exception):
    """A sentence for the user: what, where, and what to do. Ends the command."""

    exit_code: ClassVar[int] = 1


class ConfigError(SitegenError):
    """The configuration or the command line cannot be used."""

    exit_code = 2


class GateError(SitegenError):
    """Something must not become public: a leak, a script, a broken link, a budget."""

    exit_code = 3


class BusyError(SitegenError):
    """Another run is at work; this one leaves without touching anything."""

    exit_code = 5


class RefusedError(SitegenError):
    """A guard refused; the sentence names the flag that overrides it."""

    exit_code = 6


class Problem(msgspec.Struct, frozen=True, order=True):
    """A fault of the world as a value.

    `where` is a dotted place ("metrics.prometheus"), `message` a sentence that is
    already redacted and may be shown to the public.
    """

    where: str
    message: str
