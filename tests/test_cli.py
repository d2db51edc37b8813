"""What is left of a bug: a report to paste, without the owner's secrets."""

import sys
from pathlib import Path

import pytest
from sitegen.cli import report_bug

CONFIG = """
[[metrics.sources]]
name = "own"
type = "prometheus"
url = "https://metrics.example.org"
basic_auth = { username = "reader", password = "corr3ct-horse-canary" }
"""


def bug() -> Exception:
    try:
        int("no number: corr3ct-horse-canary")
    except ValueError as error:
        return error
    raise AssertionError


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "arguments", "variable"),
    [
        ("sitegen.toml", [], None),
        ("other.toml", ["-c", "other.toml"], None),
        ("other.toml", ["--config=other.toml"], None),
        ("other.toml", [], "other.toml"),
    ],
)
def test_a_report_of_a_bug_has_no_secret_of_the_configuration(
    work: Path, monkeypatch: pytest.MonkeyPatch, name, arguments, variable
):
    (work / name).write_text(CONFIG, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["sitegen", "build", *arguments])
    if variable:
        monkeypatch.setenv("SITEGEN_CONFIG", variable)

    assert report_bug(bug()) == 70

    report = (work / ".sitegen" / "bug-report.txt").read_text(encoding="utf-8")
    assert "ValueError: invalid literal" in report
    assert "in bug" in report
    assert "canary" not in report


def test_a_report_is_written_where_the_configuration_cannot_be_read(
    work: Path, monkeypatch: pytest.MonkeyPatch
):
    (work / "sitegen.toml").write_text("[[[", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["sitegen", "build", "-c"])
    assert report_bug(bug()) == 70
    assert "ValueError" in (work / ".sitegen" / "bug-report.txt").read_text(encoding="utf-8")
