"""Cases of public bug reports about lines of logs, each by its name with the right value; the inputs are the cases' own."""

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site
from tests.conftest import SHARED_DATA

CASES = SHARED_DATA / "reports" / "telemetry"
NOW = "2026-11-25T10:05:00Z"
pytestmark = pytest.mark.shared_data


def lines(site: Site) -> list[str]:
    """The lines of `/logs/` as a visitor reads them, without the days."""
    listed = parse(site.page("/logs/")).one("ol", "log")
    days = listed.all("li", "day")
    return [" ".join(one.text.split()) for one in listed.all("li") if one not in days]


def published(site: Site) -> str:
    return "\n".join(body.decode("utf-8", "replace") for body in site.tree().values())


def test_10_colours_hide_no_secret(built):
    assert "correcthorse9" not in published(built)
    assert "password=REDACTED" in lines(built)[0]


def test_12_a_compressed_log_is_read_and_never_shown_as_it_is(built):
    found = lines(built)
    assert "current" in found[0]
    assert found[1].startswith("09:04:59")
    assert "\ufffd" not in built.page("/logs/")
    assert "301" in parse(built.page("/logs/")).text


def test_13_a_word_beside_a_number_decides(built):
    assert [line.split()[1] for line in lines(built)] == ["FATAL", "ERROR", "WARN", "info", "debug"]
    assert lines(built)[0].startswith("10:00:04 FATAL shop feed lost")


def test_14_half_a_character_costs_no_more_than_itself(built):
    assert [line.split()[:2] for line in lines(built)] == [
        ["10:00:03", "info"],
        ["10:00:02", "ERROR"],
        ["10:00:01", "info"],
    ]
    assert lines(built)[1].endswith("review rejected: great shoes \ufffd")


def test_15_a_chatty_file_does_not_silence_the_quiet_one(built):
    assert lines(built)[0] == "10:03:00 FATAL app disk full, payments stop"
    assert "of older lines were not read" in parse(built.page("/logs/")).text
    assert "were not read" in built.run("check", "sources").stdout


def test_17_the_last_words_of_a_program_are_shown(built):
    assert lines(built)[0] == "09:01:40 FATAL app out of memory, exiting"


def test_18_a_trace_stands_below_its_line_in_its_order(built):
    after, charge, before = lines(built)
    assert (after[:8], before[:8]) == ("10:00:03", "10:00:01")
    assert charge.startswith("10:00:02 ERROR app cannot charge card Traceback (most recent call last):")
    assert charge.endswith("ValueError: no card")


def test_20_times_in_common_forms_are_times(built):
    assert [line.split()[0] for line in lines(built)[:3]] == ["10:04:30", "10:04:20", "10:04:10"]


def test_21_a_short_word_is_its_level_and_no_number(built):
    assert [line.split()[1] for line in lines(built)] == ["FATAL", "ERROR", "WARN", "info", "debug", "debug"]


def test_23_the_message_is_known_by_its_loggers_key(built):
    assert lines(built) == ["10:00:01 ERROR shop.pay payment refused order=7"]
