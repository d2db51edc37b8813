import hashlib
import json
import re
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.feeds.atom import FeedEntry, FeedIds, write_feed
from sitegen.feeds.badge import draw_badge
from sitegen.feeds.crawlers import write_robots, write_sitemap
from sitegen.feeds.index import Summary, write_index
from sitegen.feeds.status import write_status
from sitegen.findings import SourceRow
from sitegen.freshness import Freshness
from sitegen.pages.sitemap import site_files
from sitegen.units import Instant, Quantity
from tests.pages.samples import NOW, Maker, Size, drawn_of

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOSTILE = "<b>&\"' \x1b[31m\u202e ]]> \u0000\n"


def service(state, name="api", since=NOW - 60):
    return ServiceStatus(name, f"The {name}", state, since)


def tree(file):
    return ET.fromstring(file.body)  # noqa: S314  # sitegen wrote it


# --- status.json ------------------------------------------------------------------


def test_status_json_has_exactly_the_shape_of_the_contract():
    file = write_status(
        "ok",
        [service(ServiceState.UP), service(ServiceState.NO_DATA, "db", None)],
        [
            SourceRow("prometheus", Freshness.STALE, Instant(NOW - 90)),
            SourceRow("new", Freshness.MISSING, None),
        ],
        NOW,
        NOW + 30,
    )
    assert file.path == "status.json"
    assert json.loads(file.body) == {
        "version": 1,
        "generated_at": "2026-11-23T07:43:30Z",
        "next_due": "2026-11-23T07:44:00Z",
        "status": "ok",
        "worst": "no data",
        "services": [
            {"id": "api", "title": "The api", "status": "up", "since": "2026-11-23T07:42:30Z"},
            {"id": "db", "title": "The db", "status": "no data", "since": None},
        ],
        "sources": [
            {"name": "prometheus", "status": "stale", "fetched_at": "2026-11-23T07:42:00Z"},
            {"name": "new", "status": "missing", "fetched_at": None},
        ],
    }


def test_status_json_says_what_names_are_made_of():
    status = ServiceStatus("api", HOSTILE + "\ud800", ServiceState.UP, NOW)
    body = write_status("ok", [status], [SourceRow(HOSTILE, Freshness.FRESH, None)], NOW, NOW).body
    document = json.loads(body)
    for shown in (document["services"][0]["title"], document["sources"][0]["name"]):
        assert shown.isprintable()
        assert shown.startswith("<b>&\"' ␛[31m")


# --- index.txt --------------------------------------------------------------------


def test_index_txt_lists_everything_however_much_it_is():
    findings = Maker(Size(services=60, panels=9, sources=9, traces=0, lines=0)).findings()
    files = site_files(findings, drawn_of(findings), [], "Status", "")
    text = next(file.body.decode() for file in files if file.path == "index.txt")
    for status in findings.availability.statuses:
        assert status.title in text
    assert text.count("prometheus-") == 9
    assert "next due 2026-11-23 07:44:00 UTC" in text
    assert text.startswith("Status\n● 12 up, ▲ 12 degraded, ✖ 12 down, ■ 12 maintenance, ○ 12 no data")


def test_index_txt_holds_no_control_character_but_the_end_of_a_line():
    summary = Summary(
        sentence=("sentence",),
        services=(ServiceStatus("s", HOSTILE, ServiceState.UP, NOW),),
        metrics=((Quantity(1.0, HOSTILE), HOSTILE),),
        sources=(SourceRow(HOSTILE, Freshness.FRESH, None, (HOSTILE,)),),
        built=Instant(NOW),
        next_due=Instant(NOW),
    )
    text = write_index(summary, HOSTILE).body.decode()
    assert all(line.isprintable() for line in text.split("\n"))
    assert "␛[31m" in text


# --- badge.svg ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "word"),
    [(["up", "up"], "up"), (["up", "degraded"], "degraded"), (["degraded", "down", "up"], "down"), (["no data", "up"], "no data"),
     (["degraded", "no data"], "degraded"), (["maintenance", "up"], "up"), (["maintenance"], "maintenance"), ([], "no data")],
)  # fmt: skip
def test_the_badge_says_the_worst_state(states, word):
    services = [service(ServiceState(state)) for state in states]
    file = draw_badge(services)
    assert json.loads(write_status("ok", services, (), NOW, NOW).body)["worst"] == word
    root = tree(file)
    assert (file.path, root.findtext("{*}title")) == ("badge.svg", f"status: {word}")
    assert [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")] == ["status", word]
    assert float(root.get("width")) > 7 * len("status" + word)


def test_the_badge_changes_only_with_its_word():
    assert draw_badge([service(ServiceState.UP)]) == draw_badge([service(ServiceState.UP, "other", NOW)])


# --- feed.xml -----------------------------------------------------------------------


IDS = FeedIds("ab" * 32, 0.0, NOW - 3600)
ENTRIES = [
    FeedEntry("API is down", "API is down", "/slo/", NOW - 600, "service api 1"),
    FeedEntry("Hello", "A post", "/posts/hello/", NOW - 60, "page /posts/hello/"),
    FeedEntry("API is up", "API is up", "/slo/", NOW - 300, "service api 2"),
]


def test_the_feed_is_atom_with_everything_that_rfc_4287_requires():
    root = tree(write_feed("Status & more", "https://example.org/status/", ENTRIES, IDS))
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}title") == "Status & more"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Status & more"
    assert root.findtext(f"{ATOM}id").startswith("urn:")
    assert root.findtext(f"{ATOM}updated") == "2026-11-23T07:42:30Z"
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Hello", "API is up", "API is down"]
    for entry in entries:
        assert re.fullmatch(r"urn:sha256:[0-9a-f]{64}", entry.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.findtext(f"{ATOM}updated"))
    assert entries[0].find(f"{ATOM}link").get("href") == "https://example.org/status/posts/hello/"


def test_an_entry_keeps_its_id_whatever_comes_after_it():
    def ids(entries, title="Status"):
        root = tree(write_feed(title, "https://example.org/", entries, IDS))
        return [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]

    later = [*ENTRIES, FeedEntry("New", "New", "/slo/", NOW, "service api 3")]
    assert ids(later, "Another title")[1:] == ids(ENTRIES)
    assert len(set(ids(later))) == 4


def test_the_feed_rests_while_nothing_happens():
    assert write_feed("S", "", ENTRIES, IDS) == write_feed("S", "", ENTRIES[::-1], IDS)
    empty = tree(write_feed("S", "", [], IDS))
    assert empty.findtext(f"{ATOM}updated") == "2026-11-23T06:43:30Z"


def ids_of(entries, ids):
    root = tree(write_feed("S", "https://example.org/", entries, ids))
    return [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]


def test_an_id_is_of_the_site_and_of_what_never_changes():
    renamed = [replace(one, title="B", text="C", path="/elsewhere/") for one in ENTRIES]
    assert sorted(ids_of(renamed, IDS)) == sorted(ids_of(ENTRIES, IDS))
    assert not {*ids_of(ENTRIES, IDS)} & {*ids_of(ENTRIES, replace(IDS, site="cd"))}


def test_two_entries_of_one_title_and_instant_have_two_ids():
    twins = [FeedEntry("API: down", "", "/slo/", NOW, f"service {name} {NOW}") for name in ("eu", "us", "ap")]
    for since in (0.0, NOW + 1):
        assert len({*ids_of(twins, replace(IDS, since=since))}) == 3


def test_an_id_that_an_earlier_sitegen_published_stays():
    former = hashlib.sha256(f"/slo/\0API is up\0{NOW - 300}".encode()).hexdigest()
    assert ids_of(ENTRIES, replace(IDS, since=NOW))[1] == f"urn:sha256:{former}"
    assert ids_of(ENTRIES, replace(IDS, since=NOW - 300))[1] != f"urn:sha256:{former}"


def test_the_feed_holds_the_latest_fifty():
    many = [FeedEntry(f"{n}", "", "/slo/", NOW - n, f"{n}") for n in range(80)]
    entries = tree(write_feed("S", "", many, IDS)).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [str(n) for n in range(50)]


def test_hostile_text_in_the_feed_is_text():
    root = tree(
        write_feed(HOSTILE, "https://example.org/", [FeedEntry(HOSTILE, HOSTILE, "/slo/", NOW, "x")], IDS)
    )
    assert root.findtext(f"{ATOM}entry/{ATOM}summary").startswith("<b>&\"' ␛[31m")


# --- sitemap.xml, robots.txt ----------------------------------------------------------


def test_the_sitemap_lists_the_pages_below_the_base_url():
    root = tree(write_sitemap("https://example.org/status/", ["/metrics/", "/", "/posts/a/"]))
    assert root.tag == f"{SITEMAP}urlset"
    assert [loc.text for loc in root.iter(f"{SITEMAP}loc")] == [
        "https://example.org/status/",
        "https://example.org/status/metrics/",
        "https://example.org/status/posts/a/",
    ]


def test_robots_are_shown_the_sitemap_where_the_site_has_an_address():
    assert (
        write_robots("https://example.org/")
        .body.decode()
        .endswith("Sitemap: https://example.org/sitemap.xml\n")
    )
    assert write_robots("").body == b"User-agent: *\nDisallow: /follow/\n"


@pytest.mark.parametrize("base", ["/obs/", "/a/b/"])
def test_robots_read_paths_from_the_root_of_the_host(base):
    assert f"Disallow: {base}follow/\n" in write_robots(f"https://example.org{base}").body.decode()


# --- All of them ------------------------------------------------------------------------


def test_every_file_of_the_contract_is_written_once():
    findings = Maker(Size()).findings()
    drawn = drawn_of(findings)
    files = site_files(findings, drawn, ["/"], "Status", "https://example.org/")
    paths = [file.path for file in files]
    assert len(paths) == len(set(paths))
    assert {
        "status.json",
        "index.txt",
        "feed.xml",
        "badge.svg",
        "metrics.txt",
        "sitemap.xml",
        "robots.txt",
    } <= set(paths)
    assert {f"metrics/panel-{n}.1h.csv" for n in range(5)} <= set(paths)
    listed = next(file for file in files if file.path == "sitemap.xml").body
    assert b"/follow/" not in listed
    assert b"404" not in listed
