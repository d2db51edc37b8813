import pytest
from sitegen.config.places import find_line, inside

TEXT = '''# [site]
site.title = "a # b [c]"  # comment = 1
list = [ # open
  1.5, "x]",
  [2, { deep = """
""", key = 'v' }],
]
many = """
[site]
quote \\" and two more: """""

[metrics]
"odd . key" = 2026-11-23T07:00:00Z
literal = \'\'\'
a = 1\'\'\'
empty = ""
none = {}

[[metrics.panels]]
id = 'a'
[[metrics.panels]]
id = 'b'
thresholds = [{ value = 1, status = "warn" }, { value = 2,
  status = "crit" }]
[metrics.panels.'inner table']
x.y . z = -1e3
[[metrics.panels.more]]
[[metrics.panels.more]]
q = 1
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [("site", 2), ("site.title", 2), ("list", 3), ("list[0]", 4), ("list[1]", 4), ("list[2]", 5), ("list[2][1].deep", 5),
     ("list[2][1].key", 6), ("many", 8), ("metrics", 12), ("metrics.odd . key", 13), ("metrics.literal", 14), ("metrics.empty", 16),
     ("metrics.none", 17), ("metrics.panels", 19), ("metrics.panels[0]", 19), ("metrics.panels[0].id", 20), ("metrics.panels[1]", 21),
     ("metrics.panels[1].id", 22), ("metrics.panels[1].thresholds[0].value", 23), ("metrics.panels[1].thresholds[1].status", 24),
     ("metrics.panels[1].inner table", 25), ("metrics.panels[1].inner table.x.y.z", 26), ("metrics.panels[1].more[0]", 27),
     ("metrics.panels[1].more[1].q", 29)],
)  # fmt: skip
def test_a_key_is_found_in_its_line(place, line):
    assert find_line(TEXT, place) == line
    assert find_line(TEXT.replace("\n", "\r\n"), place) == line


@pytest.mark.parametrize(
    ("place", "line"),
    [("metrics.panels[0].query", 19), ("metrics.panels[1].thresholds[0].x", 23), ("site.language", 2), ("build.gather", None),
     ("sit", None)],
)  # fmt: skip
def test_a_key_that_is_not_there_is_looked_for_in_the_table_around_it(place, line):
    assert find_line(TEXT, place) == line


def test_a_long_key_is_cut_in_its_place():
    assert inside("site", "x" * 100) == f"site.{'x' * 79}…"
    assert inside("", "a") == "a"
    assert inside("a", 3) == "a[3]"
    assert find_line("a = 1\n" + "x" * 100 + " = 2", inside("", "x" * 100)) == 2
