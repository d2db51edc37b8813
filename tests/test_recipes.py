"""The recipes of CONTRIBUTING.md are carried out, one after another, in a copy of the tree.

A recipe is a file in `tests/house/recipes/`: the files it adds, and what it inserts where.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent
RECIPES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((CHECKOUT / "tests" / "house" / "recipes").glob("*.toml"))
}
MOST = {"chart_kind": 5, "log_format": 2, "page": 4, "source": 4}
PROMISES = [
    "tests/test_architecture.py",
    "tests/test_house.py::test_functions_are_short",
    "tests/test_house.py::test_no_ten_lines_stand_twice",
    "tests/test_house.py::test_a_docstring_begins_as_its_field_would",
    "tests/pages/test_sitemap.py::test_a_page_changes_only_when_what_it_shows_did",
]
"""What the rest of the house expects of anything new, and a tool does not see."""

PLACEHOLDER = re.compile(r"<[a-z]+>")

each_recipe = pytest.mark.parametrize("name", RECIPES)


def touched(name: str) -> list[str]:
    return [file["path"] for file in RECIPES[name]["files"]]


def said(heading: str) -> set[str]:
    """The paths that a recipe's steps begin with in CONTRIBUTING.md."""
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE))


def carry_out(recipe: dict, tree: Path) -> None:
    made_by = set()
    for file in recipe["files"]:
        path = tree / file["path"]
        if "made_by" in file:
            made_by.add(file["made_by"])
        elif "text" in file:
            assert not path.exists(), f"{file['path']} is there already"
            path.write_text(file["text"], encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            for insertion in file.get("insertions", ()):
                text = insert(text, insertion, file["path"])
            path.write_text(text + file.get("append", ""), encoding="utf-8")
    for script in made_by:
        run(tree, sys.executable, script)


def insert(into: str, insertion: dict[str, str], path: str) -> str:
    """Insert a text before or after an anchor, which must stand in the file exactly once."""
    before, after = insertion.get("before", ""), insertion.get("after", "")
    found = into.count(before + after)
    assert found == 1, f"{path} has {before + after!r} {found} times"
    return into.replace(before + after, after + insertion["text"] + before)


def run(tree: Path, *command: str | Path) -> None:
    """Run a command on a tree, whose own package is imported and not the installed one."""
    environment = {"PYTHONPATH": str(tree), "PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(tree)}
    done = subprocess.run(command, check=False, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{Path(command[0]).name}: {done.stdout}{done.stderr}"


def contents(tree: Path) -> dict[str, bytes]:
    kept = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in kept
        if not path.relative_to(tree).parts[0].startswith(".")
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of what is under version control, with the types' cache: else they would take minutes to check."""
    tree = tmp_path_factory.mktemp("house") / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (CHECKOUT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, tree / name)
    for command in (["init", "-q"], ["add", "--all"]):  # other tests ask git what is a part of the house
        run(tree, "git", *command)
    if (CHECKOUT / ".mypy_cache").is_dir():
        shutil.copytree(CHECKOUT / ".mypy_cache", tree / ".mypy_cache")
    return tree


@pytest.fixture(scope="module")
def changed(tree) -> dict[str, set[str]]:
    """The files that each recipe has changed, as the trees themselves say."""
    changes = {}
    before = contents(tree)
    for name, recipe in RECIPES.items():
        carry_out(recipe, tree)
        after = contents(tree)
        changes[name] = {path for path in after if before.get(path) != after[path]}
        before = after
    return changes


def test_there_is_a_recipe_for_what_is_added_most():
    assert {name: recipe["most"] for name, recipe in RECIPES.items()} == MOST


@each_recipe
def test_a_recipe_changes_the_files_that_it_names_and_no_more(name, changed):
    assert changed[name] == set(touched(name))
    assert len(changed[name]) <= MOST[name]


@each_recipe
def test_contributing_names_every_file_of_a_recipe(name):
    steps = {re.sub(PLACEHOLDER, "<>", path) for path in said(RECIPES[name]["heading"])}

    own = RECIPES[name]["stands_for"]
    assert steps == {path.replace(own, "<>") if own else path for path in touched(name)}


@pytest.mark.timeout(300)
def test_the_tree_passes_every_check_with_all_recipes_carried_out(tree, changed):
    run(tree, TOOLS / "ruff", "format", "--check", ".")
    run(tree, TOOLS / "ruff", "check", ".")
    run(tree, TOOLS / "lint-imports", "--no-logo")
    run(tree, TOOLS / "mypy")


@pytest.mark.timeout(300)
def test_the_tests_of_all_recipes_pass(tree, changed):
    tests = {path for paths in changed.values() for path in paths if path.startswith("tests/")}
    run(tree, TOOLS / "pytest", "-q", "-n", "0", *sorted(tests), *PROMISES)
