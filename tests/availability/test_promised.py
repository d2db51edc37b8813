"""What the published past was worked out by, and what an edit of it says."""

from msgspec.structs import replace
from sitegen.availability.model import Probe, Slo
from sitegen.availability.promised import Confirmation, Promised, renew, tell_edits

SHOP = Probe(id="shop", title="shop", url="http://shop.example.org/", confirm=3)
KEPT = Slo(id="kept", title="kept", probe="shop")


def test_a_confirmation_counts_from_its_edit_on_and_outlives_its_probe():
    first = renew(Promised(), [SHOP], [], 0.0, 30.0)
    assert first.probes == {"shop": Confirmation(3, 30.0)}
    assert renew(first, [replace(SHOP, title="Shop")], [], 30.0, 30.0) == first
    fewer = renew(first, [replace(SHOP, confirm=1)], [], 60.0, 30.0)
    assert fewer.probes["shop"] == Confirmation(1, 30.0, since=60.0)
    gone = renew(fewer, [], [], 90.0, 30.0)
    assert renew(gone, [SHOP], [], 120.0, 30.0).probes["shop"] == Confirmation(3, 30.0, since=120.0)
    assert renew(first, [SHOP], [], 60.0, 10.0).probes["shop"].since == 60.0


def test_what_is_taken_away_or_told_anew_is_said_once():
    first = renew(Promised(), [SHOP], [KEPT], 0.0, 30.0)
    edited = renew(first, [SHOP], [replace(KEPT, target=0.5, window=60.0, title="held")], 30.0, 30.0)
    gone = renew(edited, [], [], 60.0, 30.0)
    assert tell_edits(Promised(), first) == tell_edits(edited, edited) == tell_edits(gone, gone) == ()
    assert [one.message.partition(":")[0] for one in tell_edits(first, edited)] == [
        "the objective kept has another target, window"
    ]
    assert [one.where for one in tell_edits(edited, gone)] == ["availability.probes", "availability.slos"]
