"""Excerpts of sitegen's own source."""

import re
from html import unescape
from pathlib import Path

import pytest
import sitegen
from sitegen.content.excerpts import excerpt


def lines(path, first, last):
    return (Path(sitegen.__file__).parent.parent / path).read_text().split("\n")[first - 1 : last]


def test_an_excerpt_is_the_definition_with_its_decorators_and_its_place():
    piece = excerpt("sitegen.units", "Window.ending")
    found = lines(piece.path, piece.first_line, piece.last_line)
    assert piece.path == "sitegen/units.py"
    assert found[0] == "    @classmethod"
    assert found[1].startswith("    def ending(")
    code = unescape(re.sub(r"<[^>]*>", "", piece.code_html))
    assert code.split("\n") == [line.removeprefix("    ") for line in found]


def test_a_function_and_a_class_are_found_too():
    assert "hk" in excerpt("sitegen.scheduler.tick", "tick").code_html
    assert excerpt("sitegen.scheduler.tick", "Tick").first_line > 1


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sitegen.nowhere", "f"),
        ("sitegen.units", "nothing"),
        ("sitegen.units", "Window.nothing"),
        ("sitegen", "x"),
        ("sitegen.units", ""),
    ],
)
def test_what_is_not_there_is_named(module, name):
    with pytest.raises(LookupError, match="there is no"):
        excerpt(module, name)
