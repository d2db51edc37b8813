import pytest
from sitegen.logs.levels import LEVEL_RANKS, find_level, level_of_word
from sitegen.logs.model import Level

T, D, I, W, E, F, U = Level


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("TRACE trc finest silly", T), ("debug DBG VRB Verbose fine D", D), ("INF INFO Information notice NTC I success LOG", I),
        ("WRN warn WARNING W", W), ("ERR eror SEVERE E fail", E), ("FTL fata CRIT critical EMERGENCY alert panic C", F),
        ("DEBUG3 DEBUG5", D), ("INFO2 INFO+1 [INFO] LogLevel.Info", I), ("DEBUG-2", T), ("WARN+3 <warn>", W), ("ERROR+4 level.error:", E),
        ("inf1nity infinity nan STATS off 1e5 0x10 unknown", U),
    ],
)  # fmt: skip
def test_words_are_levels_in_all_their_short_forms(words, level):
    assert {word: level_of_word(word) for word in words.split()} == dict.fromkeys(words.split(), level)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ({"level": 30, "pid": 1}, I), ({"level": "50"}, E), ({"level": 60}, F), ({"level": 5}, U), ({"level": 99999}, U),
        ({"level": 200, "level_name": "INFO"}, I), ({"level": 300, "channel": "app"}, W), ({"level": 250}, I), ({"level": 601}, U),
        ({"severity": 400}, W), ({"severity": 800}, F), ({"severity": 900}, U),
        ({"levelno": 30}, W), ({"level": 40, "funcName": "f", "lineno": 3}, E), ({"level": 20, "levelname": "WARNING"}, W),
        ({"PRIORITY": "3"}, E), ({"PRIORITY": 7}, D), ({"level": 4, "short_message": "x", "version": "1.1"}, W), ({"level": 0, "facility": "auth"}, F),
        ({"severityNumber": 9}, I), ({"severityNumber": 17, "severityText": "WARN"}, W), ({"SeverityNumber": 24}, F), ({"severityNumber": 25}, U),
        ({"severityNumber": 0}, U), ({"@t": "2026-11-25T10:00:00Z", "@m": "x"}, I), ({"@t": "x", "@l": "Error"}, E),
        ({"level.name": "WARNING"}, W), ({"level": "weird", "severity": "error"}, E), ({"level": float("nan")}, U),
        ({"level": float("inf")}, U), ({"level": True}, U), ({"level": []}, U), ({}, U),
    ],
)  # fmt: skip
def test_numbers_are_of_the_scale_that_their_key_their_neighbours_or_their_range_tell(line, level):
    assert find_level(line, tuple(key for key in LEVEL_RANKS if key in line))[0] is level
