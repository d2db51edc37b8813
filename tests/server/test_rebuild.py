"""Building anew at every slot."""

import sys
import threading

from sitegen.instrumentation.clock import SystemClock
from sitegen.server.rebuild import Rebuilder
from tests.waiting import wait_for


class Listener:
    """Hears what is said, and waits for so many lines."""

    def __init__(self):
        self.lines, self._changed = [], threading.Condition()

    def __call__(self, line):
        with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    def wait(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.lines) >= count, timeout=10)
        return self.lines


def rebuilding(code, *, cycle=30.0):
    heard = Listener()
    rebuilder = Rebuilder([sys.executable, "-c", code], cycle, SystemClock(), heard)
    rebuilder.start()
    return rebuilder, heard


def test_the_first_build_comes_at_once_and_its_last_line_is_passed_on():
    rebuilder, heard = rebuilding("print('first'); print('built \\x1b[31m 61 files'); print()")
    assert heard.wait(1) == ["built \N{SYMBOL FOR ESCAPE}[31m 61 files"]
    rebuilder.stop()


def test_a_failure_is_passed_on_as_its_line():
    rebuilder, heard = rebuilding("import sys; sys.exit('sitegen: it failed')")
    assert heard.wait(1) == ["sitegen: it failed"]
    rebuilder.stop()


def test_builds_follow_each_other_and_never_overlap(tmp_path):
    mark = tmp_path / "running"
    code = f"import os, time; os.mkdir({str(mark)!r}); time.sleep(0.05); os.rmdir({str(mark)!r}); print('ok', flush=True)"
    rebuilder, heard = rebuilding(code, cycle=0.02)
    assert set(heard.wait(3)) == {"ok"}
    rebuilder.stop()


def test_a_build_that_cannot_be_started_is_a_sentence():
    heard = Listener()
    rebuilder = Rebuilder(["/nowhere/sitegen"], 30.0, SystemClock(), heard)
    rebuilder.start()
    assert heard.wait(1) == ["the build cannot be started: No such file or directory"]
    rebuilder.stop()


def test_stopping_ends_a_build_and_says_nothing_more(tmp_path):
    started = tmp_path / "started"
    rebuilder, heard = rebuilding(f"import time; open({str(started)!r}, 'w').close(); time.sleep(60)")
    wait_for(started.exists, "a build")
    process = rebuilder._process
    rebuilder.stop()
    assert process.poll() is not None
    assert heard.lines == []
