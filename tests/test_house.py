"""Promises about the tree itself: what lies where, what no file says, what the wheel carries."""

import ast
import importlib
import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))

TOP = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Containerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "cdk",
    "docs",
    "pyproject.toml",
    "requirements-bench.lock",
    "requirements-fuzz.lock",
    "requirements-build.lock",
    "requirements-dev.lock",
    "requirements.lock",
    "scripts",
    "sitegen",
    "tests",
    "themes",
}

# Imported by the modules that use them, and never by the command line itself: its start is a feature.
HEAVY = {"PIL", "boto3", "botocore", "markdown_it", "psutil", "pygments", "requests"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# In two pieces each, so that this file passes its own test.
UNWANTED = {
    "a debt": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b"),
    "a package registry's host": re.compile(
        "pypi" + r"\.org|python" + r"hosted\.org|registry" + r"\.npmjs|deb\." + "debian"
    ),
    "a path of one machine": re.compile("/work" + "/|/farm" + "/|/root" + "/|/tmp/" + "bash_"),
}


def tracked(*patterns: str) -> list[Path]:
    """The files under version control that match, as paths in the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout.decode()
    return [Path(name) for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def read(path: Path) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8", errors="replace")


def definitions(*kinds: type[ast.AST]) -> list[tuple[str, ast.AST]]:
    """Every definition of these kinds in the package, with its place."""
    return [
        (f"{path}:{node.lineno} {node.name}", node)
        for path in tracked("sitegen/*.py")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, kinds)
    ]


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


OWN_CODE = tracked("sitegen/*.py", "scripts/*.py")
MODULES = sorted(module_name(path) for path in tracked("sitegen/*.py"))
DOCUMENTS = [path for path in tracked("*.md") if len(path.parts) == 1]


def test_the_top_of_the_tree_holds_nothing_unexpected():
    assert {path.parts[0] for path in tracked()} <= TOP


@pytest.mark.parametrize("path", OWN_CODE, ids=str)
def test_a_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(read(path))), f"{path} has no docstring"


def test_functions_are_short():
    lengths = sorted(node.end_lineno - node.lineno + 1 for _, node in definitions(*FUNCTIONS))
    deciles = statistics.quantiles(lengths, n=10, method="inclusive")

    assert statistics.median(lengths) <= 8
    assert deciles[-1] <= 21
    assert [
        str(place) for place, node in definitions(*FUNCTIONS) if node.end_lineno - node.lineno >= 45
    ] == []


def test_a_docstring_begins_as_its_field_would():
    # Readers look for Return, Yield, Raise, Format, Parse: the house had words of its own for all of them.
    own = [
        place
        for place, node in definitions(*FUNCTIONS, ast.ClassDef)
        if re.match(r"(?:Give|Say|Tell)s?\b", ast.get_docstring(node) or "")
    ]
    assert own == []


def test_no_ten_lines_stand_twice():
    places = defaultdict(list)
    for path in tracked("sitegen/*.py"):
        lines = [
            (number, line.strip()) for number, line in enumerate(read(path).splitlines(), 1) if line.strip()
        ]
        for start in range(len(lines) - 9):
            run = tuple(text for _, text in lines[start : start + 10])
            places[run].append(f"{path}:{lines[start][0]}")

    assert [twice for twice in places.values() if len(twice) > 1] == []


@pytest.mark.parametrize("reason", UNWANTED)
def test_no_file_holds(reason):
    found = [
        f"{path}:{number}: {line.strip()[:90]}"
        for path in tracked()
        for number, line in enumerate(read(path).splitlines(), 1)
        if UNWANTED[reason].search(line)
    ]
    assert found == [], f"each line has {reason}"


def test_no_expression_repeats_a_group_possessively():
    # `(...)*+` keeps, up to Python 3.11.4, what the group took before it failed; `(?>(...)*)` does what is meant.
    repeats = [
        f"{path}:{number}"
        for path in tracked("sitegen/*.py")
        for number, line in enumerate(read(path).splitlines(), 1)
        if re.search(r"\)(?:[*+?]|\{[\d,]+\})\+", line) and not line.lstrip().startswith("#")
    ]
    assert repeats == []


def test_only_scripts_print():
    prints = [
        f"{path}:{node.lineno}"
        for path in tracked("sitegen/*.py")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_the_contract_of_imports_names_every_room_of_the_house():
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["type"] == "layers"]
    floors = {room for floor in contract["layers"] for room in re.split(r" [|:] ", floor)}

    assert floors == {name.split(".")[1] for name in MODULES if "." in name}


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_exists(name):
    module = importlib.import_module(name)

    missing = [offer for offer in getattr(module, "__all__", ()) if not hasattr(module, offer)]

    assert missing == []


def test_the_command_line_imports_nothing_heavy():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, sitegen.cli; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()

    assert "sitegen.cli" in loaded
    assert HEAVY & set(loaded) == set()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> list[Path]:
    """The wheel, built twice, with no network."""
    folders = [tmp_path_factory.mktemp("wheel") for _ in range(2)]
    for folder in folders:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=CHECKOUT,
            capture_output=True,
            check=True,
        )
    return [next(folder.glob("*.whl")) for folder in folders]


def test_the_wheel_carries_every_module_and_every_theme_file(wheels):
    with zipfile.ZipFile(wheels[0]) as wheel:
        carried = set(wheel.namelist())

    wanted = {str(path) for path in tracked("sitegen")} | {f"sitegen/{path}" for path in tracked("themes")}
    assert wanted - carried == set()
    assert any(name.startswith("sitegen/themes/terminal/") for name in carried)
    assert not any(name.startswith("tests/") for name in carried)


def test_the_wheel_is_the_same_byte_for_byte_each_time(wheels):
    first, second = (wheel.read_bytes() for wheel in wheels)
    assert first == second


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_names_only_targets_of_make_that_exist(document):
    targets = set(re.findall(r"^([a-z]+):", read(Path("Makefile")), re.MULTILINE))

    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", read(document), re.MULTILINE))

    assert named - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_links_only_to_files_that_exist(document):
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", read(document))

    missing = [link for link in links if not (CHECKOUT / document.parent / link).exists()]

    assert missing == []


def test_the_readme_shows_four_pictures_that_are_small_and_described():
    shown = re.findall(r"!\[([^\]]+)\]\((docs/images/[\w.-]+)\)", read(Path("README.md")))
    assert len(shown) == 4
    assert {Path(path) for _, path in shown} == set(tracked("docs/images/*"))
    for words, path in shown:
        assert len(words) > 40, path
        assert (CHECKOUT / path).stat().st_size <= 120_000, path
