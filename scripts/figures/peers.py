"""What sitegen is compared with: other people's programs, in an environment of their own, made on first use."""

import subprocess
from pathlib import Path

__all__ = ["aws", "hugo"]

_CHECKOUT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = _CHECKOUT / ".venv-bench"
_PAGES = 40
"""About as many files as the starter's site has."""


def hugo(folder: Path) -> list[str]:
    """Return the command that builds a site of 40 pages with hugo, and write that site. Raises CalledProcessError."""
    _make()
    layout = "<!DOCTYPE html><title>{{ .Title }}</title><h1>{{ .Title }}</h1>{{ .Content }}"
    files = {"hugo.toml": 'baseURL = "/"\ntitle = "bench"\n'}
    for name in ("single", "list"):
        files[f"layouts/_default/{name}.html"] = layout
    for number in range(_PAGES):
        files[f"content/page{number}.md"] = f"---\ntitle: Page {number}\n---\n" + "Some *words*.\n\n" * 20
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    # The binary itself: the script of that name in bin/ starts a Python first.
    (binary,) = _ENVIRONMENT.glob("lib/python3*/site-packages/hugo/binaries/hugo")
    return [str(binary), "--source", str(folder), "--quiet"]


def aws() -> list[str]:
    """Return the command of the AWS command line. Raises CalledProcessError."""
    _make()
    return [str(_ENVIRONMENT / "bin" / "aws")]


def _make() -> None:
    subprocess.run([_CHECKOUT / "scripts" / "make-environment", "bench"], check=True)
