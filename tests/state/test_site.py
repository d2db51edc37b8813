"""The site's identity and its planned times, as the state keeps them."""

from sitegen.state.folder import State
from sitegen.state.site import Identity, PlannedRow
from tests.state.conftest import NOW


def test_the_identity_that_was_given_first_stays_whatever_the_site_is_called(folder):
    with State.open(folder, NOW) as state:
        assert state.site.identity() is None
        state.site.keep_identity(Identity("ab", 5.0, "obs"))
    with State.open(folder, NOW) as state:
        state.site.keep_identity(Identity("cd", 9.0, "observed"))
        assert state.site.identity() == Identity("ab", 5.0, "observed")
        assert state.site.labels == {"site": "observed", "site_id": "ab"}


def test_planned_times_are_kept_in_the_place_of_those_before(folder):
    later, sooner = PlannedRow("move", 20.5, 30.0, "api web"), PlannedRow("update", 10.0, 30.0, "")
    with State.open(folder, NOW) as state:
        state.site.keep_planned([PlannedRow("old", 1.0, 2.0, "")])
        state.site.keep_planned([later, sooner])
    with State.open(folder, NOW) as state:
        assert state.site.planned() == [sooner, later]
