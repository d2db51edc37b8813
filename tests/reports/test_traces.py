"""Cases of public bug reports about spans, each by its name with the right value; the inputs are the cases' own."""

import json
import re

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.conftest import SHARED_DATA
from tests.reports.test_spans import OTHER, TRACE, resource, span

CASES = SHARED_DATA / "reports" / "telemetry"
NOW = "2026-11-25T10:05:00Z"
pytestmark = pytest.mark.shared_data


def words(site: Site, address: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", site.page(address), flags=re.DOTALL).split())


def rows(site: Site, address: str) -> list[str]:
    """The rows of the first table of a page."""
    table = parse(site.page(address)).all("table")[0]
    return [" ".join(" ".join(cell.text for cell in row.children).split()) for row in table.all("tr")[1:]]


def problems(site: Site) -> list[dict]:
    return json.loads((site.state / "report.json").read_bytes())["problems"]


def trace_pages(site: Site) -> list[str]:
    return [one for one in site.addresses() if re.fullmatch(r"/traces/[0-9a-f]{32}/", one)]


def test_01_a_trace_is_one_whatever_files_its_halves_came_in(built):
    assert "1 trace · ✖ 1 with an error" in words(built, "/traces/")
    assert rows(built, "/traces/") == ["shop POST /order 10:00:00 100 ms 3 ✖ 1"]
    (page,) = trace_pages(built)
    assert "parent that is not here" not in words(built, page)
    assert "shop → pay 1 60 ms ✖ 100 %" in words(built, "/deps/")


def test_02_the_field_of_before_is_read(built):
    assert rows(built, "/traces/") == ["shop GET /cart 10:00:00 50 ms 1"]


def test_03_a_time_that_was_not_set_is_no_time(built):
    assert rows(built, "/traces/") == ["shop GET /slow 10:00:00 900 ms 1", "shop GET /cart 10:00:00 50 ms 2"]
    assert any("has no time that can be" in words(built, page) for page in trace_pages(built))
    assert "1970" not in built.page("/traces/")


def test_04_a_database_is_on_the_map_whatever_its_driver_does_inside(built):
    assert "shop → postgresql 1 40 ms 0 %" in words(built, "/deps/")
    assert "1 kind of call" in words(built, "/deps/")


def test_06_what_was_sent_twice_counts_once(built):
    assert rows(built, "/traces/") == ["shop GET /cart 10:00:00 50 ms 2"]
    assert "shop → pay 1 40 ms 0 %" in words(built, "/deps/")


def test_07_a_service_is_its_namespace_and_its_name(built):
    assert "shop/api → bank/api 1 30 ms 0 %" in words(built, "/deps/")
    assert "2 services" in words(built, "/deps/")


def test_08_an_odd_attribute_costs_only_itself(built):
    assert rows(built, "/traces/") == ["shop GET /cart 10:00:00 50 ms 2"]
    assert "shop → postgresql 1 40 ms 0 %" in words(built, "/deps/")
    assert len(problems(built)) <= 1


def test_09_no_literal_of_a_statement_is_published(built):
    (page,) = trace_pages(built)
    assert "SELECT * FROM patients WHERE name = ? AND ssn = ?" in words(built, page)
    everything = b"".join(built.tree().values()).decode("utf-8", "replace")
    for private in ("Jane", "Roe", "078-05-1120"):
        assert private not in everything


def test_27_a_consumer_in_a_trace_of_its_own_is_on_the_map_and_its_page_leads_back(built):
    assert "checkout → mailer 1 100 ms 0 %" in words(built, "/deps/")
    first, second = trace_pages(built)
    assert f'href="{second}"' in built.page(first)
    assert f'href="{first}"' in built.page(second)
    assert {re.search(r"\d+ ms", row)[0] for row in rows(built, "/traces/")} == {"20 ms", "100 ms"}


def test_31_what_is_shown_and_what_is_said_to_be_hidden_are_all_spans(built):
    (page,) = trace_pages(built)
    pages = [one for one in built.addresses() if one.startswith(page)]
    text = " ".join(words(built, one) for one in pages)
    shown = sum(len(parse(built.page(one)).all("svg", "wf")) for one in pages)
    folded = [int(count.replace(",", "")) for count in re.findall(r"\+([\d,]+) spans", text)]
    assert shown - len(folded) + sum(folded) == 500


def test_32_a_message_that_lay_for_hours_is_no_work(built):
    assert rows(built, "/traces/") == ["shop POST /order 06:00:00 3 h 3"]
    assert "shop → mailer 1 100 ms 0 %" in words(built, "/deps/")
    assert "shop 20 ms" in words(built, trace_pages(built)[0])


def test_33_a_span_without_ids_is_named_and_the_others_are_read(built):
    assert rows(built, "/traces/") == ["shop GET /cart 10:00:00 50 ms 2"]
    assert "traceId or spanId is empty" in problems(built)[0]["message"]


def test_35_a_span_that_is_its_own_parent_is_shown_once(built):
    assert rows(built, "/traces/") == ["auth login 10:00:00 50 ms 4"]
    page = words(built, trace_pages(built)[0])
    assert "auth 50 ms" in page
    assert "mail 5 ms" in page
    assert page.count("is its own ancestor") == 2


def write(site: Site, name: str, *resources: dict) -> None:
    folder = site.folder / "in"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"resourceSpans": resources}), encoding="utf-8")


def make_reading(tmp_path) -> Site:
    site = make_site(tmp_path / "site")
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write('[[traces.sources]]\nname = "shop"\ntype = "otlp-file"\npath = "in/*"\n')
    return site


def test_a_page_takes_the_spans_of_its_trace_that_are_written_later_and_keeps_those_that_are_gone(tmp_path):
    site = make_reading(tmp_path)
    write(site, "a.json", resource("shop", span(1, 0, 100), span(2, 10, 90, 1, kind=3)))
    site.build("--clock", "2026-11-25T10:05:30Z")
    assert rows(site, "/traces/") == ["shop s1 10:00:00 100 ms 2"]
    write(site, "b.json", resource("pay", span(3, 20, 80, 2, status={"code": 2})))
    write(site, "a.json")
    site.build("--clock", "2026-11-25T10:06:00Z")
    assert rows(site, "/traces/") == ["shop s1 10:00:00 100 ms 3 ✖ 1"]
    assert "3 spans · 2 services" in words(site, f"/traces/{TRACE}/")
    assert "shop → pay 1 60 ms ✖ 100 %" in words(site, "/deps/")


def test_a_span_that_ended_after_the_build_has_its_length_in_a_later_one(tmp_path):
    site = make_reading(tmp_path)
    write(site, "a.json", resource("shop", span(1, 0, 70_000)))
    site.build("--clock", "2026-11-25T10:00:30Z")
    assert rows(site, "/traces/") == ["shop s1 10:00:00 0 s 1"]
    assert "ends after now" in words(site, f"/traces/{TRACE}/")
    site.build("--clock", "2026-11-25T10:01:30Z")
    assert rows(site, "/traces/") == ["shop s1 10:00:00 1 min 10 s 1"]
    assert "ends after now" not in words(site, f"/traces/{TRACE}/")


def test_the_list_counts_all_traces_that_were_read_and_says_which_it_has(tmp_path):
    site = make_reading(tmp_path)
    spans = [
        span(1, 0, number, trace=f"{number:032x}", status={"code": 2 * (number % 3 == 0)})
        for number in range(1, 501)
    ]
    write(site, "a.json", resource("shop", *spans))
    site.build("--clock", NOW)
    assert "500 traces · ✖ 166 with errors · listed are the 50 slowest and 20 with errors" in words(
        site, "/traces/"
    )
    assert len(rows(site, "/traces/")) == 50


def test_no_literal_is_published_wherever_a_span_says_it(tmp_path):
    site = make_reading(tmp_path)
    private = "SELECT 'Jane' FROM x WHERE y = 4111999"
    said = {"key": "db.query.text", "value": {"stringValue": private}}
    peer = {"key": "peer.service", "value": {"stringValue": private}}
    odd = {"name": private, "status": {"code": 2, "message": private}, "traceState": private}
    event = {"name": private, "attributes": [said]}
    call = span(2, 10, 20, 1, kind=3, attributes=[said, peer], events=[event], **odd)
    one = resource(private, span(1, 0, 100), call)
    one["scopeSpans"][0]["scope"] = {"name": private, "version": private}
    other = resource(
        "GET /x?token=abcdef4111999", span(3, 30, 40, 1, links=[{"traceId": OTHER, "spanId": "01"}])
    )
    write(site, "a.json", one, other, resource("b", span(1, 0, 9, trace=OTHER, name="GET /x?who=Jane")))
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write('[traces]\nattributes = ["db.query.text"]\n')
    site.build("--clock", NOW)
    everything = b"".join(site.tree().values()).decode("utf-8", "replace")
    assert "SELECT ? FROM x WHERE y = ?" in everything
    assert not [word for word in ("Jane", "4111999", "abcdef") if word in everything]
