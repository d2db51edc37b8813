"""What ARCHITECTURE.md says is so: its files and functions are there, its tree and stages are the code's."""

import re
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import grimp
import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "sitegen"
TEXT = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
REQUESTS = tomllib.loads((CHECKOUT / "tests" / "house" / "requests.toml").read_text(encoding="utf-8"))[
    "requests"
]


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def tree() -> dict[str, str]:
    """What stands beside each room and each module of the drawn tree, in its order."""
    (drawn,) = re.findall(r"```\nsitegen/\n(.*?)^themes/", TEXT, re.MULTILINE | re.DOTALL)
    entries: dict[str, str] = {}
    for line in drawn.splitlines():
        name, rest = re.fullmatch(r" {2}(\S*)\s+(.*)", line).groups()
        last = name or list(entries)[-1]
        entries[last] = f"{entries.get(last, '')} {rest}"
    return entries


def path_of(name: str) -> Path:
    """Where a path of the document lies: below the package, else at the top."""
    below = PACKAGE / name
    return below if below.exists() else CHECKOUT / name


@cache
def definitions(path: Path) -> set[str]:
    """The names that a module, or all modules of a folder, define."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    found = re.findall(r"^\s*(?:async def|def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", text, re.MULTILINE)
    return {defined or assigned for defined, assigned in found}


# What sitegen makes, and an example of a name.
ELSEWHERE = {"dist/", "noun/agent.py"}
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
PATHS = sorted(
    {word for word in CODE if re.fullmatch(r"\w+/(?:[\w/]*/)?(?:\w+\.(?:py|toml|css|mako|md))?", word)}
    - ELSEWHERE
)
MEMBERS = sorted({word for word in CODE if re.fullmatch(r"\w+(?:/\w+)+\.(?!py\b|css\b|mako\b)\w+", word)})
RECORDS = sorted({word for word in CODE if re.fullmatch(r"[A-Z][a-z]+[A-Za-z]*(?:\.\w+)?", word)})


def test_the_document_names_enough_to_be_tested():
    assert len(PATHS) > 40
    assert len(MEMBERS) > 8
    assert len(RECORDS) > 15


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_named_exists(path):
    assert path_of(path).exists()


@pytest.mark.parametrize("member", MEMBERS)
def test_a_function_stands_in_the_module_that_is_named(member):
    module, _, name = member.rpartition(".")
    assert name in definitions(PACKAGE / f"{module}.py")


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_that_is_named_exists(record):
    assert set(record.split(".")) - definitions(PACKAGE) == set()


def test_the_tree_shows_every_room_in_the_order_of_the_floors():
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["type"] == "layers"]
    floor_of = {room: floor for floor, rooms in enumerate(layers) for room in re.split(r" [|:] ", rooms)}
    shown = [name.removesuffix("/").removesuffix(".py") for name in tree()]

    assert set(shown) == set(floor_of)
    assert all(floor_of[upper] <= floor_of[lower] for upper, lower in pairwise(shown))


@pytest.mark.parametrize("room", tree())
def test_a_room_holds_the_files_that_the_tree_tells_of(room):
    told = set(re.findall(r"(\w+\.py|\w+/)(?!\w)", tree()[room]))
    there = (
        {path.name + "/" * path.is_dir() for path in (PACKAGE / room).rglob("*")}
        if room.endswith("/")
        else {room}
    )
    assert told - there == set()


def test_the_stages_are_those_that_a_build_runs_through():
    code = (PACKAGE / "pipeline" / "build.py").read_text(encoding="utf-8")
    assert [row[0] for row in rows("The sentence")] == re.findall(r'with stage\("(\w+)"\)', code)


def test_no_module_imports_itself_by_way_of_others():
    graph = grimp.build_graph("sitegen", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(list(TopologicalSorter(imports).static_order())) == len(imports)


def test_at_most_twelve_words_are_the_projects_own():
    assert 0 < len(rows("Words of its own")) <= 12


def test_there_are_twenty_requests():
    assert len({request["file"] for request in REQUESTS}) == len(REQUESTS) == 20


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["file"])
def test_a_request_leads_by_its_words_to_its_file(request_):
    words = [word.lower() for word in request_["words"]]
    found = [
        begins for change, begins in rows("Where to look") if all(word in change.lower() for word in words)
    ]

    assert all(word in request_["text"].lower() for word in words)
    assert [[f"sitegen/{path}" for path in re.findall("`([^`]+)`", cell)] for cell in found] == [
        [request_["file"]]
    ]
    assert (CHECKOUT / request_["file"]).is_file()


def test_where_to_look_names_files_that_are_there_each_once():
    named = [path for row in rows("Where to look") for path in re.findall("`([^`]+)`", row[1])]
    assert len(set(named)) == len(named) == len(rows("Where to look"))
    assert [path for path in named if not path_of(path).is_file()] == []
