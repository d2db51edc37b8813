"""The error tree, and the record of a fault of the world.

    SitegenError            1   failed; the published site is untouched
    ├── ConfigError         2   the configuration or the command line is wrong
    ├── GateError           3   a check found something; nothing is published
    ├── BusyError           5   another run holds the lock, or a newer deploy won
    └── RefusedError        6   a guard said no; nothing was touched

The number is the exit code. What the world does wrong (a server that is down, a
line that does not parse) is no exception: it is a `Problem` and travels as data.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

import msgspec


class SitegenError(Exception):
    """A sentence for the user: what, where, and what to do. Ends the command.

    `report` is what `--format json` prints of it, where there is more to tell than the sentence. `reason` is its class
    in a word or two, which may become public; `remedy` are the words after `sitegen` that let the refused pass.
    """

    exit_code: ClassVar[int] = 1
    report: object = None
    reason: str = "failed"
    remedy: tuple[str, ...] = ()


class ConfigError(SitegenError):
    """The configuration or the command line cannot be used."""

    exit_code = 2
    reason = "configuration"


class GateError(SitegenError):
    """Something must not become public: a leak, a script, a broken link, a budget."""

    exit_code = 3
    reason = "gate"
    remedy = ("build",)


class BusyError(SitegenError):
    """Another run is at work; this one leaves without touching anything."""

    exit_code = 5
    reason = "busy"


class RefusedError(SitegenError):
    """A guard refused; the sentence names the flag that overrides it."""

    exit_code = 6
    reason = "refused"

    @classmethod
    def of(cls, reason: str, sentence: str, *remedy: str) -> "RefusedError":
        """Return the error of the guard that is called `reason`."""
        error = cls(sentence)
        error.reason, error.remedy = reason, remedy
        return error


class Reason(StrEnum):
    """The ten classes of what keeps an answer away: what visitors read after a source's name."""

    SILENT = "does not answer"
    LATE = "does not answer in time"
    UNTRUSTED = "cannot be trusted"
    LOCKED = "refuses access"
    REFUSES = "refuses the query"
    FAILS = "answers with an error"
    UNUSABLE = "sends an answer that cannot be used"
    PARTIAL = "did not answer in full"
    CLOCK = "does not agree on the time"
    NOT_ASKED = "was not asked"


_UNTOLD = "has a problem"


class Notice(msgspec.Struct, frozen=True, order=True):
    """What visitors read of a fault: `where` as in a `Problem`, and what the place that it names last does.

    >>> Notice("metrics.shop", Reason.SILENT).text
    'shop does not answer'

    Neither has an address, a path, a key, advice or a server's own words. Pages, feeds and recordings have
    this of a fault and nothing else.
    """

    where: str
    reason: str = _UNTOLD

    @property
    def text(self) -> str:
        """The whole sentence."""
        section, _, name = self.where.partition(".")
        return f"{name or section} {self.reason}"

    @property
    def problem(self) -> "Problem":
        """The same for operators, who know no more of it: it was recorded elsewhere."""
        return Problem(self.where, self.text, self.reason)


class Problem(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """A fault of the world as a value.

    `where` is a dotted place whose last name is public ("metrics.prometheus"), `message` a redacted
    sentence for operators, who read it in the report, the log and `status`: it may name addresses, paths
    and keys. `reason` is what visitors read instead, a `Reason` where a source is at fault.
    """

    where: str
    message: str
    reason: str = _UNTOLD

    def __post_init__(self) -> None:
        """Make text of a name that is not UTF-8: every report, page and database takes it then."""
        for name in ("where", "message"):
            text = getattr(self, name)
            if not text.isascii():
                msgspec.structs.force_setattr(
                    self, name, text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
                )

    @property
    def notice(self) -> Notice:
        """What visitors read of it."""
        return Notice(self.where, self.reason)


def notices_of(problems: Iterable[Problem]) -> tuple[Notice, ...]:
    """Return what visitors read of faults, each once."""
    return tuple(dict.fromkeys(problem.notice for problem in problems))
