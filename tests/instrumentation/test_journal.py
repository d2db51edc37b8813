import json
import os
import threading

import pytest
from sitegen.instrumentation.clock import FixedClock
from sitegen.instrumentation.journal import Journal
from sitegen.redaction import Redactor

NOW = 1_795_419_810.412


@pytest.fixture
def journal(tmp_path):
    return Journal(
        tmp_path / "log" / "sitegen.jsonl", FixedClock(NOW), Redactor(canaries=("hunter2-canary",))
    )


def lines(journal):
    return [json.loads(line) for line in journal.path.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_a_json_object_with_its_time_level_and_fields(journal):
    journal.write("info", "built 61 files", status="ok", seconds=0.41, trace_id=None)
    assert lines(journal) == [
        {
            "time": "2026-11-23T07:43:30.412Z",
            "level": "info",
            "service": "sitegen",
            "message": "built 61 files",
            "status": "ok",
            "seconds": 0.41,
        }
    ]


def test_each_write_is_one_line_whatever_the_message_holds(journal):
    journal.write("warn", "two\nlines\r\n\u2028and \x1b[31mcolour\x1b[0m")
    journal.write("info", "next")
    raw = journal.path.read_bytes()
    assert raw.count(b"\n") == 2
    assert b"\x1b" not in raw
    assert [line["level"] for line in lines(journal)] == ["warn", "info"]


def test_secrets_are_cut_from_messages_and_fields(journal):
    journal.write("error", "login with hunter2-canary failed", url="http://x/?password=hunter2-canary")
    assert "hunter2" not in journal.path.read_text(encoding="utf-8")


def test_text_that_is_no_text_is_written_all_the_same(journal):
    journal.write("info", "half of a pair: \ud800", field="\udfff", number=float("nan"))
    assert len(lines(journal)) == 1


def test_lines_of_many_threads_never_mix(journal):
    def write(number):
        for index in range(50):
            journal.write("info", f"{number} " + "x" * 500, index=index)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(journal)) == 200


def test_a_full_log_becomes_the_old_one_and_a_new_one_begins(journal):
    journal.write("info", "first")
    with journal.path.open("ab") as log:
        log.write(b"{}\n" * 1_700_000)
    journal.write("info", "the last of the old")
    journal.write("info", "the first of the new")
    old = journal.path.with_name("sitegen.jsonl.1")
    assert b"the last of the old" in old.read_bytes()[-200:]
    assert [line["message"] for line in lines(journal)] == ["the first of the new"]
    assert sorted(path.name for path in journal.path.parent.iterdir()) == ["sitegen.jsonl", "sitegen.jsonl.1"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_no_reason_to_fail(journal, tmp_path):
    tmp_path.chmod(0o500)
    journal.write("info", "lost")
    tmp_path.chmod(0o700)
    assert not journal.path.exists()


def test_a_file_where_the_folder_should_be_is_no_reason_to_fail(tmp_path):
    (tmp_path / "log").write_text("in the way", encoding="utf-8")
    Journal(tmp_path / "log" / "sitegen.jsonl", FixedClock(NOW), Redactor()).write("info", "lost")
    assert (tmp_path / "log").read_text(encoding="utf-8") == "in the way"
