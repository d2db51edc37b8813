import pytest
from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.pages.words import built, count, joined, page_links, services_sentence
from sitegen.units import Quantity, plain
from tests.pages.samples import CONTEXT, NOW


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("page",), "0 pages"),
        (1, ("page",), "1 page"),
        (3, ("page",), "3 pages"),
        (1, ("is", "are"), "1 is"),
        (2, ("is", "are"), "2 are"),
    ],
)
def test_a_count_is_a_value_with_the_right_word(number, words, said):
    sentence = count(number, *words)
    assert plain(sentence) == said
    assert sentence[0] == Quantity(number)


def test_sentences_are_put_in_a_row():
    assert plain(joined([("a",), ("b", "c"), ("d",)])) == "a, bc, d"
    assert joined([]) == ()


def test_services_are_counted_by_state_from_good_to_bad():
    states = [ServiceState.DOWN, ServiceState.UP, ServiceState.UP, ServiceState.NO_DATA]
    services = [ServiceStatus(str(n), "t", state, NOW) for n, state in enumerate(states)]
    assert plain(services_sentence(services)) == "● 2 up, ✖ 1 down, ○ 1 no data"
    assert plain(services_sentence([])) == "○ no services yet"


def test_a_page_says_when_it_was_built_and_when_the_builder_must_have_stopped():
    said = built(CONTEXT, 0.41)
    assert (said.at.at, said.next_due.at, said.duration.value, said.stale_after.value) == (
        NOW,
        NOW + 30,
        0.41,
        120.0,
    )
    assert built(CONTEXT, None).duration is None


def test_further_pages_have_numbers():
    assert [(link.text, link.path) for link in page_links("/logs/", 3)] == [
        ("1", "/logs/"),
        ("2", "/logs/2/"),
        ("3", "/logs/3/"),
    ]
