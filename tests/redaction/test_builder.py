import copy

import pytest
from sitegen.redaction import Builder, Redactor, describe_builder

NOTHING = Builder()


def describe(homes=(), folders=(), host="", spoken=()):
    return describe_builder(homes, folders, host, lambda word: word in spoken)


@pytest.mark.parametrize("home", ["/", "", "/root", "/home", "/home/runner", "/home/ubuntu", "/var/www", "~"])
def test_a_folder_that_half_of_all_machines_have_tells_nothing(home):
    assert describe(homes=[home], folders=[home]) == NOTHING


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.localdomain",
        "vm",
        "build",
        "web",
        "shop",
        "root",
        "host-1",
        "12345",
        "10.0.0.7",
        "logs",
        "",
    ],
)
def test_a_host_whose_name_is_short_or_an_ordinary_word_is_not_looked_for(host):
    assert describe(host=host, spoken={"logs"}) == NOTHING


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("wonderland", ("wonderland",)),
        ("overview", ()),
        ("web-03.example.org", ("web-03.example.org", "web-03")),
        ("shop.example.org", ("shop.example.org",)),
        ("overview.example.org", ("overview.example.org",)),
    ],
)
def test_a_host_has_its_full_name_and_the_short_one_where_that_tells_something(host, names):
    assert describe(host=host, spoken={"overview"}).names == names


def test_folders_are_cut_the_longest_first_and_the_name_becomes_a_word():
    alice = describe(["/home/alice"], ["/home/alice/site/"], "web-03.example.org")
    redactor = copy.deepcopy(Redactor(builder=alice))  # as a worker gets it
    said = redactor.text('File "/home/alice/site/x.py" of /home/alice/y at Web-03.example.org, web-03')
    assert said == 'File "…/x.py" of ~/y at ‹host›, ‹host›'
    assert Redactor(builder=alice, allow=(r"/home/alice.*",)).text("in /home/alice/y") == "in /home/alice/y"


def test_a_label_with_the_hosts_name_has_its_pseudonym():
    redactor = Redactor(builder=describe(host="web-03"), names=lambda kind, text: f"{kind}-{len(text)}")
    assert redactor.label("web-03:9100") == "host-6:9100"


def test_what_is_public_is_not_looked_for():
    alice = describe(["/home/alice"], ["/srv/obs-7"], "wonder-7.example.org")
    left = Builder(homes=("/home/alice",), names=("wonder-7.example.org",))
    assert alice.without("the Wonder-7 of us", ["/srv/obs-7/"]) == left
    assert alice.without("at wonder-7.example.org").names == ()
    assert alice.without("wonder-72", ["/srv"]) == alice
