"""What a deploy refuses before it writes anything, and when it deletes; on a folder, without a network."""

import json
from hashlib import sha256

import msgspec
import pytest
from sitegen.deployment.model import MANIFEST_KEY
from sitegen.deployment.snapshot import Snapshot
from sitegen.errors import BusyError, ConfigError, GateError, RefusedError, SitegenError
from sitegen.publishing.model import Manifest, ManifestEntry
from tests.deployment.house import asset_name, files_below, write_site


@pytest.fixture
def deployer(folder_deployer):
    return folder_deployer


@pytest.fixture
def mirror(tmp_path):
    return tmp_path / "mirror"


def many_traces(count: int) -> tuple[str, ...]:
    return tuple(f"t{number:03}" for number in range(count))


def leave(dist, *traces: str) -> None:
    """Take the pages of these traces away, and the links to them."""
    for trace in traces:
        (dist / "traces" / trace / "index.html").unlink()
    write_site(dist, traces=tuple(sorted(page.parent.name for page in dist.glob("traces/*/index.html"))))


# --- The gate -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("about/index.html", '<a href="/nowhere/">x</a>'),
        ("about/index.html", '<img src="gone.png">'),
        ("about/index.html", "<p><ScRipt>1</ScRipt>"),
        ("badge.svg", "<svg><script/></svg>"),
        ("Upper.txt", ""),
        ("with space.txt", ""),
        ("_sitegen/x", ""),
    ],
)
def test_a_tree_that_is_not_in_order_is_refused_by_name_before_anything_is_written(
    deployer, mirror, dist, path, text
):
    (dist / path).parent.mkdir(exist_ok=True)
    (dist / path).write_text(text)
    with pytest.raises(GateError) as as_result:
        deployer()
    assert path in str(as_result.value)
    assert not mirror.exists()


@pytest.mark.parametrize("path", ["index.html", "404.html"])
def test_a_tree_without_its_two_pages_is_refused(deployer, mirror, dist, path):
    (dist / path).unlink()
    with pytest.raises(GateError, match=f"{path} is missing"):
        deployer()
    assert not mirror.exists()


def test_a_long_list_of_faults_is_cut_short(deployer, dist):
    (dist / "about" / "index.html").write_text("".join(f'<a href="/no{number}">' for number in range(12)))
    with pytest.raises(GateError, match="and 7 more"):
        deployer()


def test_a_symbolic_link_is_refused(deployer, dist):
    (dist / "passwd.txt").symlink_to("/etc/passwd")
    with pytest.raises(GateError, match=r"'passwd\.txt' is a symbolic link"):
        deployer()


def test_links_below_the_base_url_are_local_and_external_ones_are_not_looked_up(deployer, mirror, dist):
    about = dist / "about" / "index.html"
    about.write_text('<a href="https://example.org/obs/traces/">1</a><a href="https://example.com/x">2</a>')
    for path in dist.rglob("*.html"):
        path.write_text(path.read_text().replace('href="/', 'href="/obs/'))
    deployer(base_url="https://example.org/obs/")
    assert files_below(mirror) == files_below(dist)


def test_a_missing_tree_is_a_fault_of_the_configuration(deployer, tmp_path):
    deployer.dist = tmp_path / "nothing"
    with pytest.raises(ConfigError, match="run `sitegen build` first"):
        deployer()


# --- The guards ------------------------------------------------------------------


def test_too_many_deletions_are_refused_and_nothing_is_touched(deployer, mirror, dist):
    write_site(dist, traces=many_traces(150))
    deployer()
    before = files_below(mirror)
    leave(dist, *many_traces(150)[:23])
    with pytest.raises(RefusedError, match=r"23 published objects would be deleted.*--max-deletes 23"):
        deployer()
    assert files_below(mirror) == before
    deployer(max_deletes=23)
    assert deployer(after=120).deleted == 23


def test_a_limit_of_ones_own_is_held_when_objects_leave_and_when_they_are_deleted(deployer, mirror, dist):
    deployer()
    leave(dist, "bb")
    before = files_below(mirror)
    with pytest.raises(RefusedError, match="limit of 0"):
        deployer(max_deletes=0)
    assert files_below(mirror) == before
    deployer()
    with pytest.raises(RefusedError, match="limit of 0"):
        deployer(max_deletes=0, after=500)
    assert (mirror / "traces" / "bb" / "index.html").exists()


@pytest.mark.parametrize("count", [2, 500])
def test_a_tree_far_from_the_last_ones_size_is_refused_unless_forced(deployer, mirror, dist, count):
    write_site(dist, traces=many_traces(40))
    deployer()
    before = files_below(mirror)
    leave(dist, *many_traces(40))
    write_site(dist, traces=many_traces(count))
    with pytest.raises(
        RefusedError, match=r"(objects|bytes) and the last generation held .* --force"
    ) as as_result:
        deployer(max_deletes=100)
    assert (as_result.value.reason, as_result.value.remedy) == ("size", ("deploy", "--force"))
    assert files_below(mirror) == before
    assert deployer(force=True, max_deletes=100).status == "ok"
    assert files_below(dist).items() <= files_below(mirror).items()


def test_a_site_may_grow_to_ten_times_its_size_between_two_deploys(deployer, mirror, dist):
    (dist / "badge.svg").write_text("<svg>" + " " * 20_000 + "</svg>")
    deployer()
    (dist / "badge.svg").write_text("<svg>" + " " * 200_000 + "</svg>")
    assert deployer().status == "ok"
    assert (mirror / "badge.svg").stat().st_size > 200_000


@pytest.mark.parametrize("size", [500, 500_000])
def test_a_tree_of_as_many_files_but_of_far_fewer_or_more_bytes_is_refused_too(deployer, mirror, dist, size):
    (dist / "badge.svg").write_text("<svg>" + " " * 20_000 + "</svg>")
    deployer()
    (dist / "badge.svg").write_text("<svg>" + " " * size + "</svg>")
    with pytest.raises(RefusedError, match="bytes and the last generation held"):
        deployer()
    assert len((mirror / "badge.svg").read_text()) == 20_011


def test_what_share_a_site_may_shrink_to_can_be_said(deployer, dist):
    write_site(dist, traces=many_traces(19))
    deployer()
    leave(dist, *many_traces(19)[:12])
    with pytest.raises(RefusedError):
        deployer(max_shrink=0.8)
    assert deployer(max_shrink=0.5).status == "ok"


# --- Pages with a declared end ----------------------------------------------------


def end_pages(dist, traces, ends: float):
    """What a build says of these traces: their pages end then."""
    files = {
        path.relative_to(dist).as_posix(): ManifestEntry("", 0) for path in dist.rglob("*") if path.is_file()
    }
    files |= {f"traces/{trace}/index.html": ManifestEntry("", 0, ends) for trace in traces}
    return Snapshot(dist, Manifest(1, 1.0, files), ())


def test_pages_at_their_declared_end_leave_without_a_word_and_lost_ones_do_not(deployer, dist):
    traces = many_traces(60)
    write_site(dist, traces=traces)
    deployer.still = end_pages(dist, traces[:40], deployer.now + 1000)
    deployer()
    leave(dist, *traces[:40])
    with pytest.raises(RefusedError, match="40 published objects would be deleted"):
        deployer(after=900, max_shrink=0)
    assert deployer(after=100).status == "ok"
    assert deployer(after=200).deleted == 40


def test_an_asset_may_not_change_its_bytes_under_its_name(deployer, mirror, dist):
    (dist / "_a" / "logo.png").write_bytes(b"one")
    deployer()
    (dist / "_a" / "logo.png").write_bytes(b"two")
    with pytest.raises(GateError, match=r"_a/logo\.png has other bytes than before"):
        deployer()
    assert (mirror / "_a" / "logo.png").read_bytes() == b"one"


def test_an_older_build_does_not_replace_a_newer_one_unless_forced(deployer, mirror, dist):
    deployer()
    before = files_below(mirror)
    write_site(dist, note="older")
    with pytest.raises(BusyError, match="generation 1, which is newer"):
        deployer(built_at=deployer.now - 60)
    assert files_below(mirror) == before
    deployer(built_at=deployer.now - 60, force=True)
    assert files_below(mirror) == files_below(dist)


def test_an_older_build_of_the_same_bytes_has_nothing_to_do(deployer):
    deployer()
    assert deployer(built_at=deployer.now - 60).requests.put == 0


# --- Deletes ------------------------------------------------------------------------


def test_an_asset_is_deleted_eight_days_after_the_last_page_left_it(deployer, mirror, dist):
    deployer()
    old = asset_name("body{}")
    write_site(dist, css="body{color:red}")
    deployer()
    assert deployer(after=8 * 86_400 - 1).deleted == 0
    assert (mirror / old).exists()
    assert deployer(after=1).deleted_keys == (old,)
    assert files_below(mirror) == files_below(dist)


def test_an_asset_that_is_still_in_the_tree_is_kept_however_old_it_is(deployer, mirror, dist):
    deployer()
    assert deployer(after=10 * 365 * 86_400.0).deleted == 0
    assert files_below(mirror) == files_below(dist)


def test_a_page_that_comes_back_within_its_grace_is_not_uploaded_again(deployer, mirror, dist):
    deployer()
    leave(dist, "bb")
    deployer()
    write_site(dist)
    assert [line.key for line in deployer(after=60).uploaded] == ["traces/"]
    assert deployer(after=1000).deleted == 0
    assert files_below(mirror) == files_below(dist)


# --- A folder ---------------------------------------------------------------------------


def test_a_folder_is_the_tree_file_for_file_and_a_second_deploy_writes_nothing(deployer, mirror, dist):
    report = deployer()
    assert files_below(mirror) == files_below(dist)
    assert (mirror / MANIFEST_KEY).exists()
    assert "metrics/" in {line.key for line in report.uploaded}
    assert report.projected_usd_month == 0
    second = deployer()
    assert (second.requests.get, second.requests.put, second.uploaded) == (1, 0, ())


def test_a_folder_is_healed_when_asked_and_what_others_put_there_stays(deployer, mirror, dist):
    deployer()
    (mirror / "index.html").write_text("edited by hand")
    (mirror / "about" / "index.html").unlink()
    (mirror / "theirs.txt").write_text("theirs")
    report = deployer(reconcile=True)
    assert {line.key: line.reason for line in report.uploaded} == {
        "about/": "new",
        "index.html": "changed in the bucket",
    }
    assert files_below(mirror) == files_below(dist) | {"theirs.txt": b"theirs"}
    assert deployer(reconcile=True).requests.put == 0


def test_a_folder_whose_manifest_was_lost_is_looked_through_and_not_written_again(deployer, mirror):
    deployer()
    (mirror / MANIFEST_KEY).unlink()
    report = deployer()
    assert report.uploaded == ()
    assert (mirror / MANIFEST_KEY).exists()


def test_a_manifest_that_was_tampered_with_leads_nowhere_outside_of_the_folder(deployer, mirror, tmp_path):
    deployer()
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    entry = {
        "sha256": "",
        "headers_digest": "",
        "etag": sha256(b"mine").hexdigest(),
        "size": 4,
        "class": "leaf",
        "changed_at": 1.0,
        "unreferenced_since": 1.0,
    }
    manifest = json.loads((mirror / MANIFEST_KEY).read_text())
    manifest["entries"] |= {"../outside.txt": entry, "index.html/../../outside.txt": entry}
    (mirror / MANIFEST_KEY).write_text(json.dumps(manifest))
    assert deployer().deleted == 0
    assert outside.exists()


def test_a_folder_leaves_no_empty_folders_behind(deployer, mirror, dist):
    deployer()
    leave(dist, "bb")
    deployer()
    deployer(after=120)
    assert not (mirror / "traces" / "bb").exists()
    assert (mirror / "traces").is_dir()


def test_a_folder_that_cannot_be_written_is_a_sentence(deployer, mirror):
    mirror.write_text("a file stands in the way")
    with pytest.raises(SitegenError, match=r"(reading|writing) .*mirror") as as_result:
        deployer()
    assert as_result.value.exit_code == 1


@pytest.mark.parametrize("inside", [".", "public", ".."])
def test_a_folder_and_the_tree_may_not_lie_in_each_other(deployer, dist, inside):
    deployer.target = msgspec.structs.replace(deployer.target, path=dist / inside)
    with pytest.raises(ConfigError, match="lie in each other"):
        deployer()
