"""What is known of a source: since when it fails, when it answered, and what is read of a damaged row."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.state.database import Database
from sitegen.state.sources import SourceRecord, Sources

NOW = 1_764_000_000.0
CYCLE = 30.0


def run(record: SourceRecord, ok: bool, now: float) -> SourceRecord:
    return record.after(now, healthy=ok, answered=ok, asked=1, fault="" if ok else "it is gone")


def fail(times: int) -> SourceRecord:
    record = SourceRecord()
    for number in range(times):
        record = run(record, ok=False, now=NOW + number * CYCLE)
    return record


@pytest.mark.parametrize(("times", "down"), [(0, False), (1, False), (2, False), (3, True), (100, True)])
def test_the_third_failed_run_in_a_row_makes_a_source_one_that_is_down(times, down):
    assert fail(times).is_down is down


def test_one_good_run_ends_all_failures_and_the_last_fault_stays_known():
    record = run(fail(7), ok=True, now=NOW + 300)
    assert record == SourceRecord(answered_at=NOW + 300, asked=8, fault="it is gone")
    again = run(record, ok=False, now=NOW + 330)
    assert (again.failures, again.failing_since, again.answered_at) == (1, NOW + 330, NOW + 300)


def test_a_source_fails_since_the_first_failure_in_a_row():
    assert fail(5).failing_since == NOW


def test_a_refused_query_is_no_answer_and_no_failure():
    record = SourceRecord(answered_at=NOW - 60).after(
        NOW, healthy=True, answered=False, asked=3, fault="bad query"
    )
    assert record == SourceRecord(answered_at=NOW - 60, asked=3, fault="bad query")


def test_records_are_those_that_were_saved_last_each_section_for_itself(state):
    state.sources.save("metrics", {"a": fail(3), "b": fail(1)})
    state.sources.save("logs", {"a": SourceRecord(answered_at=NOW)})
    state.sources.save("metrics", {"a": fail(4)})
    assert state.sources.known("metrics") == {"a": fail(4), "b": fail(1)}
    assert state.sources.known("logs") == {"a": SourceRecord(answered_at=NOW)}


@pytest.mark.parametrize(
    "row",
    [
        "'many', NULL, NULL, 0, NULL", "-1, NULL, NULL, 0, NULL", "3, 'late', NULL, 0, NULL", "3, NULL, 1e200, 0, NULL",
        "x'00ff', x'00', NULL, 0, NULL", "1.5, NULL, NULL, 0, NULL", "3, NULL, NULL, 'often', NULL",
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_a_new_source(folder, row):
    database = Database(folder / "state.db", NOW)
    insert = f"INSERT INTO source VALUES ('metrics', 'a', {row})"  # noqa: S608 - rows of this test
    database.write(lambda connection: connection.execute(insert))
    assert Sources(database).known("metrics") == {"a": SourceRecord()}
    assert database.problems == ()
    database.close()


def test_words_with_a_flipped_bit_are_not_shown(folder, state):
    state.sources.save("metrics", {"a": fail(3)})
    database = Database(folder / "state.db", NOW)
    database.write(
        lambda connection: connection.execute("UPDATE source SET fault = CAST(fault || x'00' AS BLOB)")
    )
    known = Sources(database).known("metrics")["a"]
    assert (known.failures, known.fault) == (3, "")
    database.close()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.floats(-1e9, 1e11)), max_size=20))
def test_whatever_the_clock_says_every_record_can_be_stored_and_read(tmp_path_factory, runs):
    database = Database(tmp_path_factory.mktemp("any") / "state.db", NOW)
    record = SourceRecord()
    for ok, now in runs:
        record = run(record, ok, now)
    Sources(database).save("metrics", {"a": record})
    assert Sources(database).known("metrics") == {"a": record}
    database.close()
