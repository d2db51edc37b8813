"""sitegen's own log: JSON lines in `.sitegen/log/sitegen.jsonl`, read back by the Log Parser.

{"time":"2026-11-23T07:43:30.412Z","level":"info","service":"sitegen","message":"built 61 files, 3 changed"}
"""

import os
from pathlib import Path

import msgspec

from sitegen.instrumentation.clock import Clock
from sitegen.redaction import Redactor, visible
from sitegen.units import rfc3339

__all__ = ["Journal", "append_rotating"]

_KEEP_BYTES = 5_000_000


class Journal:
    """Appends redacted lines; at 5 MB the file becomes `.1` and a new one begins."""

    def __init__(self, path: Path, clock: Clock, redactor: Redactor) -> None:
        self.path = path
        self._clock = clock
        self._redactor = redactor

    def write(self, level: str, message: str, **fields: str | float | None) -> None:
        """Append one line. A log that cannot be written is no reason to fail the build it describes."""
        line = {
            "time": rfc3339(self._clock.now(), digits=3),
            "level": level,
            "service": "sitegen",
            "message": self._clean(message),
        }
        line |= {
            key: self._clean(value) if isinstance(value, str) else value  # type: ignore[misc]
            for key, value in fields.items()
            if value is not None
        }
        try:
            append_rotating(self.path, msgspec.json.encode(line) + b"\n", _KEEP_BYTES)
        except OSError:
            return

    def _clean(self, text: str) -> str:
        # Visible characters only, so that a line is a line in every tool and always encodes.
        return visible(self._redactor.text(text))


def append_rotating(path: Path, line: bytes, limit: int) -> None:
    """Append a line; a file that is longer than `limit` bytes by it becomes `<name>.1`. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        # One write with O_APPEND: lines of two processes never mix.
        os.write(handle, line)
        full = os.fstat(handle).st_size > limit
    finally:
        os.close(handle)
    if full:
        path.replace(path.with_name(f"{path.name}.1"))
