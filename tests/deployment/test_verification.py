"""What visitors get is looked at through a cache with the real lifetimes, and what they get wrong is taken back."""

import re
from itertools import count

import pytest
from msgspec.structs import replace
from sitegen.deployment.edge import Served
from sitegen.deployment.job import Job, Place
from sitegen.deployment.model import Bucket, DeployOptions, Kind, Reason, Target
from sitegen.deployment.run import run_check, run_deploy, run_rollback
from sitegen.deployment.standing import TargetMemory
from sitegen.deployment.verification import Change, Verdict, choose, forbidden_styles, judge
from sitegen.errors import ConfigError, GateError, RefusedError, SitegenError
from sitegen.instrumentation.clock import Deadline
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import publish
from sitegen.state.lock import hold
from tests.deployment.edge import Cache, serving
from tests.deployment.house import NOW, SteppingClock, inline, page

STYLE = "<style>body{}</style>"


class Site:
    """A site that is built and deployed to a bucket behind a cache; pauses pass at once."""

    def __init__(self, folder, target, cache, address) -> None:
        self.dist, self.state = folder / "dist", folder / ".sitegen"
        self.target, self.cache, self.address = target, cache, address
        self.numbers = count(1)
        self.now = NOW
        self.number = 0
        self.paused: list[float] = []

    def build(self, text: str | None = None, **pages: str) -> dict[str, bytes]:
        self.number = next(self.numbers)
        text = text or f"generation {self.number}"
        texts = {
            "index.html": page(text, *(f"{name}/" for name in ("about", *pages))).replace(
                "</head>", f"{STYLE}</head>"
            ),
            "404.html": page("not found", "/"),
            "about/index.html": page("about"),
            **{f"{name}/index.html": page(body) for name, body in pages.items()},
        }
        bodies = {path: body.encode() for path, body in texts.items()}
        files = tuple(OutputFile(path, body) for path, body in bodies.items())
        with hold(self.state, self.now):
            publish(files, self.dist, self.state, Manifest.of(self.number, self.now, files))
        return bodies

    def job(self, seconds: float = 30.0, **options) -> Job:
        clock = SteppingClock(self.now)
        options = DeployOptions(base_url=self.address, **options)
        place = Place(self.dist, self.state)
        return Job(place, self.target, options, clock, Deadline(clock, seconds), inline, self.pause)

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.cache.now += seconds

    def deploy(self, after: float = 30.0, **options):
        self.pass_time(after)
        return run_deploy(self.job(**options))

    def roll_back(self, to=None, after: float = 30.0, **options):
        self.pass_time(after)
        return run_rollback(self.job(**options), to)

    @property
    def standing(self):
        return TargetMemory(self.state, self.target.name).recall()

    def there(self) -> dict[str, bytes]:
        bodies = self.cache.bucket.bodies()
        return {(key + "index.html" if key.endswith("/") else key): body for key, body in bodies.items()}


@pytest.fixture
def site(tmp_path, proxy, wire, bucket):
    cache = Cache(bucket)
    target = Target(name="live", buckets=(Bucket(bucket.name, "us-east-1"),), endpoint_url=proxy[1])
    with serving(cache) as address:
        made = Site(tmp_path, target, cache, address)
        yield made


def spoil(path, status=200, body=b"spoiled", **headers):
    def spoils(asked, was, known, content):
        return (
            (status, known | headers, body if body is not None else content)
            if asked == path
            else (was, known, content)
        )

    return spoils


# --- Good deploys ---------------------------------------------------------------------


@pytest.mark.parametrize("cycles", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_no_good_deploy_is_taken_back_though_a_cache_serves_what_was_there_before(site, cycles):
    for cycle in range(cycles):
        built = site.build(news=f"news {cycle // 3}", **{f"n{cycle // 7}": "new"})
        report = site.deploy(after=(30, 3, 11, 19)[cycle % 4])
        assert (report.status, report.problems) == ("ok", ())
        assert built.items() <= site.there().items()
    assert site.paused == []
    assert site.standing.good


def test_at_most_eight_pages_are_asked_for_the_overview_first(site):
    site.build(**{f"p{number}": "page" for number in range(20)})
    site.deploy()
    assert len(site.cache.asked) == 8 + 1  # and the overview for its policy
    assert site.cache.asked[:2] == ["/", "/"]


def test_where_nothing_changed_nobody_is_asked(site):
    site.build("the same")
    site.deploy()
    site.deploy(after=30)
    site.cache.asked.clear()
    site.deploy(after=30)
    assert site.cache.asked == []


def test_a_page_that_is_still_old_is_asked_for_again_and_after_a_minute_a_problem(site):
    site.build("one")
    site.deploy()
    site.build("two")
    site.cache.spoils = lambda path, status, headers, body: (
        (200, headers, old) if path == "/" else (status, headers, body)
    )
    old = site.there()["index.html"]
    assert site.deploy().problems == ()
    assert site.deploy(after=30).problems == ()
    report = site.deploy(after=40)
    assert [problem.message for problem in report.problems] == ["/ is still served as it was before"]
    assert report.status == "degraded"
    assert site.there()["index.html"] != old


# --- What visitors get wrong ----------------------------------------------------------


@pytest.mark.parametrize(
    ("spoils", "why"),
    [
        (spoil("/about/", 500), "/about/ is answered with 500"),
        (spoil("/about/", 403), "/about/ is answered with 403"),
        (spoil("/about/", 404), "/about/ is answered with 404"),
        (spoil("/about/"), "/about/ is served with other bytes than were deployed"),
        (spoil("/about/", body=None, **{"Content-Type": "text/plain"}), "/about/ is served as text/plain"),
        (spoil("/", 301, Location="/x/"), "/ is answered with 301"),
    ],
)
def test_what_visitors_get_wrong_twice_is_taken_back_and_not_sent_again(site, spoils, why):
    first = site.build()
    site.deploy()
    site.deploy()
    changed = site.build()
    pages = {"about/index.html": page("about, changed").encode()}
    files = tuple(OutputFile(path, body) for path, body in (changed | pages).items())
    with hold(site.state, site.now):
        publish(files, site.dist, site.state, Manifest.of(site.number, site.now, files))
    site.cache.spoils = spoils

    with pytest.raises(SitegenError, match=re.escape(why)) as caught:
        site.deploy()

    assert (caught.value.exit_code, caught.value.reason) == (1, "verification")
    assert "generation 1 was put back" in str(caught.value)
    assert site.paused == [5.0]
    assert site.there() == first
    # The same bytes are not sent again; others are.
    site.cache.spoils = lambda path, status, headers, body: (status, headers, body)
    report = site.deploy(after=60)
    assert (report.uploaded, report.status) == ((), "degraded")
    assert "wrong as it is now, so an earlier one stays" in report.problems[0].message
    assert site.there() == first
    third = site.build("others")
    assert site.deploy(after=60).status == "ok"
    assert site.there()["index.html"] == third["index.html"]


def test_what_was_taken_back_goes_out_again_by_force(site):
    site.build()
    site.deploy()
    site.deploy()
    second = site.build()
    site.cache.spoils = spoil("/", 500)
    with pytest.raises(SitegenError, match="was put back"):
        site.deploy()
    site.cache.spoils = lambda path, status, headers, body: (status, headers, body)
    report = site.deploy(after=60, force=True)
    assert (report.status, report.problems) == ("ok", ())
    assert site.there() == second


def test_what_is_wrong_once_only_is_not_taken_back(site):
    site.build()
    site.deploy()
    second = site.build()
    times = []
    site.cache.spoils = lambda path, status, headers, body: (
        (500, headers, b"")
        if path == "/" and not site.paused
        else (status, headers, times.append(path) or body)
    )
    assert site.deploy().status == "ok"
    assert site.paused == [5.0]
    assert site.there()["index.html"] == second["index.html"]


def test_an_edge_that_never_served_the_right_bytes_is_told_of_and_stops_no_deploy(site):
    site.cache.spoils = lambda path, status, headers, body: (status, headers, body + b"<!-- by the edge -->")
    for _ in range(3):
        built = site.build()
        report = site.deploy()
        assert report.status == "degraded"
        assert "other bytes than were deployed" in report.problems[0].message
        assert site.there() == built


def test_after_a_deploy_was_taken_back_the_next_is_looked_at_before_one_is_taken_back_again(site):
    site.build()
    site.deploy()
    site.deploy()
    site.build()
    site.cache.spoils = spoil("/", 500)
    with pytest.raises(SitegenError, match="was put back"):
        site.deploy()
    for _ in range(2):
        built = site.build()
        assert site.deploy().status == "degraded"
        assert site.there() == built


def test_an_address_that_cannot_be_reached_is_said_and_left_alone_for_five_minutes(site):
    site.address = "http://127.0.0.1:9/"
    site.build()
    report = site.deploy()
    assert report.status == "ok"
    assert [problem.where for problem in report.problems] == ["deploy.edge"]
    assert "was not looked at" in report.problems[0].message
    site.build()
    assert site.deploy(after=60).problems == ()
    site.build()
    assert len(site.deploy(after=300).problems) == 1


def test_without_time_for_a_second_look_the_next_deploy_looks_again_and_takes_it_back(site):
    first = site.build()
    site.deploy()
    site.build()
    site.cache.spoils = spoil("/", 500)
    assert site.deploy(seconds=6.0).status == "ok"
    with pytest.raises(SitegenError, match="generation 1 was put back"):
        site.deploy(after=30)
    assert site.there() == first


# --- By hand --------------------------------------------------------------------------


def test_the_generation_before_comes_back_with_one_command_and_later_deploys_wait(site):
    first = site.build()
    site.deploy()
    site.build()
    site.deploy()
    report = site.roll_back()
    assert (report.status, report.generation) == ("ok", 1)
    assert site.there() == first
    site.build()
    with pytest.raises(RefusedError, match="was put back to generation 1 by hand") as caught:
        site.deploy()
    assert caught.value.report.refusal.command == "sitegen deploy --target live --force"
    assert site.there() == first
    fourth = site.build()
    assert site.deploy(force=True).status == "ok"
    assert site.there() == fourth
    site.build()
    assert site.deploy().status == "ok"


def test_one_may_go_back_further_and_to_a_generation_by_its_number(site):
    built = {}
    for _ in range(4):
        bodies = site.build()
        built[site.number] = bodies
        site.deploy()
    assert site.roll_back().generation == 3
    assert site.roll_back().generation == 2
    assert site.there() == built[2]
    assert site.roll_back(to=4).generation == 4
    assert site.there() == built[4]


def test_what_a_way_back_would_do_can_be_looked_at(site):
    site.build()
    site.deploy()
    second = site.build()
    site.deploy()
    report = site.roll_back(dry_run=True)
    assert [line.key for line in report.uploaded] == ["index.html"]
    assert site.there() == second
    assert site.deploy().status == "ok"


def test_a_way_back_that_is_not_there_is_a_sentence(site):
    site.build()
    with pytest.raises(SitegenError, match="there is no earlier generation of live; none is kept"):
        site.roll_back()
    site.deploy()
    with pytest.raises(ConfigError, match="generation 17 of live is not kept; none is kept"):
        site.roll_back(to=17)


def test_a_page_that_was_touched_since_is_not_put_back(site):
    site.build()
    site.deploy()
    kept = next((site.state / "deployed").glob("*.generations/1"))
    next(path for path in kept.iterdir() if path.name != "manifest.json").write_bytes(b"touched")
    site.build()
    site.deploy()
    with pytest.raises(SitegenError, match="generation 1 of live is damaged"):
        site.roll_back()


def test_five_generations_are_kept(site):
    for _ in range(8):
        site.build()
        site.deploy()
    assert TargetMemory(site.state, "live").generations() == [4, 5, 6, 7, 8]


# --- Before and beside ----------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'; style-src 'sha256-AAAA'",
        "default-src 'none'",
        "style-src 'self'",
        "style-src 'unsafe-inline' 'sha256-AAAA'",
        "style-src 'unsafe-inline', style-src 'none'",
    ],
)
def test_a_style_sheet_that_the_edges_policy_forbids_is_refused_before_anything_is_sent(site, policy, wire):
    first = site.build()
    site.deploy()
    site.cache.policy = policy
    site.pass_time(60)
    memory = TargetMemory(site.state, "live")
    memory.keep(replace(memory.recall(), styles=()))
    site.build()
    wire.forget()
    with pytest.raises(RefusedError, match="forbids the site's style sheets") as caught:
        site.deploy()
    assert (caught.value.exit_code, caught.value.reason) == (6, "policy")
    assert wire.of("PUT") == []
    assert site.there() == first


def test_an_error_without_a_policy_says_nothing_of_what_the_edge_allows(site):
    site.cache.spoils = spoil("/", 503)
    site.build()
    site.deploy()
    assert site.standing.styles == ()


def test_with_a_copy_that_is_down_the_way_back_is_kept_and_nobody_is_looked_at(site, buckets, wire):
    second = Bucket(buckets[1].name, "us-east-1")
    site.target = replace(site.target, buckets=(*site.target.buckets, second))
    first = site.build()
    site.deploy()
    site.deploy()
    wire.fails = lambda call: "never arrived" if call.bucket == second.name else None
    site.cache.asked.clear()
    site.build()
    assert site.deploy().status == "degraded"
    assert site.cache.asked == []
    assert site.roll_back().generation == 1
    assert first.items() <= site.there().items()


@pytest.mark.parametrize("policy", ["", "style-src 'unsafe-inline'", "img-src 'none'"])
def test_a_policy_that_lets_the_styles_be_stops_nothing(policy):
    assert forbidden_styles(policy, [STYLE.encode()]) == []


def test_the_whole_site_can_be_looked_at_without_changing_anything(site, wire):
    site.build()
    site.deploy()
    wire.forget()
    report = run_check(site.job())
    assert (report.status, report.objects) == ("ok", 3)
    assert wire.calls == []
    site.cache.spoils = spoil("/404.html")
    with pytest.raises(GateError, match=re.escape("/404.html is served with other bytes")) as caught:
        run_check(site.job())
    assert caught.value.exit_code == 3


def test_a_site_without_an_address_cannot_be_looked_at(site):
    site.build()
    site.address = ""
    assert site.deploy().problems == ()
    with pytest.raises(ConfigError, match="base_url"):
        run_check(site.job())


# --- Judging --------------------------------------------------------------------------

CHANGE = Change("about/", "a" * 64, "text/html; charset=utf-8", Kind.LEAF, Reason.CHANGED, "b" * 64)


@pytest.mark.parametrize(
    ("served", "verdict"),
    [
        (Served("about/", 200, "a" * 64, "text/html;charset=UTF-8"), Verdict.GOOD),
        (Served("about/", 200, "b" * 64, "text/html"), Verdict.OLD),
        (Served("about/", 200, "c" * 64, "text/html"), Verdict.OLD),
        (Served("about/", 200, "d" * 64, "text/html; charset=utf-8"), Verdict.WRONG),
        (Served("about/", 404), Verdict.WRONG),
        (Served("about/", 0, reason="does not answer"), Verdict.UNKNOWN),
    ],
)
def test_a_page_is_judged_by_its_digest_its_type_and_its_status(served, verdict):
    assert judge(CHANGE, served, {"c" * 64: NOW}).verdict is verdict


def test_a_new_page_that_is_not_there_yet_is_old_and_not_wrong():
    assert judge(replace(CHANGE, before=None), Served("about/", 404), {}).verdict is Verdict.OLD


def test_of_many_changes_the_overview_new_assets_and_pages_are_looked_at():
    changes = [replace(CHANGE, key=f"p{number}/") for number in range(9)]
    changes += [
        replace(CHANGE, key="_a/x.css", kind=Kind.ASSET),
        replace(CHANGE, key="index.html", kind=Kind.HUB),
    ]
    assert [one.key for one in choose(changes)][:3] == ["index.html", "_a/x.css", "p0/"]
    assert len(choose(changes)) == 8
