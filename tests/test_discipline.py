"""Promises about the tests themselves."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import CHECKOUT
from tests.signals import default_signals, in_background

TESTS = CHECKOUT / "tests"
FILES = sorted(path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts)

# Files that compare wall time, each with what of it is its subject, mostly a deadline. Margins are wide: they tell an end from none.
DEADLINES = {
    "acceptance/test_host.py": "the least that a first build gathers",
    "acceptance/test_faults.py": "the deadline of a build, whatever fault it meets",
    "acceptance/test_limits.py": "the deadline of a build, of which one slow answer takes no more than its share",
    "acceptance/test_runaways.py": "the deadline of a build, whatever it does",
    "acceptance/test_probes.py": "the end of gathering, beyond which no probe keeps a build",
    "deployment/test_copies.py": "the deadline of a deploy, whatever a copy does",
    "http/test_faults.py": "the deadline of a request",
    "instrumentation/test_clock.py": "the machine's clock itself, which is the true time within seconds",
    "pipeline/test_build.py": "the share of a build that its stages account for, however long it takes",
    "redaction/test_linear.py": "the processor's time for twice the text, which is what linear means",
    "waiting.py": "the time after which waiting for something is given up",
}

CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"}
MEASURED = {"elapsed", "took", "duration_seconds", "duration_ms"}
REDUCERS = {"abs", "float", "int", "max", "min", "round", "sum"}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def reads_a_clock(node: ast.AST) -> bool:
    """Tell whether it is `time.monotonic()` or one of its kind."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "time"
    )


def times_of(tree: ast.AST) -> set[str]:
    """Names that hold what a clock said, or what was reckoned from it; functions that return it."""
    known, before = set(MEASURED), None
    while known != before:
        before = set(known)
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=targets, value=value) if is_time(value, known):
                    known |= set().union(*map(bound_by, targets))
                case ast.AugAssign(target=target, value=value) if is_time(value, known):
                    known |= bound_by(target)
                case ast.FunctionDef(name=name) if any(
                    isinstance(one, ast.Return) and one.value and is_time(one.value, known)
                    for one in ast.walk(node)
                ):
                    known.add(name)
    return known


def bound_by(target: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)} | (
        {target.attr} if isinstance(target, ast.Attribute) else set()
    )


def is_time(node: ast.AST, known: set[str]) -> bool:
    """Tell whether an expression is a time that was measured, or a record with one."""
    match node:
        case ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str(name))) if name in known:
            return True
        case ast.Attribute(attr=name, value=value):
            return name in known or is_time(value, known)
        case ast.BinOp(left=left, right=right):
            return is_time(left, known) or is_time(right, known)
        case ast.UnaryOp(operand=operand):
            return is_time(operand, known)
        case ast.Tuple(elts=parts):
            return any(is_time(part, known) for part in parts)
        case ast.Call(func=ast.Name(id=name), args=parts) if name in REDUCERS or name[0].isupper():
            return any(is_time(part, known) for part in parts)
        case ast.Call(func=function):
            return reads_a_clock(node) or (
                isinstance(function, ast.Name | ast.Attribute) and is_time(function, known)
            )
    return False


def compared_times(source: str) -> list[int]:
    """The lines on which a time that was measured is compared by size, but with zero."""
    tree = ast.parse(source)
    known = times_of(tree)
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ORDER) for operator in node.ops)
        and any(is_time(side, known) for side in (node.left, *node.comparators))
        and not any(isinstance(side, ast.Constant) and side.value == 0 for side in node.comparators)
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_compares_wall_time_but_those_of_a_deadline(path: Path):
    name = str(path.relative_to(TESTS))
    lines = compared_times(path.read_text(encoding="utf-8"))
    assert bool(lines) == (name in DEADLINES), f"{name}: lines {lines}"


# --- Signals ------------------------------------------------------------------

SENT = re.compile(r"\bsignal\.SIG(?:INT|TERM|HUP)\b")
SAFE_START = re.compile(r"default_signals|in_background|site\.start\(")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_who_sends_signals_starts_children_that_hear_them(path: Path):
    source = path.read_text(encoding="utf-8")
    assert not SENT.search(source) or SAFE_START.search(source)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_child_hears_what_its_parent_in_the_background_ignores(number):
    with in_background(), default_signals():
        child = subprocess.Popen(["sleep", "100"])
    with child:
        child.send_signal(number)
        assert child.wait(30) == -number


def test_a_suite_in_the_background_ends():
    alone = f"{sys.executable} -m pytest -n 0 -q -k signal tests/server/test_preview.py"
    done = subprocess.run(
        ["sh", "-c", f"trap '' INT HUP; exec {alone}"],
        cwd=CHECKOUT,
        env=os.environ,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


# --- The page that tells which helper to use --------------------------------------

ROWS = re.findall(
    r"^\|(.+)\|(.+)\| `([\w/.]+)` \|$", (TESTS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.mark.parametrize(("purpose", "helpers", "file"), ROWS, ids=lambda text: text.strip())
def test_each_helper_that_the_page_names_is_defined_where_it_says(purpose, helpers, file):
    defined = {
        node.name
        for node in ast.parse((TESTS / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    named = set(re.findall(r"`(\w+)`", helpers))
    assert named
    assert named <= defined


def test_the_page_has_a_row_for_each_of_its_lines():
    lines = [
        line for line in (TESTS / "README.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    assert len(ROWS) == len(lines) - 2
