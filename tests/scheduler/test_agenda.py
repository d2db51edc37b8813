"""When `sitegen run` starts what, worked out without a clock."""

import pytest
from sitegen.scheduler.agenda import Agenda, Command

BUILD = Agenda(Command.BUILD, 30.0)


@pytest.mark.parametrize(
    ("now", "due"),
    [(0.0, 30.0), (29.9, 30.0), (30.0, 60.0), (30.4, 60.0), (1_764_000_001.5, 1_764_000_030.0)],
)
def test_a_build_is_due_at_the_next_slot_however_late_the_last_one_began(now, due):
    assert BUILD.due_after(now) == due


def test_a_deploy_is_due_some_seconds_into_its_slot():
    deploy = Agenda(Command.DEPLOY, 30.0, 15.0)
    assert [deploy.due_after(now) for now in (0.0, 14.9, 15.0, 44.0, 45.0)] == [15.0, 15.0, 45.0, 45.0, 75.0]


def test_a_thousand_late_runs_lose_no_slot():
    now, due = 0.0, []
    for _ in range(1000):
        now = BUILD.due_after(now)
        due.append(now)
        now += 0.3  # each begins late
    assert due == [30.0 * number for number in range(1, 1001)]


def test_failures_in_a_row_are_followed_by_longer_and_longer_rests():
    agenda, rests = BUILD, []
    for _ in range(6):
        agenda = agenda.ended(1)
        rests.append(agenda.resting)
    assert rests == [0, 1, 3, 7, 8, 8]


@pytest.mark.parametrize("code", [0, 5])
def test_a_run_that_works_or_is_busy_ends_the_row(code):
    assert BUILD.ended(1).ended(3).ended(code) == BUILD


def test_a_rest_ends():
    agenda = BUILD.ended(1).ended(1).ended(1)
    for _ in range(3):
        agenda = agenda.rested()
    assert (agenda.resting, agenda.failures) == (0, 3)
