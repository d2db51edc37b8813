import pytest
from sitegen.errors import ConfigError

PANEL = '[[metrics.panels]]\nid = "speed"\ntitle = "Speed"\nquery = "sitegen_build_duration_seconds"\nsource = "self"\n'
PROBE = '[[probes]]\nid = "home"\ntitle = "home page"\nurl = "https://example.org/"\n'
HOST = '[[metrics.sources]]\nname = "host"\ntype = "host"\n'


@pytest.mark.parametrize(("text", "follow"), [("", False), (PANEL, True), (PROBE, True)])
def test_a_site_has_a_page_that_reloads_itself_where_something_on_it_changes(load, text, follow):
    assert load(text).site.follow is follow


def test_the_page_that_reloads_itself_can_be_left_out(load):
    assert load(f"[site]\nfollow = false\n{PANEL}").site.follow is False


@pytest.mark.parametrize(("text", "new"), [("", True), (HOST + PANEL, True), (PROBE, False)])
def test_a_site_is_new_until_it_has_a_source_a_probe_or_a_target(load, text, new):
    assert load(text).is_new is new


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ('tiles = ["sped"]', r"overview.tiles\[0\]: 'sped' is no panel; did you mean 'speed'\?"),
        ('charts = ["speed", "speed"]', r"overview.charts.*'speed' is used twice"),
        ('tiles = ["a", "b", "c", "d", "e", "f", "g"]', "has 7 panels; the overview has room for 6"),
    ],
)
def test_what_the_overview_is_to_show_is_checked(load, chosen, sentence):
    with pytest.raises(ConfigError, match=sentence):
        load(f"[overview]\n{chosen}\n{PANEL}")
