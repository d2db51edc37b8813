"""What every page of the demonstration and of the starter says, sentence by sentence, against a table of faults."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from tests.acceptance.documents import Element, parse
from tests.acceptance.sites import Site

pytestmark = pytest.mark.timeout(300)
INLINE = frozenset(("a", "b", "br", "code", "data", "em", "i", "kbd", "small", "span", "strong", "time"))
NOT_SAID = frozenset(("style", "script", "pre"))
NUMBER = r"-?\d[\d,.]*"
NOUNS = (
    "build|call|change|cycle|day|error|file|hit|incident|item|job|line|objective|order|page|panel|pattern|point|post|"
    "problem|project|query|request|row|sample|second|series|service|source|span|task|test|trace|warning|window|worker"
)
FAULTS = {
    "a plural of one": re.compile(r"(?<![\d.,:×-])1 (?!series)(?:[a-z]+ )?(?:\w+[^\W_aius]s|queries|processes)\b(?!/)"),
    "a singular of many": re.compile(rf"(?<![\w.,:/-])(?:0|[2-9]|\d+\d) (?:{NOUNS})(?= |$|[.,;])(?! of )"),
    "nothing, of which nothing": re.compile(r"\b0 \w+, 0 of (?:them|which)\b|\bnone, of which\b"),
    "a value of the machine": re.compile(r"\b(?:NaN|nan|None|null|undefined|True|False|inf|Infinity)\b|\{\}|%s"),
    "a row of zeros": re.compile(r"\b0\.000\d+ %|\b0\.0{4,}\d"),
    "a word twice": re.compile(r"(?<![\w-])([A-Za-z]{2,}) \1(?![\w.-])"),
    "a unit twice": re.compile(r"\b(?:per second|/s) per second\b|%\s*%|\bms ms\b|\bs seconds\b"),
    "a letter for thousands of bytes or seconds": re.compile(rf"{NUMBER} [kMGTPE] (?:bytes?|bits?|seconds?|W|V|A|Hz)\b"),
    "a number that is a name, shortened": re.compile(r"\b[Bb]uild \d[\d.]* [kMGT]\b"),
    "words that run together": re.compile(r"[a-z]\.[A-Z][a-z]|[a-z];[a-z]| [.,;]|\(\s|\s\)|\.\.(?!\.)"),
}  # fmt: skip


@pytest.fixture(params=["starter", "demonstration"])
def site(request: pytest.FixtureRequest) -> Site:
    return request.getfixturevalue(request.param)


def sentences(element: Element) -> Iterator[str]:
    """The texts of a page, each as long as no block begins or ends, with single spaces."""
    said: list[str] = []

    def read(one: Element) -> Iterator[str]:
        for part in one.content:
            if isinstance(part, str):
                said.append(part)
            elif part.tag in NOT_SAID:
                continue
            elif part.tag in INLINE:
                said.append(" " if part.tag == "br" else "")
                yield from read(part)
            else:
                yield from end()
                yield from read(part)
                yield from end()

    def end() -> Iterator[str]:
        text = " ".join("".join(said).split())
        said.clear()
        if text:
            yield text

    yield from read(element)
    yield from end()


def logged(page: Element) -> set[str]:
    """Log lines: they are quoted, not said."""
    return {text for lines in page.all("ol", "log") for text in sentences(lines)}


def test_no_sentence_of_any_page_has_a_fault_of_the_table(site: Site):
    found = {
        (fault, sentence)
        for address in site.addresses()
        for page in [parse(site.page(address))]
        for sentence in set(sentences(page.one("body"))) - logged(page)
        for fault, pattern in FAULTS.items()
        if pattern.search(sentence)
    }
    assert found == set()


def test_no_page_says_a_sentence_twice_in_its_head(site: Site):
    for address in site.addresses():
        head = parse(site.page(address)).one("header", "top")
        said = [
            one
            for part in head.all("p")
            if part.attributes.get("class") != "prompt"
            for one in sentences(part)
            if len(one) > 20
        ]
        for number, one in enumerate(said):
            assert not any(one in other for other in said[:number] + said[number + 1 :]), (address, one)


def test_figures_of_one_word_have_one_precision_in_each_column(site: Site):
    uneven = []
    for address in site.addresses():
        for table in parse(site.page(address)).all("table"):
            places: dict[tuple[int, str], set[int]] = defaultdict(set)
            for row in table.all("tr"):
                for column, cell in enumerate(one for one in row.children if one.tag in ("td", "th")):
                    for figure in cell.all("data"):
                        match = re.fullmatch(r"(?:< )?-?([\d,]+)(?:\.(\d+))?(?: (\D+))?", figure.text)
                        if re.fullmatch(r"(?:99\.9|100\.0|0\.0)\d* %", figure.text):
                            continue  # what is nearly all or nothing has as many places as tell so
                        if match and match[1].strip("0") + (match[2] or ""):
                            places[column, match[3] or ""].add(len(match[2] or ""))
            uneven += [(address, key, found) for key, found in places.items() if len(found) > 1]
    assert uneven == []


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("a plural of one", "1 builds in all"), ("a plural of one", "1 kinds of calls"), ("a singular of many", "2 build"),
        ("a singular of many", "0 incident"), ("nothing, of which nothing", "0 incidents, 0 of them down"),
        ("a value of the machine", "now NaN"), ("a row of zeros", "coverage 0.0000951 %"),
        ("a word twice", "of the the day"), ("a unit twice", "3 requests/s per second"),
        ("a letter for thousands of bytes or seconds", "12.3 M bytes/s"),
        ("a number that is a name, shortened", "Build 259 k"), ("words that run together", "up ; down"),
    ],
)  # fmt: skip
def test_the_table_knows_its_faults(fault: str, sentence: str):
    assert FAULTS[fault].search(sentence)
