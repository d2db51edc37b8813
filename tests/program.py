"""Running the program: in this process, where its words, codes and files are the subject, or in one of its own.

`run_here` costs a tenth of a start of Python. `run_apart` is for what only a process has:
its memory, its limits, its signals, its end, and for runs side by side.
"""

import asyncio
import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sitegen import cli


@dataclass(frozen=True)
class Outcome:
    """How a run of the program ended."""

    code: int
    stdout: str
    stderr: str


Runner = Callable[..., Outcome]


def clean_environment(home: Path) -> dict[str, str]:
    """Only what a timer's environment has, no way to AWS' instance metadata, and the package that is being tested."""
    package = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    return package | {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run_here(*arguments: str | Path, cwd: Path, env: Mapping[str, str], stdin: str = "") -> Outcome:
    """Run `sitegen ARGUMENTS` as a call, with this folder, this environment and standard streams of its own."""
    words = [str(argument) for argument in arguments]
    # As a process has them: what is printed must be UTF-8 whatever the data was; complaints are never lost.
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, write_through=True)
        for errors in ("strict", "backslashreplace")
    ]
    with (
        _placed(cwd, env),
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        patch.setattr(sys, "argv", ["sitegen", *words])
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        code = _call(words)
    said = [stream.buffer.getvalue().decode() for stream in streams]
    return Outcome(code, *said)


def _call(words: list[str]) -> int:
    """Do as `python -m sitegen` does; in another thread where a browser's event loop has this one."""
    if asyncio.events._get_running_loop() is not None:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_call, words).result()
    try:
        return cli.run(words)
    except Exception as error:
        return cli.report_bug(error)


def run_apart(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str], stdin: str = "", timeout: float = 60
) -> Outcome:
    """Run `python -m sitegen ARGUMENTS` to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "sitegen", *map(str, arguments)],
        cwd=cwd,
        env=dict(env),
        input=stdin.encode(),
        capture_output=True,
        check=False,
        timeout=timeout,
    )
    # Strictly: what is printed must be UTF-8 whatever the data was.
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextlib.contextmanager
def _placed(cwd: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Be in this folder, with these variables and no others, while the context lasts."""
    folder, variables = Path.cwd(), dict(os.environ)
    os.chdir(cwd)
    _replace_environment(env)
    try:
        yield
    finally:
        _replace_environment(variables)
        os.chdir(folder)


def _replace_environment(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
