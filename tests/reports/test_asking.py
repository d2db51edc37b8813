"""Cases of public bug reports: how sources are asked, by a build and by `check sources` alike."""

import contextlib
import json
from typing import NamedTuple

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, panel, source, states
from tests.faulty_server import FaultyServer, Reply

FINE = Reply(body=answered())
LOGIN = Reply(headers=(("Content-Type", "text/html"),), body=b"<!DOCTYPE html><title>Sign in</title>")
FORBIDDEN = b'{"kind":"Status","status":"Failure","reason":"Forbidden"}'


def refusing(status):
    return Reply(status=status, body=FORBIDDEN)


SERVERS = {
    "refuses-403": [refusing(403), FINE],
    "refuses-405": [refusing(405), FINE],
    "refuses-501": [refusing(501), FINE],
    "refuses-both": [refusing(403)],
    "login": [LOGIN],
    "login-after-a-refusal": [refusing(405), LOGIN],
    "wrong-path": [Reply(status=404, body=b"404 page not found")],
    "other-api": [Reply(body=b'{"status": "success", "data": {"version": "3.1"}}')],
    "fine": [FINE],
}
WELL = {"refuses-403", "refuses-405", "refuses-501", "fine"}


class Asked(NamedTuple):
    """A site that was checked, with what that found and how each server was asked, and then built."""

    site: Site
    code: int
    checked: dict
    methods: dict[str, list[str]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    made = make_site(tmp_path_factory.mktemp("asking") / "site")
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(FaultyServer()) for name in SERVERS}
        parts = [source(name, one.url) + panel(name, name) for name, one in servers.items()]
        (made.folder / "sitegen.toml").write_text("".join(parts))
        for name, replies in SERVERS.items():
            servers[name].then(*replies)
        outcome = made.run("check", "sources", "--format", "json")
        methods = {name: [one.method for one in server.requests] for name, server in servers.items()}
        for name, replies in SERVERS.items():
            servers[name].then(*replies)
        made.build(*clock_at())
    return Asked(made, outcome.code, json.loads(outcome.stdout), methods)


@pytest.mark.parametrize("name", SERVERS)
def test_post_forbidden_check_sources_finds_well_what_a_build_gets_data_of_and_nothing_else(asked, name):
    assert asked.code == 3
    [found] = [one for one in asked.checked["sources"] if one["name"] == name]
    assert found["reachable"] == (name in WELL)
    assert states(asked.site)[name] == ("fresh" if name in WELL else "missing")


@pytest.mark.parametrize("name", [name for name in SERVERS if name not in WELL])
def test_post_forbidden_what_check_sources_finds_is_what_the_build_says(asked, name):
    report = json.loads((asked.site.state / "report.json").read_text())
    [found] = [one for one in asked.checked["findings"] if one["where"] == name]
    assert found["message"] in {
        one["message"] for one in report["problems"] if one["where"] == f"metrics.{name}"
    }


def test_post_forbidden_is_asked_once_more_by_get_also_by_check_sources(asked):
    assert asked.methods["refuses-403"] == asked.methods["refuses-both"] == ["POST", "GET"]
    assert asked.methods["fine"] == asked.methods["login"] == ["POST"]
