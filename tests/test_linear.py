"""Every expression of the package takes time in proportion to its input: found in the modules, tried with what is hostile."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
import sitegen

METHODS = {"fullmatch", "match", "search", "sub", "finditer", "findall", "split"}
# Digits, dots, quotes, brackets, blanks, backslashes, and the beginnings of what expressions look for.
UNITS = (
    *"1.\"'([<{`aA_-/:=%&#@;, \t\n\\é",
    *("1.", "a.", "a=", "a:", "a ", '\\"', "a/", "::", "--", "](", "[a](", "<a ", "<a=", "<!--", "u(", "url( "),
    *("${", "{{ ", "{{a", '"\\', "https://", "<style>", "<title ", "a,", "&#", "-a", "0,", "<a b='", ' a="b",', "/* *"),
)  # fmt: skip
MOST = 2.2
NOTABLE = 0.005
"""CPU seconds below which a ratio says nothing; what is not linear takes far more."""


class Use(NamedTuple):
    """An expression, and a method of it that is called."""

    place: str
    pattern: re.Pattern
    method: str


def patterns_in(value: object) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(patterns_in, value.values()))
    elif isinstance(value, tuple | list | frozenset):
        yield from chain.from_iterable(map(patterns_in, value))


def named(node: ast.expr) -> str | None:
    """The variable behind `_NAME`, `_NAMES[form]`, `_NAMES[form][0]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def uses() -> Iterator[Use]:
    """All that is compiled in modules with the methods that are called there, and what stands in a call of `re`."""
    for info in pkgutil.walk_packages(sitegen.__path__, "sitegen."):
        if (
            info.name.startswith("sitegen.redaction") or info.name == "sitegen.__main__"
        ):  # it has a test of its own
            continue
        module = importlib.import_module(info.name)
        if module.__file__ is None:
            continue
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in METHODS]
        for name, value in vars(module).items():
            methods = {call.attr for call in calls if named(call.value) == name}
            for pattern in patterns_in(value):
                yield from (
                    Use(f"{info.name}.{name}", pattern, method) for method in sorted(methods) or ["search"]
                )
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                    args=[ast.Constant(value=text), *_],
                ) if method in METHODS:
                    yield Use(f"{info.name}:{node.lineno}", re.compile(text), method)


USES = list(dict.fromkeys(uses()))


def spend(use: Use, text: str) -> float:
    """The CPU seconds of one call."""
    subject = text.encode() if isinstance(use.pattern.pattern, bytes) else text
    began = time.thread_time()
    if use.method == "sub":
        use.pattern.sub(lambda match: match[0], subject)
    elif use.method == "finditer":
        for _ in use.pattern.finditer(subject):
            pass
    else:
        getattr(use.pattern, use.method)(subject)
    return time.thread_time() - began


def grows(use: Use, unit: str, length: int) -> bool:
    """Whether the double takes more than its share, each time that it is tried."""
    once = unit * (length // len(unit))
    for _ in range(4):
        twice = spend(use, 2 * once + "\x01")
        if twice < NOTABLE or twice <= MOST * spend(use, once + "\x01"):
            return False
    return True


@pytest.mark.parametrize(
    "length", [3_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.place} {use.method}")
def test_an_expression_is_linear(use: Use, length: int):
    assert [unit for unit in UNITS if grows(use, unit, length)] == []


def test_what_is_not_linear_is_seen():
    for pattern, unit in ((r"(.*?)(?:\s+stat=(\S+))?\s*", " "), (r"\d+\.?\d*", "1")):
        use = Use("", re.compile(pattern), "fullmatch")
        # One try that others on the machine disturb ends the look.
        assert any(grows(use, unit, 1_500) for _ in range(5)), pattern
    assert not grows(Use("", re.compile(r"\d+(?:\.\d*)?"), "fullmatch"), "1", 1_500)
    assert len(USES) > 60
