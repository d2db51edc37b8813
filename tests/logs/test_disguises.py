"""Secrets in every form, as a log may hide them from a rule but not from a reader: none is in what is read of it."""

import json
import re
from collections.abc import Callable

import pytest
from sitegen.logs.parser import parse
from sitegen.redaction import Redactor
from tests.redaction.spellings import CANARY, ENCODINGS, FORMS

PARTS = (CANARY, "113.77", "dead:bee7", "1:1:113:77")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e]|.\x08|\r")
AT = "2026-11-25T10:00:00Z"


def said(**fields: object) -> str:
    return json.dumps({"time": AT, "level": "info", **fields})


def around(begin: str, end: str) -> Callable[[str], str]:
    """Write what steers a terminal around each word."""
    return lambda text: re.sub(r"\w+", lambda word: f"{begin}{word[0]}{end}", text)


def each_line(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(map(write, text.split("\n")))


DISGUISES: dict[str, Callable[[str], bytes | str]] = {
    "as it is": str,
    "colours": ENCODINGS["colours"],
    "colours in one byte": around("\x9b1m", "\x9b0m"),
    "links of a terminal": around("\x1b]8;;http://a.example\x1b\\", "\x1b]8;;\x1b\\"),
    "a bell at the end": around("\x1b]0;title\x07", ""),
    "struck twice": lambda text: re.sub(r"(\w)", "\\1\x08\\1", text),
    "after a carriage return": lambda text: f"50 %\r{text}",
    "carriage returns within words": lambda text: re.sub(r"(?<=\w)(?=\w)", "\r", text),
    "a message with carriage returns": lambda text: said(msg=re.sub(r"(?<=\w)(?=\w)", "\r", text)),
    "soft hyphens": ENCODINGS["soft hyphens"],
    "zero width": ENCODINGS["zero width"],
    "marks of direction": lambda text: "".join(f"{sign}\u202c" if sign.isalnum() else sign for sign in text),
    "UTF-16 with a mark": lambda text: f"\ufeff{text}".encode("utf-16-le"),
    "UTF-16, the high byte first": lambda text: f"{text}\nand some more\n".encode("utf-16-be"),
    "UTF-16, the low byte first": lambda text: f"{text}\nand some more\n".encode("utf-16-le"),
    "Latin-1": lambda text: text.encode("latin-1", "replace"),
    "a message": lambda text: said(msg=text),
    "a message with colours": lambda text: said(msg=ENCODINGS["colours"](text)),
    "a message with soft hyphens": lambda text: said(msg=ENCODINGS["soft hyphens"](text)),
    "a field": lambda text: said(detail=text),
    "a nested field": lambda text: said(detail={"a": [text]}),
    "a key": lambda text: said(**{text: 1}),
    "a message a line": each_line(lambda line: said(msg=line)),
    "what Docker wraps": each_line(lambda line: json.dumps({"log": line + "\n", "stream": "stdout", "time": AT})),
    "JSON in what Docker wraps": lambda text: json.dumps({"log": said(msg=text) + "\n", "stream": "stdout"}),
    "JSON behind a prefix": lambda text: f"web-1  | {said(detail=text)}",
    "JSON with a comma too many": lambda text: f"{said(msg=text)[:-1]},}}",
    "JSON that was cut": lambda text: said(detail=text)[:-1],
    "a trace": lambda text: "failed\nTraceback (most recent call last):\n" + each_line("  {}".format)(text),
}  # fmt: skip


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_form_of_a_secret_is_read_in_a_log(disguise: str):
    redactor = Redactor()
    for kind, forms in FORMS.items():
        for form in forms:
            body = DISGUISES[disguise](form)
            records = parse(
                body if isinstance(body, bytes) else body.encode(), "app", redactor, now=1_795_601_000.0
            )
            seen = "\n".join(
                "\n".join([one.service, one.message, *one.more, *one.fields, *one.fields.values()])
                for one in records
            )
            assert records
            assert not any(part in UNSEEN.sub("", seen) for part in PARTS), (kind, form, seen)


@pytest.mark.parametrize(
    "disguise", ["colours in one byte", "struck twice", "marks of direction", "UTF-16, the low byte first"]
)
def test_what_is_no_secret_is_read_whatever_steers_a_terminal(disguise: str):
    body = DISGUISES[disguise]("order 17 was paid")
    [first, *_] = parse(body if isinstance(body, bytes) else body.encode(), "app", Redactor())
    assert UNSEEN.sub("", first.message) == "order 17 was paid"
