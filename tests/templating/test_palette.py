"""The palette keeps its promises to eyes of every kind: contrast by WCAG 2.2, separation under simulated colour blindness.

Colour vision deficiency is simulated by the matrices of Machado, Oliveira and Fernandes (2009) at full severity,
on linear RGB; distances are Euclidean in OKLab (Ottosson, 2020), times 100.
"""

from itertools import combinations, pairwise
from math import dist
from pathlib import Path

import pytest
from sitegen.templating.palette import contrast as measured
from sitegen.templating.palette import load_palette

THEME = Path(__file__).resolve().parents[2] / "themes" / "terminal"
NAMES = ("", *sorted(path.stem for path in (THEME / "palettes").glob("*.toml")))
PALETTES = {name: load_palette("terminal", "auto", name) for name in NAMES}
TOKENS = {
    f"{name or 'its own'}, {mode}": getattr(PALETTES[name], mode)
    for name in NAMES
    for mode in ("dark", "light")
}
TEXTS = ("fg", "head", "dim", "mute", "accent", "link", "ok", "warn", "crit", "info", "unknown",
         "services", "metrics", "traces", "deps", "logs", "build", "slo")  # fmt: skip
MARKS = ("border", "focus", "s1", "s2", "s3", "s4", "s5", "s6")
SERIES = ("s1", "s2", "s3", "s4", "s5", "s6")
STATES = ("ok", "warn", "crit", "info")

EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour):
    values = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def luminance(colour):
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def seen(colour, eyes):
    """Give a colour in OKLab as these eyes see it."""
    rgb = [min(1.0, max(0.0, value)) for value in times(EYES[eyes], linear(colour))]
    lms = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        rgb,
    )
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [value ** (1 / 3) for value in lms],
    )


def separation(tokens, names, eyes):
    return min(
        100 * dist(seen(tokens[one], eyes), seen(tokens[other], eyes))
        for one, other in combinations(names, 2)
    )


@pytest.mark.parametrize("ground", ["bg", "panel"])
@pytest.mark.parametrize("mode", TOKENS)
@pytest.mark.parametrize("token", TEXTS)
def test_text_has_a_contrast_of_at_least_4_5(mode, ground, token):
    assert contrast(TOKENS[mode][token], TOKENS[mode][ground]) >= 4.5


@pytest.mark.parametrize("ground", ["bg", "panel"])
@pytest.mark.parametrize("mode", TOKENS)
@pytest.mark.parametrize("token", MARKS)
def test_marks_have_a_contrast_of_at_least_3(mode, ground, token):
    assert contrast(TOKENS[mode][token], TOKENS[mode][ground]) >= 3


@pytest.mark.parametrize("mode", TOKENS)
def test_the_current_tab_can_be_read_in_reverse(mode):
    assert contrast(TOKENS[mode]["bg"], TOKENS[mode]["accent"]) >= 4.5


@pytest.mark.parametrize("token", ["fg", "head", "dim", "mute"])
def test_text_can_be_read_on_raised_ground(token):
    for tokens in TOKENS.values():
        assert contrast(tokens[token], tokens["raised"]) >= 4.5


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", TOKENS)
def test_no_two_series_look_alike_to_any_eyes(mode, eyes):
    assert separation(TOKENS[mode], SERIES, eyes) >= 10


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", TOKENS)
def test_no_two_states_look_alike_to_any_eyes(mode, eyes):
    assert separation(TOKENS[mode], STATES, eyes) >= (15 if mode.endswith("dark") else 8)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", TOKENS)
def test_the_steps_of_heat_are_told_apart_by_any_eyes(mode, eyes):
    steps = [TOKENS[mode][f"h{number}"] for number in range(1, 8)]
    assert all(100 * dist(seen(one, eyes), seen(other, eyes)) >= 6 for one, other in pairwise(steps))


@pytest.mark.parametrize("mode", TOKENS)
def test_heat_goes_away_from_its_ground_step_by_step(mode):
    lights = [luminance(TOKENS[mode][f"h{number}"]) for number in range(1, 8)]
    assert lights == sorted(lights, reverse=mode.endswith("light"))


def test_high_contrast_is_higher():
    for mode, least in (("dark", 7), ("light", 6)):
        tokens = TOKENS[f"high-contrast, {mode}"]
        assert (
            min(contrast(tokens[one], tokens[ground]) for one in TEXTS for ground in ("bg", "panel")) >= least
        )
        assert (
            min(contrast(tokens[one], tokens[ground]) for one in MARKS for ground in ("bg", "panel")) >= 4.5
        )


def test_the_program_and_these_tests_see_the_same_contrast():
    for tokens in TOKENS.values():
        for token, colour in tokens.items():
            assert measured(colour, tokens["bg"]) == pytest.approx(contrast(colour, tokens["bg"])), token
    assert measured("#FFF", "#000") == pytest.approx(21)


def test_a_palette_is_a_small_file():
    assert {"amber", "paper", "high-contrast"} < set(NAMES)
    assert all((THEME / "palettes" / f"{name}.toml").stat().st_size < 2_000 for name in NAMES[1:])


def test_all_modes_know_the_same_colours_written_alike():
    assert len({frozenset(tokens) for tokens in TOKENS.values()}) == 1
    for tokens in TOKENS.values():
        assert all(len(colour) == 7 and colour == colour.lower() for colour in tokens.values())
