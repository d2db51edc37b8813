"""A service that is called down only when it is sure, and from when on it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.acceptance.probed import (
    BEGIN,
    CYCLE,
    configure,
    incidents,
    panel,
    probe,
    run_cycle,
    said_everywhere,
)
from tests.acceptance.sites import make_site
from tests.faulty_server import FaultyServer, Reply

WELL, ILL = Reply(body=b"welcome"), Reply(status=503)


def test_an_outage_is_called_at_its_second_failure_and_begins_at_its_first(tmp_path: Path):
    site = make_site(tmp_path / "site")
    answers = [WELL, ILL, WELL, ILL, ILL, WELL, WELL]
    called = [("up", 0), ("up", 0), ("up", 0), ("up", 0), ("down", 3), ("down", 3), ("up", 5)]
    reasons = ["", "503; not confirmed yet", "", "503; not confirmed yet", "answers with an error 503",
               "answers again; not confirmed yet", ""]  # fmt: skip
    with FaultyServer() as server:
        configure(site, probe("home", server.url, title="Home page", confirm=2))
        for number, (answer, (state, since), reason) in enumerate(zip(answers, called, reasons, strict=True)):
            server.then(answer)
            run_cycle(site, number)
            said_everywhere(site, "home", state, "Home page", since=BEGIN + since * CYCLE)
            assert reason in panel(site, "service-home").text

    assert incidents(site) == ["Home page"]
    with closing(sqlite3.connect(site.state / "state.db")) as history:
        rows = history.execute(
            "select state, (stop - start) / 30000 from probe_run where probe = 'home' order by start"
        )
        assert rows.fetchall() == [("up", 1), ("down", 1), ("up", 1), ("down", 2), ("up", 2)]
        samples = history.execute(
            "select value from sample join series on series.id = series where name like 'sitegen_probe_up%' order by slot"
        )
        assert [value for (value,) in samples] == [1, 1, 1, 0, 0, 1, 1]
