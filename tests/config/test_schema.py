"""Every key of the schema: documented, with an example that loads, and told from its misspellings and other types."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest
from sitegen.errors import ConfigError
from sitegen.units import UNITS, format_quantity

CHECKOUT = Path(__file__).resolve().parents[2]


def _load_script():
    spec = importlib.util.spec_from_file_location("configuration", CHECKOUT / "scripts" / "configuration.py")
    script = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


page = _load_script()
ENTRIES = list(page.entries())
PLACES = [entry.place for entry in ENTRIES]
every_key = pytest.mark.parametrize("entry", ENTRIES, ids=PLACES)


@pytest.fixture
def secrets(tmp_path):
    (tmp_path / "secrets").mkdir()
    for name in ("username", "password", "token", "tenant", "ca.pem", "client.pem", "client.key"):
        (tmp_path / "secrets" / name).write_text("s3cret", encoding="utf-8")


def _steps(entry):
    """Give the way to a key: names, and the first of a list or of a map."""
    for part in re.findall(r"\[\]|<name>|[^.\[\]<>]+", entry.place):
        yield {"[]": 0, "<name>": None}.get(part, part)


def _around(entry, document):
    """Give the table that holds the key, its name there, and its place as messages write it."""
    here, place, steps = document, "", list(_steps(entry))
    for step in steps[:-1]:
        name = next(iter(here)) if step is None else step
        place += f"[{name}]" if name == 0 else f".{name}"
        here = here[name]
    return here, steps[-1], f"{place}.{steps[-1]}".strip(".")


def _kind(value):
    names = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return names[type(value)]


def _misspellings(name):
    """One letter too many, two exchanged, one missing; of the shortest names only what is still near."""
    yield name + name[-1]
    if len(name) > 3:
        yield name[:-2] + name[-1] + name[-2]
        yield name[:2] + name[3:]


def test_the_page_of_the_configuration_is_what_the_schema_says():
    assert page.DOCUMENT.read_text(encoding="utf-8") == page.document(), "run `make docs`"


def test_every_key_is_named_once():
    assert len(set(PLACES)) == len(PLACES) > 100


@every_key
def test_a_key_has_a_sentence_a_type_a_default_a_unit_and_an_example_that_loads(entry, load, secrets):
    assert re.fullmatch(r"[A-Z`].{5,150}\.", entry.key.meaning)
    section = page.document().partition(f"`{entry.place}`\n")[2].partition("\n#")[0]
    assert re.search(r"\n\nType: \S.*\. Default: \S.*\. Unit: \S.*\.\n", section)
    assert entry.example in section
    table, name, _ = _around(entry, tomllib.loads(entry.example))
    assert name in table
    load(entry.example)


@every_key
def test_a_misspelt_key_is_named_with_its_line_and_the_right_one(entry, refuse_at):
    for wrong in _misspellings(entry.place.rpartition(".")[2]):
        document = tomllib.loads(entry.example)
        table, name, place = _around(entry, document)
        renamed = {wrong if key == name else key: value for key, value in table.items()}
        table.clear()
        table.update(renamed)
        text = page.write(document)
        line, sentence = refuse_at(text)
        at = place.removesuffix(name) + wrong
        assert sentence == f"{at}: unknown key; did you mean {name!r}?"
        assert re.search(rf"\b{wrong}\b", text.splitlines()[line - 1])
        assert not re.search(rf"\b{wrong}\b", "\n".join(text.splitlines()[: line - 1]))


@every_key
def test_a_value_of_another_type_is_named_with_its_line_and_both_types(entry, refuse_at):
    _, name, _ = _around(entry, right := tomllib.loads(entry.example))
    fits = {_kind(_around(entry, right)[0][name])} | (
        {"a whole number"} if "number" in page.say_type(*entry[1:3]) else set()
    )
    if "number or `" in page.say_type(*entry[1:3]):
        fits |= {"text"}
    if "list of such" in page.say_type(*entry[1:3]):
        fits |= {"a list", "text"}
    if page.say_type(*entry[1:3]) == "text or table of texts":
        fits |= {"a table"}
    for wrong in ({"a": 1}, ["x"], 7, 1.5, True, "text"):
        if _kind(wrong) in fits or (
            _kind(wrong) == "a number" and "a whole number" in fits and entry.kind is not int
        ):
            continue
        document = tomllib.loads(entry.example)
        table, name, place = _around(entry, document)
        table[name] = wrong
        text = page.write(document)
        line, sentence = refuse_at(text)
        assert re.fullmatch(rf"{re.escape(place)}: expected [^,]+, found {_kind(wrong)}", sentence)
        assert re.search(rf"\b{name}\b", text.splitlines()[line - 1])


@every_key
def test_a_text_of_any_length_is_echoed_at_80_characters_at_most(entry, load, secrets):
    document = tomllib.loads(entry.example)
    table, name, _ = _around(entry, document)
    for long in ("x" * 5000, "http://127.0.0.1/" + "x" * 5000):
        table[name] = [long] if isinstance(table[name], list) else long
        said = ""
        try:
            load(page.write(document))
        except ConfigError as error:
            said = str(error)
        assert "x" * 81 not in said


def test_every_unit_is_documented_with_how_it_prints(load):
    text = page.DOCUMENT.read_text(encoding="utf-8")
    for unit in UNITS:
        panel = f"[[metrics.panels]]\nid = 'a'\ntitle = 'A'\nquery = 'sitegen_up'\nunit = '{unit}'"
        assert load(panel).panels[0].unit == unit
        value = page.SAMPLES.get(unit, 12_300)
        assert f'| `"{unit}"` | {value!r} | {format_quantity(value, unit)} |' in text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("second", "seconds"), ("byte", "bytes"), ("percentage", "percent"), ("ratios", "ratio"), ("requests/sec", "requests/s"),
     ("s", "seconds"), ("time stamp", "timestamp")],
)  # fmt: skip
def test_an_unknown_unit_is_an_error_with_the_nearest(refuse_at, wrong, right):
    panel = f"[[metrics.panels]]\nid = 'a'\ntitle = 'A'\nquery = 'sitegen_up'\nunit = '{wrong}'"
    assert refuse_at(panel) == (5, f"metrics.panels[0].unit: {wrong!r} is no unit; did you mean {right!r}?")


@pytest.mark.parametrize(
    ("text", "said"),
    [("# a comment of a line\n" * 480_000 + "[site]\ntitel = 'x'", (480_002, "site.titel: unknown key; did you mean 'title'?")),
     ("a" + ".a" * 5_000_000 + " = 1", (1, "nests its values too deeply")),
     ("[" + "a." * 5_000_000 + "a]", (1, "nests its values too deeply")),
     ("a = " + "[" * 10_000_000, (None, "nests its values too deeply")),
     ("[site]\ntitle = '" + "x" * 10_000_000 + "'", (2, "site.title: has 10000000 characters; keep it to 80")),
     ("[[probes]]\nid = 'a'\n" + "x" * 10_000_000 + " = 1", (3, (f"probes[0].{'x' * 79}…: unknown key; valid keys: id, title, url, type, method, "
      "body, expect_status, expect_body, expect_answer, timeout, degraded_above, headers, tls_config, follow_redirects, confirm, show_url")))],
    ids=["comments", "a key of parts", "a header of parts", "brackets", "a text", "a key"],
)  # fmt: skip
def test_a_file_of_ten_megabytes_is_told_in_a_sentence(refuse_at, text, said):
    assert refuse_at(text) == said
