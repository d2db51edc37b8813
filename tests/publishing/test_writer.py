"""The one writer: whole generations, whatever fails and whenever it is killed."""

import contextlib
import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sitegen.errors import ConfigError, RefusedError, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing import exchange as exchange_module
from sitegen.publishing.model import Manifest
from sitegen.publishing.writer import publish, read_manifest
from sitegen.state.layouts import NewerLayoutError

NOW = 1_764_000_000.0
MEMORY = Path("/dev/shm")  # noqa: S108  # another file system than that of the tests


def site(generation):
    """A generation whose every page says which one it is; a file that stays, one that comes and goes."""
    files = {"index.html": b"generation %d" % generation, "static/theme.css": b"body {}" * 500}
    for number in range(6):
        files[f"traces/{number}/index.html"] = b"%d" % generation * 200
    files[f"only/in/{generation % 3}.html"] = b"comes and goes"
    return files


def publish_site(project, bodies, generation=1, output=None):
    files = tuple(OutputFile(path=path, body=body) for path, body in bodies.items())
    manifest = Manifest.of(generation, NOW, files)
    return publish(files, output or project / "dist", project / ".sitegen", manifest)


def tree(folder):
    """What a reader finds: every file by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if not path.is_dir()
    }


def is_settled(project, bodies):
    """The tree is these files, the manifest is theirs, and nothing is left lying about."""
    assert tree(project / "dist") == bodies
    assert read_manifest(project / ".sitegen").files.keys() == bodies.keys()
    left = {path.name for path in project.iterdir()} | {
        path.name for path in (project / ".sitegen").iterdir()
    }
    assert left <= {"dist", ".sitegen", "manifest.json", "manifest.previous.json", "previous"}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def without_exchange(monkeypatch):
    def unknown(*_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(exchange_module, "_exchange_at_once", unknown)


# --- What is published --------------------------------------------------------


def test_the_first_generation_is_published_whole(project):
    published = publish_site(project, site(1))
    assert published.changed == tuple(sorted(site(1)))
    assert published.removed == ()
    assert published.bytes == sum(map(len, site(1).values()))
    is_settled(project, site(1))


def test_the_next_generation_says_what_changed_and_what_is_gone(project):
    publish_site(project, site(1))
    published = publish_site(project, site(2), 2)
    assert "static/theme.css" not in published.changed
    assert set(published.changed) == set(site(2)) - {"static/theme.css"}
    assert published.removed == ("only/in/1.html",)
    assert published.problems == ()
    is_settled(project, site(2))


def test_the_last_generation_is_kept_until_the_next_swap(project):
    for generation in (1, 2, 3):
        publish_site(project, site(generation), generation)
    assert tree(project / ".sitegen" / "previous") == site(2)


def test_a_tree_that_is_the_same_is_left_alone(project):
    publish_site(project, site(1))
    publish_site(project, site(2), 2)
    before = (project / "dist").stat().st_ino
    published = publish_site(project, site(2), 3)
    assert (published.changed, published.removed) == ((), ())
    assert (project / "dist").stat().st_ino == before
    assert tree(project / ".sitegen" / "previous") == site(1)


def test_files_that_stay_are_linked_and_keep_their_time(project):
    publish_site(project, site(1))
    before = (project / "dist/static/theme.css").stat()
    publish_site(project, site(2), 2)
    after = (project / "dist/static/theme.css").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_files_that_stay_are_written_again_where_there_are_no_links(project, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    publish_site(project, site(1))
    monkeypatch.setattr(os, "link", no_links)
    assert "static/theme.css" not in publish_site(project, site(2), 2).changed
    is_settled(project, site(2))


def test_two_steps_do_where_the_file_system_cannot_exchange(project, without_exchange):
    for generation in (1, 2, 3):
        publish_site(project, site(generation), generation)
    is_settled(project, site(3))
    assert tree(project / ".sitegen" / "previous") == site(2)


def test_a_file_can_become_a_folder_and_back(project):
    publish_site(project, {"a": b"file", "b/c": b"x"})
    publish_site(project, {"a/b": b"folder", "b": b"y"}, 2)
    publish_site(project, {"a": b"file", "b/c": b"x"}, 3)
    is_settled(project, {"a": b"file", "b/c": b"x"})


def test_what_others_changed_in_the_tree_is_made_good(project):
    publish_site(project, site(1))
    (project / "dist/index.html").write_bytes(b"edited")
    (project / "dist/notes.txt").write_bytes(b"added")
    (project / "dist/link").symlink_to("/etc")
    published = publish_site(project, site(1), 2)
    assert (published.changed, published.removed) == (("index.html",), ("link", "notes.txt"))
    (problem,) = published.problems
    kept = project / ".sitegen/foreign/1"
    assert str(kept) in problem.message
    assert "(3, the first is 'link')" in problem.message
    assert (kept / "link").is_symlink()
    assert {name: (kept / name).read_bytes() for name in ("index.html", "notes.txt")} == {
        "index.html": b"edited",
        "notes.txt": b"added",
    }
    shutil.rmtree(kept.parent)
    is_settled(project, site(1))


def test_of_what_may_not_be_moved_the_whole_tree_is_kept(project, monkeypatch):
    publish_site(project, site(1))
    (project / "dist/theirs").mkdir()
    (project / "dist/theirs/one.txt").write_bytes(b"precious")

    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patched:
        patched.setattr("sitegen.publishing.writer.shutil.move", refuse)
        (problem,) = publish_site(project, site(2), 2).problems
    kept = project / ".sitegen/staging.kept"
    assert str(kept) in problem.message
    publish_site(project, site(3), 3)
    assert (kept / "theirs/one.txt").read_bytes() == b"precious"
    shutil.rmtree(kept)
    shutil.rmtree(project / ".sitegen/foreign")  # it had been made for them
    is_settled(project, site(3))


def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_an_empty_one(project, monkeypatch):
    theirs = project / "theirs"
    theirs.mkdir()
    (theirs / "one.txt").write_bytes(b"precious")

    def scan(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))  # root may look into any

    with monkeypatch.context() as patched:
        patched.setattr("os.scandir", scan)
        with pytest.raises(SitegenError, match="the old one is untouched"):
            publish_site(project, site(1), 1, theirs)
    assert tree(theirs) == {"one.txt": b"precious"}


def test_an_output_that_was_removed_is_published_again(project):
    publish_site(project, site(1))
    (project / "dist").rename(project / "elsewhere")
    publish_site(project, site(1), 2)
    assert tree(project / "dist") == site(1)


def test_an_output_that_is_a_link_is_followed(project):
    (project / "www").mkdir()
    (project / "dist").symlink_to("www")
    for generation in (1, 2):
        publish_site(project, site(generation), generation)
    assert (project / "dist").is_symlink()
    assert tree(project / "www") == site(2)


def test_the_folder_is_for_others_to_read_whatever_it_was(project):
    publish_site(project, site(1))
    (project / "dist").chmod(0o751)
    publish_site(project, site(2), 2)
    assert (project / "dist").stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(not MEMORY.is_dir(), reason="needs a second file system")
def test_an_output_on_another_file_system_has_its_folders_beside_it(project):
    home = MEMORY / f"sitegen-{os.getpid()}"
    home.mkdir()
    try:
        for generation in (1, 2):
            publish_site(project, site(generation), generation, home / "dist")
        assert tree(home / "dist") == site(2)
        assert {path.name for path in home.iterdir()} == {"dist", ".dist.previous"}
        assert tree(home / ".dist.previous") == site(1)
    finally:
        subprocess.run(["rm", "-r", str(home)], check=True)


# --- What is refused ----------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../index.html", "/index.html", "a/../../b", "", "a//b", "a/", "./a", "A.html", "é.html", "e\u0301.html",
        "a b", "a\x00b", "a\nb", "a\\b", "..", "...", "a/" + "x" * 300,
    ],
)  # fmt: skip
def test_a_path_that_could_leave_the_root_or_mean_two_things_is_refused(project, path):
    with pytest.raises(SitegenError, match="The site cannot have a file at"):
        publish_site(project, {"index.html": b"", path: b""})
    assert not (project / "dist").exists()


def test_two_files_at_one_path_are_refused(project):
    files = [OutputFile(path="a/index.html", body=b"1"), OutputFile(path="a/index.html", body=b"2")]
    with pytest.raises(SitegenError, match=r"Two files of the site claim the path 'a/index\.html'"):
        publish(files, project / "dist", project / ".sitegen", Manifest.of(1, NOW, tuple(files)))


def test_a_path_that_is_a_file_and_a_folder_is_refused(project):
    with pytest.raises(SitegenError, match="'a' would be a file and a folder"):
        publish_site(project, {"a": b"", "a/b": b""})


def test_a_site_without_files_is_not_published(project):
    publish_site(project, site(1))
    with pytest.raises(SitegenError, match="no files"):
        publish_site(project, {}, 2)
    is_settled(project, site(1))


def test_a_folder_of_somebody_else_is_not_replaced(project):
    home = project / "home"
    (home / "letters").mkdir(parents=True)
    (home / "letters" / "one.txt").write_bytes(b"dear")
    publish_site(project, site(1))  # the state knows a site, but not there
    with pytest.raises(
        RefusedError, match=f"The folder {home} was not published from this state and holds 'letters/one.txt'"
    ):
        publish_site(project, site(2), 2, home)
    assert tree(home) == {"letters/one.txt": b"dear"}
    assert tree(project / "dist") == site(1)


def test_an_empty_folder_may_become_a_site(project):
    (project / "dist").mkdir()
    publish_site(project, site(1))
    is_settled(project, site(1))


def test_a_site_whose_state_was_lost_is_not_replaced_for_nobody_knows_whose_it_is(project):
    publish_site(project, site(1))
    subprocess.run(["rm", "-r", str(project / ".sitegen")], check=True)
    with pytest.raises(RefusedError, match="was not published from this state"):
        publish_site(project, site(2), 2)
    assert tree(project / "dist") == site(1)


def test_a_project_that_was_moved_still_knows_its_site(project):
    publish_site(project, site(1))
    moved = project.parent / "moved"
    project.rename(moved)
    publish_site(moved, site(2), 2)
    is_settled(moved, site(2))


def test_a_manifest_that_cannot_be_read_does_not_stop_a_known_site(project):
    bodies = {"index.html": b"", "404.html": b""}
    publish_site(project, bodies)
    publish_site(project, bodies | {"new.html": b""}, 2)
    for body in (b"", b"{}", b"\xff" * 100, b'{"output": "/", "manifest": 7}'):
        (project / ".sitegen/manifest.json").write_bytes(body)
        (project / ".sitegen/manifest.next.json").write_bytes(body)
        publish_site(project, bodies)
        shutil.rmtree(
            project / ".sitegen/foreign", ignore_errors=True
        )  # what the manifest before did not know
        is_settled(project, bodies)


def test_an_output_that_is_a_file_is_refused(project):
    (project / "dist").write_bytes(b"mine")
    with pytest.raises(RefusedError, match="is a file"):
        publish_site(project, site(1))
    assert (project / "dist").read_bytes() == b"mine"


def test_an_output_that_is_found_to_be_mounted_when_it_is_swapped_is_refused_with_the_way_out(
    project, monkeypatch
):
    publish_site(project, site(1))

    def refuse(*_):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))  # as renameat2(2) says it of a bind mount

    monkeypatch.setattr("sitegen.publishing.writer.exchange", refuse)
    with pytest.raises(RefusedError, match=r"is a mount point.*\[deploy\.targets\.www\]"):
        publish_site(project, site(2), 2)
    assert tree(project / "dist") == site(1)


@pytest.mark.parametrize("output", [".", "..", ".sitegen", ".sitegen/dist"])
def test_an_output_and_a_state_that_lie_in_each_other_are_refused(project, output):
    with pytest.raises(ConfigError, match="lie in each other"):
        publish_site(project, site(1), output=project / output)


def test_an_output_that_cannot_be_written_is_a_sentence(project):
    (project / "file").write_bytes(b"")
    with pytest.raises(SitegenError, match=r"could not be published to .*the old one is untouched"):
        publish_site(project, site(1), output=project / "file" / "dist")


# --- What fails ---------------------------------------------------------------

CALLS = ("open", "write", "fsync", "rename", "mkdir", "link")


def fail_at(monkeypatch, name, count, code, *, for_good):
    """Let the call number `count` of an os function fail, or all from then on; give the list of calls made."""
    real, calls = getattr(os, name), []

    def call(*args, **kwargs):
        calls.append(name)
        if len(calls) == count or (for_good and len(calls) > count):
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, call)
    return calls


def publish_failing(project, bodies, generation):
    """Give what a publication under faults says: its result, or its sentence."""
    try:
        return publish_site(project, bodies, generation)
    except SitegenError as error:
        return str(error)


def check_every_failure(project, monkeypatch, name, code, *, for_good, in_two_steps=False):
    """Fail the first call, the second, ... until a publication gets through without reaching the failing one."""
    publish_site(project, site(1))
    for count in range(1, 200):
        old, new = site(count), site(count + 1)
        with monkeypatch.context() as patched:
            calls = fail_at(patched, name, count, code, for_good=for_good)
            said = publish_failing(project, new, count + 1)
        if in_two_steps and for_good and not (project / "dist").exists():
            assert tree(project / ".sitegen" / "aside") == old  # nothing can be renamed back while it lasts
        elif isinstance(said, str):
            assert "the old one is untouched" in said
            assert tree(project / "dist") == old
        else:
            assert tree(project / "dist") == new
        publish_site(project, new, count + 1)
        is_settled(project, new)
        if len(calls) < count:
            return count
    return pytest.fail("it never got through")


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("name", CALLS)
def test_whichever_call_fails_a_whole_site_is_live_and_the_next_run_recovers(
    project, monkeypatch, name, for_good
):
    assert check_every_failure(project, monkeypatch, name, errno.ENOSPC, for_good=for_good) >= 2


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("name", ["rename", "fsync"])
def test_the_same_where_the_file_system_cannot_exchange(
    project, monkeypatch, without_exchange, name, for_good
):
    assert (
        check_every_failure(project, monkeypatch, name, errno.EIO, for_good=for_good, in_two_steps=True) > 2
    )


def test_a_full_disk_leaves_the_old_site_and_no_empty_file(project):
    publish_site(project, site(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for limit in range(0, 1400, 100):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            with pytest.raises(SitegenError, match="File too large"):
                publish_site(project, site(1) | {"big.html": b"x" * 1400}, 2)
            is_settled(project, site(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    publish_site(project, site(2), 2)
    is_settled(project, site(2))


def test_the_calls_come_in_the_order_that_survives_a_power_cut(project, monkeypatch):
    publish_site(project, site(1))
    calls = []

    def note(name, module=os):
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *args, **kwargs: (calls.append(name), real(*args, **kwargs))[1]
        )

    for name in ("write", "fsync", "rename"):
        note(name)
    note("_exchange_at_once", exchange_module)
    publish_site(project, site(2), 2)
    kinds = [name for index, name in enumerate(calls) if not index or calls[index - 1] != name]
    stage, announce, swap = (
        ["write", "fsync"],
        ["write", "fsync", "rename", "fsync"],
        ["_exchange_at_once", "fsync"],
    )
    assert kinds == [*stage, *announce, *swap, "rename", "fsync", "rename", "fsync"]


# --- Who is killed, who reads -------------------------------------------------

PUBLISHER = """
import itertools, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import test_writer as here
if {slow_swap}:
    import errno
    def unknown(*_):
        raise OSError(errno.EINVAL, "Invalid argument")
    here.exchange_module._exchange_at_once = unknown
project = Path(sys.argv[1])
manifest = here.read_manifest(project / ".sitegen")
for generation in itertools.count(manifest.generation + 1 if manifest else 1):
    here.publish_site(project, here.site(generation), generation)
    print(generation, flush=True)
"""


@contextlib.contextmanager
def publishing(project, *, slow_swap=False):
    """Another process that publishes generation after generation; it is killed in the end."""
    program = PUBLISHER.format(tests=str(Path(__file__).parent), slow_swap=slow_swap)
    run = subprocess.Popen([sys.executable, "-c", program, str(project)], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline()
    try:
        yield
    finally:
        run.kill()
        run.communicate()


def generation_of(bodies):
    return int(bodies["index.html"].split()[1])


def kill_and_check(project, seconds, *, slow_swap):
    """Kill a publisher; the tree is one generation, its manifest is known, and one run tidies everything up."""
    with publishing(project, slow_swap=slow_swap):
        time.sleep(seconds)
    if not slow_swap:  # in two steps there is an instant without a tree
        live = tree(project / "dist")
        generation = generation_of(live)
        assert live == site(generation)
        assert read_manifest(project / ".sitegen").generation == generation
        publish_site(project, live, generation)  # changes nothing, but tidies up
        is_settled(project, live)
        assert read_manifest(project / ".sitegen").generation == generation
    publish_site(project, site(0), 0)
    is_settled(project, site(0))


@pytest.mark.parametrize("slow_swap", [False, True])
def test_a_kill_at_any_moment_leaves_one_whole_generation(project, slow_swap):
    rng = random.Random(7)
    for _ in range(6):
        kill_and_check(project, rng.uniform(0.0, 0.03), slow_swap=slow_swap)


@pytest.mark.slow
@pytest.mark.parametrize("slow_swap", [False, True])
def test_three_hundred_kills_leave_one_whole_generation_each(project, slow_swap):
    rng = random.Random(8)
    for _ in range(300):
        kill_and_check(project, rng.uniform(0.0, 0.05), slow_swap=slow_swap)


class KilledError(BaseException):
    """Stands for a kill at an exact call: nothing of the program runs after it."""


def kill_at_every_call(project, monkeypatch, name):
    """Stop dead before each call in turn, which leaves what a kill there would leave."""
    generation = 1
    publish_site(project, site(generation))
    for count in range(1, 200):
        old, new = site(generation), site(generation + 1)
        calls = []
        real = getattr(os, name)

        def call(*args, real=real, calls=calls, count=count, **kwargs):
            calls.append(name)
            if len(calls) >= count:
                raise KilledError
            return real(*args, **kwargs)

        with monkeypatch.context() as patched:
            patched.setattr(os, name, call)
            with contextlib.suppress(KilledError):
                publish_site(project, new, generation + 1)
        manifest = read_manifest(project / ".sitegen")
        live = tree(project / "dist")
        if live:
            assert live in (old, new)
            assert manifest.generation == generation_of(live)
        publish_site(project, new, generation + 1)
        is_settled(project, new)
        assert tree(project / ".sitegen" / "previous") == old
        generation += 1
        if len(calls) < count:
            return


@pytest.mark.parametrize("name", [*CALLS, "rmdir"])
def test_a_kill_before_any_call_is_made_good_by_the_next_run(project, monkeypatch, name):
    kill_at_every_call(project, monkeypatch, name)


@pytest.mark.parametrize("name", ["rename", "fsync"])
def test_a_kill_between_two_steps_of_a_swap_is_made_good(project, monkeypatch, without_exchange, name):
    kill_at_every_call(project, monkeypatch, name)


def test_a_reader_who_holds_the_folder_sees_one_generation(project):
    publish_site(project, site(1))
    held = os.open(project / "dist", os.O_RDONLY)
    publish_site(project, site(2), 2)
    try:
        for path, body in site(1).items():
            descriptor = os.open(path, os.O_RDONLY, dir_fd=held)
            assert os.read(descriptor, 10_000) == body
            os.close(descriptor)
    finally:
        os.close(held)


def test_readers_never_miss_a_file_while_generations_follow_each_other(project):
    with publishing(project):
        seen = set()
        while len(seen) < 100:
            seen.add((project / "dist/index.html").read_bytes())
            (project / "dist/static/theme.css").stat()


@pytest.mark.parametrize("name", ["manifest.json", "manifest.next.json"])
def test_a_manifest_of_a_newer_sitegen_is_refused_and_nothing_is_touched(tmp_path, name):
    publish_site(tmp_path, site(1))
    manifest = tmp_path / ".sitegen" / name
    manifest.write_bytes(b'{"layout":7,"trees":[]}')
    with pytest.raises(NewerLayoutError, match=rf"{name} has layout 7 "):
        publish_site(tmp_path, site(2), generation=2)
    assert tree(tmp_path / "dist") == site(1)
    assert manifest.read_bytes() == b'{"layout":7,"trees":[]}'
    with pytest.raises(NewerLayoutError):
        read_manifest(tmp_path / ".sitegen")


@pytest.mark.parametrize(
    "number", [b"", b',"layout":0', b',"layout":-3', b',"layout":"x"', b',"layout":null']
)
def test_a_manifest_with_no_number_is_the_first_and_one_with_no_sense_is_damage(tmp_path, number):
    publish_site(tmp_path, site(1))
    manifest = tmp_path / ".sitegen" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b',"layout":1', number))
    assert (read_manifest(tmp_path / ".sitegen") is None) == bool(number)


def test_a_manifest_has_its_number_with_the_next_publication(tmp_path):
    publish_site(tmp_path, site(1))
    manifest = tmp_path / ".sitegen" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b',"layout":1', b""))
    publish_site(tmp_path, site(2), generation=2)
    assert read_manifest(tmp_path / ".sitegen").generation == 2
    assert b'"layout":1' in manifest.read_bytes()
