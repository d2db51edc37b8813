"""The section of logs: the ends of files are read in threads and parsed where they were read."""

from pathlib import Path

from sitegen.site.findings import LogFindings

__all__ = ["access_log", "gather_logs"]

_TAIL = 1_000_000
_KEPT = 500

Found = tuple[LogFindings, dict[str, int]]


def access_log(state: Path) -> Path:
    """Give where the preview server writes its access log."""
    return state / "log" / "access.jsonl"
