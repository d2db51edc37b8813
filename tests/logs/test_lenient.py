import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitegen.logs.lenient import decode_object

WHOLE = {"time": "2026-11-25T10:00:00Z", "level": "error", "msg": "card refused"}
BEGIN = json.dumps(WHOLE)[:-1]


@pytest.mark.parametrize(
    "rest",
    [
        "}", ",}", "} trailing words", "},", '}{"second": 1}', ', "n": 007}', ', "n": .5}', ', "n": +1}', ', "n": 0x1F}',
        ', "n": NaN}', ', "n": -Infinity}', ', "n": undefined}', ', "n": None}', ', "n": True}', ', "n": }', ', "n"}', ', "n',
        ', "n": "cut of', ', "n": "cut off\\', ', "n": [1, 2', ', "n": {"a": ', ', "n": {"a": 007}}', ', "n": "a\tb"}',
        ', "n": "\\x41"}', ', "n": "\\ud800"}', ', "n": "\\u12"}', ', "n": 1, "n": 2}', ',, "n": 1}', ", n: 1}", ", 'n': 1}",
        ', "n": 1 "m": 2}', ', "n": [' + "[" * 5000 + "}", ', "n": ' + "9" * 5000 + "}", ', "n": "' + "y" * 70_000 + '"}',
    ],
)  # fmt: skip
def test_an_odd_part_costs_nothing_of_what_stands_before_it(rest: str):
    found = decode_object(BEGIN + rest)
    assert found is not None
    assert {key: found[key] for key in WHOLE} == WHOLE


@pytest.mark.parametrize("value", ["007", ".5", "0x1F", "undefined", '"\\x"', "1.2.3", "2026-11-25", '"\t"'])
def test_an_odd_part_costs_nothing_of_what_stands_behind_it(value: str):
    found = decode_object(f'{{"n": {value}, {BEGIN[1:]}}}')
    assert found is not None
    assert {key: found[key] for key in WHOLE} == WHOLE


@pytest.mark.parametrize(
    "line", ["{", "{}x", "{abc} started", "{'a': 1}", "{ 1, 2 }", '{"a"', '{"a" 1}', "[1]"]
)
def test_what_has_no_pair_is_no_object(line: str):
    assert decode_object(line) is None


@given(st.text(max_size=60))
def test_whatever_follows_a_brace_is_read_or_refused(text: str):
    assert isinstance(decode_object("{" + text), dict | None)


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8)
    )
)
def test_what_is_json_is_what_json_says(document: dict[str, object]):
    line = json.dumps(document)
    assert decode_object(line) == document
    lenient = decode_object(line[:-1] + ",}")
    assert (lenient or {}).keys() == document.keys()
    assert {
        key: value for key, value in (lenient or {}).items() if isinstance(value, str | None)
    }.items() >= {
        key: value for key, value in document.items() if isinstance(value, str) or value is None
    }.items()
