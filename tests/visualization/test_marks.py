import msgspec
import pytest
from sitegen.availability.model import Maintenance, ServiceState
from sitegen.availability.uptime import Incident
from sitegen.units import Window
from sitegen.visualization.generator import draw_panel
from sitegen.visualization.marks import Event, list_events, place_marks
from tests.pages.samples import Maker, Size, findings_of


def lines_of(kit, root):
    """Give the places of upright lines by their class, in shares of the width."""
    width = int(root.find("svg").get("viewBox").split()[2])
    return {
        path.get("class"): [stroke[0][0] / width for stroke in kit.points_of(path.get("d"))]
        for path in root.iter("path")
        if path.get("class") in {"ev", "em", "ec"}
    }


def words(root):
    return ["".join(text.itertext()) for text in root.iter("text")]


def test_what_happened_in_the_window_is_a_line_with_a_short_name_at_the_same_place_on_every_chart(kit):
    middle = (kit.window.start + kit.window.end) / 2
    events = (Event(middle, "v1.8.2", "ev"), Event(kit.window.start - 1, "before", "ec"))
    for kind in ("line", "area", "bar"):
        root = kit.read_svg(draw_panel(kit.panel([kit.series([1.0, 2.0] * 120)], kind), 120, events).svg)
        assert lines_of(kit, root) == {"ev": [pytest.approx(0.5, abs=1 / 720)]}
        assert "v1.8.2" in words(root)
        assert "before" not in words(root)


def test_names_that_have_no_room_are_shortened_or_left_out_and_their_lines_stay(kit):
    events = [Event(kit.window.start + 1000 + at, f"✖ {at}", "ec") for at in (0, 20, 300)]
    root = kit.read_svg(draw_panel(kit.panel([kit.series([1.0, 2.0] * 120)]), 120, events).svg)
    assert len(lines_of(kit, root)["ec"]) == 3
    assert [name for name in words(root) if name.startswith("✖")] == ["✖ 0", "✖"]


def test_deploys_after_every_build_are_no_event(kit):
    deploys = [Event(kit.window.start + 30 * n, "deploy", "ev") for n in range(40)]
    assert place_marks(deploys, kit.window) == ()
    assert len(place_marks(deploys[:6], kit.window)) == 6


def test_of_many_outages_the_last_are_marked(kit):
    outages = [Event(kit.window.start + 30 * n, f"{n}", "ec") for n in range(40)]
    assert [mark.name for mark in place_marks(outages, kit.window)] == ["34", "35", "36", "37", "38", "39"]


def test_a_window_of_one_instant_has_no_marks(kit):
    assert place_marks([Event(5.0, "x", "ev")], Window(5.0, 5.0, 1.0)) == ()


def test_events_are_deploys_maintenance_and_outages_of_probes():
    maker = Maker(Size(services=1))
    found = findings_of(availability=maker.availability())
    service = msgspec.structs.replace(
        found.availability.services[0],
        incidents=(Incident(10.0, 20.0, ServiceState.DOWN), Incident(30.0, None, ServiceState.DEGRADED)),
    )
    availability = msgspec.structs.replace(
        found.availability, services=(service,), maintenance=(Maintenance("move", 40.0, 50.0),)
    )
    build = msgspec.structs.replace(found.build, deploys=((5.0, "deploy"),))
    events = list_events(msgspec.structs.replace(found, availability=availability, build=build))
    assert [(event.at, event.css) for event in events] == [(5.0, "ev"), (40.0, "em"), (10.0, "ec")]
    assert events[2].name == f"✖ {service.status.title}"
