"""Variables of a file, read as systemd reads them."""

import subprocess
import sys

import pytest
from sitegen.scheduler.environment import parse_environment

FILE = "sitegen.scheduler.environment"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1", {"A": "1"}),
        ("A=\nB=2\n", {"A": "", "B": "2"}),
        ("  A=1  \r\n", {"A": "1"}),
        ("A=a b  c\n", {"A": "a b  c"}),
        ("A=$HOME ${X} `id` $(id)\n", {"A": "$HOME ${X} `id` $(id)"}),
        ("A=a#b #c\n", {"A": "a#b #c"}),
        ("A=dG9rZW4=\n", {"A": "dG9rZW4="}),
        ("A=x=y=\n", {"A": "x=y="}),
        ('A="a b"\n', {"A": "a b"}),
        ("A='a \"b\" $c'\n", {"A": 'a "b" $c'}),
        ('A="a \\"b\\" \\$c \\n"\n', {"A": 'a "b" $c \\n'}),
        ('A="two\nlines"\nB=1\n', {"A": "two\nlines", "B": "1"}),
        ("A='x'\"y\"\n", {"A": "xy"}),
        ("A=one\\\ntwo\n", {"A": "onetwo"}),
        ("A=a\\ b\n", {"A": "a b"}),
        ("A=it's\n", {"A": "it's"}),
        ("# A=1\n; B=1\n\n1C=1\nD E=1\nF\nexport G=1\n", {}),
        ("A=1\nA=2\n", {"A": "2"}),
        ('A="never closed\nB=1\n', {"A": '"never closed', "B": "1"}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_value_is_what_systemd_makes_of_it(text, found):
    assert parse_environment(text) == found


def test_the_command_runs_with_the_variables_and_its_code_is_the_answer(tmp_path):
    (tmp_path / "environment").write_text("TOKEN=a b\n")
    script = "import os, sys; sys.exit(7 if os.environ['TOKEN'] == 'a b' else 1)"
    words = [sys.executable, "-m", FILE, tmp_path / "environment", sys.executable, "-c", script]
    assert subprocess.run(words, check=False).returncode == 7


def test_a_file_that_is_missing_is_no_fault(tmp_path):
    words = [sys.executable, "-m", FILE, tmp_path / "none", "true"]
    assert subprocess.run(words, check=False).returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["folder", "true"], 2, "cannot be read"),
        (["none", "absent-program"], 127, "absent-program cannot be run"),
    ],
)
def test_what_cannot_be_run_is_one_line(tmp_path, words, code, said):
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", FILE, *words], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
