"""Recordings: what was gathered comes back as it was, and what is no recording is told in a sentence."""

import gzip
import math
import os
from array import array

import pytest
from msgspec.structs import replace
from sitegen.config.schema import Site
from sitegen.errors import SitegenError
from sitegen.pipeline import recording
from sitegen.pipeline.recording import PublicSite, Recording, decode, encode, read_recording, write_recording
from sitegen.state.layouts import NewerLayoutError
from tests.pages.samples import Maker, Size, drawn_of, pages_of

SIZE = Size(panels=6, kinds=("line", "stat", "bar", "area"), windows=(3600.0, 86_400.0))


def recorded(findings):
    return Recording(PublicSite.of(Site()), findings)


def carried(findings):
    return decode(encode(recorded(findings)), "x").findings


def tree_of(findings):
    drawn = drawn_of(findings)
    pages = {page.path: page.file.body for page in pages_of(findings, drawn)}
    return pages | {file.path: file.body for file in drawn.files}


def test_what_was_recorded_is_drawn_and_rendered_to_the_same_bytes():
    found = Maker(SIZE).findings()
    assert tree_of(carried(found)) == tree_of(found)


def test_every_double_comes_back_as_it_was():
    found = Maker(replace_size(panels=1)).findings()
    (data,) = found.metrics.panels
    odd = array("d", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1])
    (first, *_) = data.observed.value.series
    series = replace(first, times=array("d", range(6)), values=odd)
    result = replace(data.observed.value, series=(series,))
    data = replace(data, observed=replace(data.observed, value=result))
    found = replace(found, metrics=replace(found.metrics, panels=(data,)), samples={"a": math.inf})
    back = carried(found)
    assert back.metrics.panels[0].observed.value.series[0].values.tobytes() == odd.tobytes()
    assert back.samples == {"a": math.inf}


def replace_size(**changes):
    return Size(**{"panels": 2, "series": 1, "traces": 1, "lines": 1, **changes})


def test_the_same_findings_give_the_same_file(tmp_path):
    found = recorded(Maker(replace_size()).findings())
    assert encode(found) == encode(found)
    write_recording(tmp_path / "r", found)
    assert read_recording(tmp_path / "r") == found


def test_a_replay_shows_what_was_recorded_in_the_folders_of_its_own_site():
    shown = Site(
        title="Recorded", base_url="https://example.org/a/", mode="auto", palette={"accent": "#8cf5d8"}
    )
    own = Site(title="Own", output="there", theme="/home/me/theme")
    site = PublicSite.of(shown).put_into(own)
    assert (site.title, site.base_path, site.mode, site.output) == ("Recorded", "/a/", "auto", "there")
    assert site.theme == "terminal"


def test_a_theme_of_the_users_own_is_not_recorded_and_no_folder_is():
    site = Site(theme="/home/me/theme", output="/srv/www", state="/srv/state", content="/srv/content")
    public = PublicSite.of(site)
    assert "/" not in "".join(str(getattr(public, name)) for name in public.__struct_fields__)
    assert public.put_into(Site(theme="/home/you/theme")).theme == "/home/you/theme"


SMALL = encode(recorded(Maker(replace_size()).findings()))
HEAD = b"sitegen recording, layout 1\n"
WRONG = {
    "nothing": (b"", "is no recording"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "is no recording"),
    "head alone": (HEAD, "its end is missing"),
    "cut short": (SMALL[:-20], "its end is missing"),
    "a flipped bit": (SMALL[:200] + bytes([SMALL[200] ^ 8]) + SMALL[201:], "is damaged"),
    "another document": (HEAD + gzip.compress(b"\x81\xa4site\xc0"), "is damaged"),
    "no document": (HEAD + gzip.compress(b"\xc1"), "is damaged"),
    "nested for ever": (HEAD + gzip.compress(b"\x91" * 100_000), "is damaged"),
    "layout 0": (b"sitegen recording, layout 0\n", "is no recording"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_recording_is_told_in_a_sentence(tmp_path, name):
    data, said = WRONG[name]
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(SitegenError, match=said) as caught:
        read_recording(tmp_path / "r")
    assert str(caught.value).startswith(f"{tmp_path / 'r'} ")
    assert "\n" not in str(caught.value)


def test_one_that_unpacks_to_more_than_it_may_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(recording, "_MOST_UNPACKED", 1_000_000)
    with pytest.raises(SitegenError, match="unpacks to more than a recording can be"):
        decode(HEAD + gzip.compress(bytes(2_000_000)), "r")


def test_a_file_that_is_too_large_is_not_read_whole(monkeypatch, tmp_path):
    monkeypatch.setattr(recording, "_MOST", 1_000)
    (tmp_path / "r").write_bytes(SMALL + bytes(2_000))
    with pytest.raises(SitegenError, match="larger than a recording can be"):
        read_recording(tmp_path / "r")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path / "pipe", "is no recording"),
        (tmp_path, "is no recording"),
        (tmp_path / "gone", "cannot be read"),
    ):
        with pytest.raises(SitegenError, match=said):
            read_recording(path)


def test_a_newer_layout_is_refused_with_what_to_do():
    with pytest.raises(
        NewerLayoutError, match=r"layout 2 and was written by a newer sitegen.*record it again"
    ):
        decode(SMALL.replace(b"layout 1\n", b"layout 2\n", 1), "r")


def test_a_recording_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(SitegenError, match=r"gone/r: the recording cannot be written \(No such file"):
        write_recording(tmp_path / "gone" / "r", recorded(Maker(replace_size()).findings()))
