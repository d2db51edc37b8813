"""Pages that may fail alone: what is wrong with one trace or one page of the author's costs no other."""

import asyncio

import pytest
from msgspec.structs import replace
from sitegen.concurrency.manager import Manager, PoolSizes
from sitegen.config import Site
from sitegen.content.authored import ContentKind, ContentPage, FrontMatter, PageLink
from sitegen.findings import ContentFindings
from sitegen.gate.leaks import Canaries
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.pipeline.leaves import Leaves
from sitegen.pipeline.planning import Plan
from sitegen.pipeline.selection import Selection
from tests.pages.samples import NOW, Maker, Size, cache_folder, drawn_of, findings_of, frame

KEY = "AKIA" + "IOSFODNN7EXAMPLQ"


@pytest.fixture
def leaves(tmp_path):
    clock = SystemClock()
    deadline = Deadline(clock, 100.0)
    plan = Plan(
        sizes=PoolSizes.alone(), deadline=deadline, site=Site(), cache=cache_folder(),
        selection=Selection((), tmp_path), canaries=Canaries(),
    )  # fmt: skip
    with Manager(plan.sizes, Recorder(clock), deadline) as manager:
        yield Leaves(manager, plan, frame())


def page(name, body="<p>text</p>", **more):
    return ContentPage(
        f"/posts/{name}/",
        ContentKind.POST,
        FrontMatter(title=name, date=NOW),
        body,
        source=f"posts/{name}.md",
        **more,
    )


def messages(leaves, section):
    return [problem.message for problem in leaves.problems.get(section, ())]


def test_a_trace_that_cannot_be_composed_costs_its_own_page_and_is_named(leaves):
    findings = findings_of(traces=Maker(Size(traces=4)).traces())
    drawn = drawn_of(findings)
    odd = min(drawn.traces)
    waterfall = replace(drawn.traces[odd].waterfall, rows=())
    drawn = replace(drawn, traces=drawn.traces | {odd: replace(drawn.traces[odd], waterfall=waterfall)})
    pages, left = asyncio.run(leaves.render_traces(findings, drawn))
    assert {page.record.path.split("/")[2] for page in pages} == drawn.traces.keys() - {odd}
    assert left.traces.keys() == drawn.traces.keys() - {odd}
    [message] = messages(leaves, "traces")
    assert message.startswith(
        f"the trace {odd} has no page: render /traces/{odd}/: a bug in sitegen: IndexError"
    )


def test_a_page_that_the_gate_refuses_is_its_last_good_version_or_gone(leaves):
    content = ContentFindings(
        NOW,
        pages=(page("old", f"<p>new {KEY}</p>"), page("new", f"<p>{KEY}</p>"), page("fine")),
        former=(page("old", "<p>old</p>"),),
    )
    done, findings = asyncio.run(leaves.render_authored(findings_of(content=content)))
    assert sorted(done) == ["/posts/fine/", "/posts/old/"]
    assert b"<p>old</p>" in done["/posts/old/"].file.body
    assert [one.path for one in findings.content.pages] == ["/posts/old/", "/posts/fine/"]
    assert [message.partition(":")[0] for message in messages(leaves, "content")] == [
        "content/posts/old.md",
        "content/posts/new.md",
    ]


def test_links_that_lead_nowhere_on_the_finished_site_become_text(leaves):
    there, gone = PageLink("/there/", 3, "/there/"), PageLink("/logs/9/", 4, "/logs/9/")
    part = PageLink("/posts/b/#x", 5, "b.md#x")
    body = '<p><a href="/posts/b/">b</a> <a href="/logs/9/">log</a> <a href="/posts/b/#x">x</a></p>'
    content = ContentFindings(NOW, pages=(page("a", body, links=(gone, part)), page("b", links=(there,))))
    findings = findings_of(content=content)

    async def mend():
        done, _ = await leaves.render_authored(findings)
        return await leaves.mend_links(findings, done, [], ())

    shown, pages = asyncio.run(mend())
    body = next(one.file.body for one in pages if one.record.path == "/posts/a/").decode()
    assert '<a href="/posts/b/">b</a> log x' in body
    assert shown.pages[0].links == ()
    assert messages(leaves, "content") == [
        "content/posts/a.md:4: the link to '/logs/9/' leads nowhere",
        "content/posts/a.md:5: the link to 'b.md#x' leads nowhere",
        "content/posts/b.md:3: the link to '/there/' leads nowhere",
    ]


def test_a_page_that_ran_out_of_time_stays_as_it_is_on_the_site(leaves, tmp_path):
    late = Deadline(SystemClock(), 0.0)
    with Manager(PoolSizes.alone(), Recorder(SystemClock()), late) as manager:
        slow = Leaves(manager, leaves._plan, frame())
        (tmp_path / "posts" / "old").mkdir(parents=True)
        body = asyncio.run(
            leaves.render_authored(findings_of(content=ContentFindings(NOW, pages=(page("old"),))))
        )[0]
        (tmp_path / "posts" / "old" / "index.html").write_bytes(body["/posts/old/"].file.body)
        content = ContentFindings(NOW, pages=(page("old", "<p>news</p>"), page("new")))
        done, findings = asyncio.run(slow.render_authored(findings_of(content=content)))
    assert {path: one.file.body for path, one in done.items()} == {
        "/posts/old/": body["/posts/old/"].file.body
    }
    assert [one.path for one in findings.content.pages] == ["/posts/old/"]
    assert [message.partition(": ")[2] for message in messages(slow, "content")] == [
        "render /posts/old/: not started by the deadline",
        "render /posts/new/: not started by the deadline",
    ]
