"""Lists of pages become files: with any theme, and with the same bytes wherever they are made."""

import asyncio
import shutil
from pathlib import Path

import pytest
from sitegen.concurrency.manager import Manager, PoolSizes
from sitegen.config import load_config
from sitegen.errors import GateError
from sitegen.findings import ContentFindings
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.output import OutputFile
from sitegen.pipeline.build import Options, build
from sitegen.pipeline.rendering import Generation, inspect, render_pages
from tests.acceptance.sites import make_site
from tests.pages.samples import Maker, Size, cache_folder, frame, lists_of

THEME = Path(__file__).resolve().parents[2] / "themes" / "terminal"


@pytest.fixture(scope="module")
def lists():
    return lists_of(Maker(Size(panels=10, lines=150, word=60)).findings())


def rendered(lists, sizes):
    clock = SystemClock()
    with Manager(sizes, Recorder(clock), Deadline(clock, 100.0)) as manager:
        return asyncio.run(render_pages(manager, lists, frame(), cache_folder(), Canaries()))


def test_pages_have_the_same_bytes_in_line_and_in_processes(lists):
    alone = rendered(lists, PoolSizes.alone())
    assert rendered(lists, PoolSizes(shared=2)) == alone
    assert {"metrics/2/index.html", "logs/2/index.html"} <= {page.file.path for page in alone}
    assert [finding for page in alone for finding in page.findings] == []


def test_a_page_is_recorded_with_what_it_weighs_and_its_cap(lists):
    for page in rendered(lists, PoolSizes.alone()):
        record = page.record
        assert record.raw == len(page.file.body)
        assert 0 < record.compressed <= record.cap == (3_000 if record.path == "/404.html" else 13_000)


def generation_of(styles: int) -> Generation:
    pages = (
        OutputFile(f"{number}/index.html", f"<style>a{{top:{number}px}}</style>".encode())
        for number in range(styles)
    )
    files = (*pages, OutputFile("index.html", b""), OutputFile("404.html", b""))
    return Generation((), (), (), files, ContentFindings(made_at=0.0), {})


def test_a_site_has_at_most_twelve_style_sheets():
    inspect(generation_of(12), "", Canaries())
    with pytest.raises(GateError, match="13 different style sheets and may have 12"):
        inspect(generation_of(13), "", Canaries())


def test_a_site_builds_with_a_theme_of_ones_own_that_has_three_more_elements_a_panel(tmp_path):
    site = make_site(tmp_path / "site")
    folder = Path(shutil.copytree(THEME, site.folder / "mine"))
    parts = (folder / "parts.mako").read_text(encoding="utf-8")
    wrapped = parts.replace("<figure>", "<div><div><div><figure>").replace(
        "</figure>", "</figure></div></div></div>"
    )
    assert wrapped != parts
    (folder / "parts.mako").write_text(wrapped, encoding="utf-8")
    toml = site.folder / "sitegen.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[site]\n", '[site]\ntheme = "mine"\n', 1), encoding="utf-8")
    config = load_config(toml, {})
    for _ in range(2):
        record = build(config, Options(output=site.folder / "dist", jobs=1), SystemClock(), lambda _: None)
    assert record.status == "ok"
    assert (site.folder / "dist" / "metrics" / "index.html").read_text(encoding="utf-8").count(
        "<div><div><div>"
    ) >= 5
