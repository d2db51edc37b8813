"""Plans as values: no store, no files."""

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.deployment.headers import headers_for, key_for, kinds_of
from sitegen.deployment.model import Entry, Kind, LocalFile, Reason, Release, RemoteManifest
from sitegen.deployment.plan import STAGES, make_plan, stage_of, wave_of

NOW = 1_763_883_810.0
RELEASE = Release(generation=2, built_at=NOW, now=NOW)
MONTH = 30 * 86_400


def files(bodies: dict[str, str]) -> tuple[LocalFile, ...]:
    kinds = kinds_of(bodies)
    return tuple(
        LocalFile(
            path=path,
            key=key_for(path),
            kind=kinds[path],
            sha256=sha256(body.encode()).hexdigest(),
            size=len(body),
            headers=headers_for(path, kinds[path]),
        )
        for path, body in bodies.items()
    )


def manifest(bodies: dict[str, str], age: float = 30.0) -> RemoteManifest:
    """What a bucket holds that these were deployed to `age` seconds ago."""
    entries = {
        file.key: Entry(
            sha256=file.sha256,
            headers_digest=file.headers.digest,
            etag=f'"{file.key}"',
            size=file.size,
            kind=file.kind,
            changed_at=NOW - age,
        )
        for file in files(bodies)
    }
    return RemoteManifest(generation=1, built_at=NOW - age, entries=entries)


SITE = {
    "index.html": "overview",
    "404.html": "not found",
    "traces/index.html": "list",
    "traces/aa/index.html": "leaf",
    "traces/aa/data.csv": "data",
    "_a/theme.css": "css",
}


def test_everything_is_new_to_an_empty_bucket_and_index_html_comes_last():
    plan = make_plan(files(SITE), None, RELEASE)
    assert [upload.key for upload in plan.uploads] == [
        "_a/theme.css",
        "traces/aa/data.csv",
        "traces/aa/",
        "404.html",
        "traces/",
        "index.html",
    ]
    assert {upload.reason for upload in plan.uploads} == {Reason.NEW}
    assert {upload.expected for upload in plan.uploads} == {None}


def test_what_is_there_already_needs_nothing():
    plan = make_plan(files(SITE), manifest(SITE), RELEASE)
    assert not plan.rewrite
    assert (plan.uploads, plan.deletes, plan.newly_unreferenced) == ((), (), ())


def test_a_changed_file_replaces_the_object_that_the_manifest_knows():
    plan = make_plan(files(SITE | {"index.html": "new"}), manifest(SITE), RELEASE)
    assert [(upload.key, upload.reason, upload.expected) for upload in plan.uploads] == [
        ("index.html", "changed", '"index.html"')
    ]


def test_a_file_that_left_is_kept_with_the_instant_it_left_at():
    smaller = {path: body for path, body in SITE.items() if path != "traces/aa/index.html"}
    plan = make_plan(files(smaller), manifest(SITE), RELEASE)
    assert plan.newly_unreferenced == ("traces/aa/",)
    assert plan.kept["traces/aa/"].unreferenced_since == NOW
    assert plan.deletes == ()
    assert plan.rewrite


@pytest.mark.parametrize(
    ("path", "grace"),
    [("traces/aa/index.html", 120.0), ("traces/aa/data.csv", 120.0), ("_a/theme.css", 8 * 86_400.0)],
)
def test_it_is_deleted_when_its_grace_is_over_and_not_before(path, grace):
    smaller = {name: body for name, body in SITE.items() if name != path}
    key = key_for(path)
    for waited, expected in ((grace - 1, []), (grace, [key])):
        there = manifest(SITE)
        gone = msgspec.structs.replace(there.entries[key], unreferenced_since=NOW - waited)
        there = msgspec.structs.replace(there, entries=there.entries | {key: gone})
        plan = make_plan(files(smaller), there, RELEASE)
        assert [delete.key for delete in plan.deletes] == expected
        assert plan.rewrite is bool(expected)


BODIES = st.dictionaries(
    st.sampled_from([*SITE, "about/index.html", "a/b/c/index.html", "feed.xml", "x.png", "_a/y.css"]),
    st.sampled_from(["one", "two"]),
)


@given(BODIES, BODIES)
@settings(deadline=None, max_examples=200)
def test_after_any_plan_the_bucket_holds_the_tree_and_nothing_that_is_not_accounted_for(local, remote):
    # An asset's name changes with its bytes, so one that is in both is the same in both.
    local |= {path: remote[path] for path in local if path.startswith("_a/") and path in remote}
    tree, there = files(local), manifest(remote)
    plan = make_plan(tree, there, RELEASE)
    uploaded = {upload.key: upload.file.sha256 for upload in plan.uploads}
    after = {key: entry.sha256 for key, entry in plan.kept.items()} | uploaded
    assert {file.key: file.sha256 for file in tree}.items() <= after.items()
    assert after.keys() == {file.key for file in tree} | there.entries.keys()
    assert plan.deletes == ()
    assert all(
        there.entries.get(key) is None or there.entries[key].sha256 != uploaded[key] for key in uploaded
    )
    waves = [wave_of(upload) for upload in plan.uploads]
    assert waves == sorted(waves)


def test_new_pages_go_before_changed_ones_and_the_overview_is_last():
    there = manifest({path: "old" for path in SITE if path != "_a/theme.css"} | {"_a/theme.css": "css"})
    tree = files(SITE | {"about/index.html": "new leaf", "new/index.html": "hub", "new/a/index.html": "leaf"})
    keys = [upload.key for upload in make_plan(tree, there, RELEASE).uploads]
    new = [keys.index(key) for key in ("about/", "new/a/", "new/")]
    changed = [keys.index(key) for key in ("traces/aa/", "traces/", "404.html")]
    assert max(new) < min(changed)
    assert keys[-1] == "index.html"


def test_the_stages_are_named_in_order():
    named = {STAGES[stage_of(file)]: file.kind for file in files(SITE)}
    assert named == {
        "assets": Kind.ASSET,
        "files": Kind.FILE,
        "leaf pages": Kind.LEAF,
        "hubs": Kind.HUB,
        "the overview": Kind.HUB,
    }
