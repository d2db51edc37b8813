"""Promises about the environments: what each lock holds, and which Pythons are claimed."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
PROGRAM = PROJECT["project"]["dependencies"]
GROUPS = PROJECT["dependency-groups"]
LOCKS = sorted(path.name for path in CHECKOUT.glob("requirements*.lock"))
BESIDE_THE_PROGRAM = ("requirements-build.lock", "requirements-dev.lock")


def locked(name: str) -> list[tuple[Requirement, int]]:
    r"""Each requirement of a lock with its number of hashes, as in `six==1.17.0 \` and `--hash=sha256:...`."""
    found = []
    for block in re.split(r"\n(?=\w)", (CHECKOUT / name).read_text(encoding="utf-8")):
        requirement, *hashes = block.replace("\\\n", "").split("--hash=sha256:")
        found.append((Requirement(requirement.strip()), len(hashes)))
    return found


def versions(*names: str) -> dict[str, str]:
    """The locked version of each package that belongs on this system."""
    return {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for name in names
        for requirement, _ in locked(name)
        if not requirement.marker or requirement.marker.evaluate()
    }


def closure(asked: Iterable[str]) -> set[str]:
    """The names of what is asked for and of all that needs, as the installed packages tell it."""
    found: set[tuple[str, str]] = set()
    open_ends = [(Requirement(text), "") for text in asked]
    while open_ends:
        requirement, extra = open_ends.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in {"", *requirement.extras}:
            name = canonicalize_name(requirement.name)
            if (name, wanted) not in found:
                found.add((name, wanted))
                needed = importlib.metadata.requires(name) or []
                open_ends.extend((Requirement(text), wanted) for text in needed)
    return {name for name, _ in found}


def test_there_is_a_lock_for_the_program_and_one_for_each_group():
    assert sorted(["requirements.lock", *(f"requirements-{group}.lock" for group in GROUPS)]) == LOCKS


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(name):
    wrong = [
        str(requirement)
        for requirement, hashes in locked(name)
        if not hashes or not re.fullmatch(r"==[^,*]+", str(requirement.specifier))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [("requirements.lock", PROGRAM), *((f"requirements-{group}.lock", GROUPS[group]) for group in GROUPS)],
    ids=LOCKS[-1:] + list(GROUPS),
)
def test_a_lock_holds_a_fitting_version_of_everything_that_is_asked_for(name, asked):
    held = versions(name)

    for requirement in map(Requirement, asked):
        if not requirement.marker or requirement.marker.evaluate():
            assert requirement.specifier.contains(held[canonicalize_name(requirement.name)]), requirement


def test_the_programs_lock_holds_what_the_program_needs_and_nothing_else():
    assert set(versions("requirements.lock")) == closure(PROGRAM)


def test_the_locks_beside_the_programs_repeat_nothing_and_complete_it():
    program, build, dev = (set(versions(name)) for name in ("requirements.lock", *BESIDE_THE_PROGRAM))

    assert build == closure(GROUPS["build"])
    assert (program & build, program & dev, build & dev) == (set(), set(), set())
    assert closure(GROUPS["dev"]) <= program | build | dev


def test_the_tests_run_with_the_locked_versions():
    wanted = versions("requirements.lock", *BESIDE_THE_PROGRAM)

    assert {name: importlib.metadata.version(name) for name in wanted} == wanted


def claimed_pythons() -> list[str]:
    """The versions that the classifiers name, such as 3.11."""
    return [
        classifier.rpartition(" ")[2]
        for classifier in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", classifier)
    ]


def test_no_more_pythons_are_claimed_than_the_checks_run_on():
    # .ci/run takes two: the newest of the machine, and Debian's own.
    oldest, *newer = claimed_pythons()

    assert (
        PROJECT["project"]["requires-python"]
        == f">={oldest}"
        == f">={PROJECT['tool']['mypy']['python_version']}"
    )
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert len(newer) <= 1


def test_the_python_chosen_for_a_new_environment_is_the_newest_on_the_path(tmp_path):
    for name, version in {"python3": (3, 11, 2), "python3.13": (3, 13, 0), "python3.12": (3, 12, 9)}.items():
        stand_in(tmp_path / name, version)

    chosen = find_python(tmp_path)

    assert chosen.stdout.strip() == str(tmp_path / "python3.13")


def test_a_machine_whose_python_is_too_old_is_told_what_to_install(tmp_path):
    stand_in(tmp_path / "python3", (3, 9, 2))

    chosen = find_python(tmp_path)

    assert chosen.returncode == 1
    assert "apt-get install python3" in chosen.stderr
    assert chosen.stdout == ""


def stand_in(path: Path, version: tuple[int, int, int]) -> None:
    """Write an executable that runs this Python, which then takes itself for another version."""
    path.write_text(
        f"#!{sys.executable}\nimport sys, types\n"
        f"found = type('V', (tuple,), {{'releaselevel': 'final'}})({version!r})\n"
        "fake = types.SimpleNamespace(version_info=found, argv=['-c', *sys.argv[4:]])\n"
        "sys.modules['sys'] = fake\n"
        "exec(sys.argv[3])\n",
        encoding="utf-8",
    )
    path.chmod(0o755)


def find_python(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the script where this folder is all there is, with the tools that it uses and no pyenv."""
    for tool in ("sort", "head"):
        (path / tool).symlink_to(shutil.which(tool))
    return subprocess.run(
        ["/bin/bash", CHECKOUT / "scripts" / "find-python"],
        env={"PATH": str(path), "HOME": str(path), "PYENV_ROOT": str(path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
