import re

import pytest
from sitegen import errors
from sitegen.errors import BusyError, ConfigError, GateError, Problem, RefusedError, SitegenError


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
        name: str(getattr(errors, name).exit_code) for name in errors.__all__ if name.endswith("Error")
    }


def test_an_error_is_its_sentence():
    assert str(ConfigError("site.title: is missing; add it")) == "site.title: is missing; add it"


def test_problems_are_values_that_sort_by_place_then_message():
    first, second = Problem("a", "z"), Problem("b", "a")
    assert sorted([second, first]) == [first, second]
    assert len({first, Problem("a", "z")}) == 1
