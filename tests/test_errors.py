import re

import pytest
from sitegen import errors
from sitegen.errors import (
    BusyError,
    ConfigError,
    GateError,
    Notice,
    Problem,
    Reason,
    RefusedError,
    SitegenError,
    notices_of,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [(SitegenError, 1), (ConfigError, 2), (GateError, 3), (BusyError, 5), (RefusedError, 6)],
)
def test_each_error_has_the_exit_code_of_the_command_lines_contract(error, code):
    assert error.exit_code == code
    assert issubclass(error, SitegenError)


def test_the_tree_in_the_docstring_is_the_tree_of_the_code():
    drawn = dict(re.findall(r"(\w+Error)\s+(\d+)", errors.__doc__))
    assert drawn == {
        name: str(getattr(errors, name).exit_code) for name in vars(errors) if name.endswith("Error")
    }


def test_an_error_is_its_sentence():
    assert str(ConfigError("site.title: is missing; add it")) == "site.title: is missing; add it"


def test_problems_are_values_that_sort_by_place_then_message():
    first, second = Problem("a", "z"), Problem("b", "a")
    assert sorted([second, first]) == [first, second]
    assert len({first, Problem("a", "z")}) == 1


def test_a_notice_is_the_name_and_the_reason_without_the_message():
    problem = Problem("metrics.prom.eu", "prom.eu refuses connections at 10.0.0.7:9090", Reason.SILENT)
    assert problem.notice == Notice("metrics.prom.eu", "does not answer")
    assert problem.notice.text == "prom.eu does not answer"
    assert Notice("content").text == "content has a problem"
    assert notices_of([problem, problem]) == (problem.notice,)
    assert problem.notice.problem == Problem("metrics.prom.eu", "prom.eu does not answer", Reason.SILENT)
