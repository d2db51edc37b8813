"""sitegen's own log: JSON lines in `.sitegen/log/sitegen.jsonl`, read back by the Log Parser.

{"time":"2026-11-23T07:43:30.412Z","level":"warn","service":"sitegen",
 "message":"metrics.shop: shop refuses connections at 10.0.0.7:9090; start it", "notice":"shop does not answer"}

The message is for operators; visitors read the notice of a line, and no line without one.
"""

import errno
import os
from pathlib import Path

import msgspec

from sitegen.errors import Problem
from sitegen.instrumentation.clock import Clock
from sitegen.redaction import Redactor, visible
from sitegen.units import rfc3339

NOTICE = "notice"
"""The key of what visitors read."""

_KEEP_BYTES = 5_000_000


class Journal:
    """Appends redacted lines; at 5 MB the file becomes `.1` and a new one begins."""

    def __init__(self, path: Path, clock: Clock, redactor: Redactor) -> None:
        self.path = path
        self._clock = clock
        self._redactor = redactor
        self.problems: tuple[Problem, ...] = ()

    def write(
        self,
        level: str,
        message: str,
        notice: str | None = None,
        *,
        at: float | None = None,
        **fields: str | float | None,
    ) -> None:
        """Append one line, of now or of an instant `at` in POSIX seconds, with what visitors read of it.

        A log that cannot be written is no reason to fail the build it describes: that is kept in `problems`.
        """
        line = {
            "time": rfc3339(self._clock.now() if at is None else at, digits=3),
            "level": level,
            "service": "sitegen",
            "message": self._clean(message),
        }
        fields = {NOTICE: notice, **fields}
        line |= {
            key: self._clean(value) if isinstance(value, str) else value  # type: ignore[misc]
            for key, value in fields.items()
            if value is not None
        }
        try:
            append_rotating(self.path, msgspec.json.encode(line) + b"\n", _KEEP_BYTES)
        except OSError as error:
            said = f"{self.path} cannot be written ({error.strerror}); lines of this build are missing there"
            self.problems = (Problem("state.log", said, "could not be written"),)

    def _clean(self, text: str) -> str:
        # Visible characters only, so that a line is a line in every tool and always encodes.
        return visible(self._redactor.text(text))


def append_rotating(path: Path, line: bytes, limit: int) -> None:
    """Append a line; a file that is longer than `limit` bytes by it becomes `<name>.1`. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o644)
    try:
        # One write with O_APPEND: lines of two processes never mix.
        if os.write(handle, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        full = os.fstat(handle).st_size > limit
    finally:
        os.close(handle)
    if full:
        path.replace(path.with_name(f"{path.name}.1"))
