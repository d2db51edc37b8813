"""How well a timer keeps its time."""

from sitegen.instrumentation.ticks import Ran
from sitegen.scheduler.timing import judge_timer

NOW = 1_764_000_010.0
SLOT = 1_764_000_000.0


def judged(builds, busy=()):
    ran = [Ran(slot, began, began + 1.0) for slot, began in builds]
    return judge_timer("cron", installed=True, builds=ran, busy=busy, now=NOW, cycle=30.0)


def test_ticks_that_did_not_run_since_the_first_build_of_the_day_are_missed():
    slots = [SLOT - 30.0 * back for back in (9, 8, 5, 1)]
    told = judged([(slot, slot + 0.2) for slot in slots])
    assert (told.missed_last_day, told.drift_median_seconds) == (5, 0.2)
    assert told.next_due == "2025-11-24T16:00:30Z"


def test_the_current_slot_may_still_get_its_run():
    assert judged([(SLOT - 30, SLOT - 30)]).missed_last_day == 0
    assert judged([(SLOT - 30, SLOT - 30), (SLOT, SLOT + 1)]).missed_last_day == 0


def test_what_was_more_than_a_day_ago_does_not_count():
    told = judged([(SLOT - 90_000, SLOT)], busy=[NOW - 90_000, NOW - 5])
    assert (told.missed_last_day, told.busy_last_day, told.drift_median_seconds) == (0, 1, None)
