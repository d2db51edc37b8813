"""The access log as a file."""

import json
import threading

import pytest
from sitegen.server import access_log
from sitegen.server.access_log import AccessLog, Request


def request(path="/", method="GET"):
    return Request(at=1_795_420_800.1234, method=method, path=path, status=200, size=5, seconds=0.0012)


def test_a_line_has_the_documented_keys(tmp_path):
    AccessLog(tmp_path / "a.jsonl", print).append(request("/metrics/"))
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {
        "time": "2026-11-23T08:00:00.123Z", "level": "info", "service": "serve", "message": "GET /metrics/ 200",
        "method": "GET", "path": "/metrics/", "status": 200, "bytes": 5, "duration_ms": 1.2,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/\x1b[31m", "/a\nb", "/\u202e", "/\ud800", "/" + "x" * 100_000])
def test_a_hostile_path_is_one_short_visible_line(tmp_path, path):
    AccessLog(tmp_path / "a.jsonl", print).append(request(path, "G\x1bT"))
    (line,) = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert json.loads(line)["path"].isprintable()
    assert json.loads(line)["method"].isprintable()
    assert len(line) < 10_000


def test_a_secret_in_a_path_is_cut(tmp_path):
    AccessLog(tmp_path / "a.jsonl", print).append(request("/AKIAABCDEFGHIJKLMNOP/me@example.org"))
    text = (tmp_path / "a.jsonl").read_text()
    assert "AKIAABCDEFGHIJKLMNOP" not in text
    assert "me@example.org" not in text


def test_a_full_log_is_put_aside_once(tmp_path, monkeypatch):
    monkeypatch.setattr(access_log, "LOG_LIMIT", 1000)
    log = AccessLog(tmp_path / "a.jsonl", print)
    for _ in range(40):
        log.append(request())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "a.jsonl.1"]
    one_line = len((tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)[0])
    assert all(path.stat().st_size <= 1000 + one_line for path in tmp_path.iterdir())


def test_lines_of_many_threads_stay_whole(tmp_path):
    log = AccessLog(tmp_path / "a.jsonl", print)
    threads = [threading.Thread(target=lambda: [log.append(request()) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 400
    assert {json.loads(line)["path"] for line in lines} == {"/"}


def test_a_log_that_cannot_be_written_is_said_once_and_again_after_it_worked(tmp_path):
    said = []
    (tmp_path / "a.jsonl").mkdir()
    log = AccessLog(tmp_path / "a.jsonl", said.append)
    log.append(request())
    log.append(request())
    assert len(said) == 1
    assert "cannot be written" in said[0]
    (tmp_path / "a.jsonl").rmdir()
    log.append(request())
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "a.jsonl").mkdir()
    log.append(request())
    assert len(said) == 2
