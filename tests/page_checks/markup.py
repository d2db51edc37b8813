"""The Nu checker (the W3C's HTML checker) over many files in one Java machine."""

import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

CHECKER = Path(__file__).parent / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
OPTIONS = ("--format", "json", "--stdout", "--exit-zero-always", "--also-check-css", "--also-check-svg")

_OWN_PICTURE = re.compile("image “/[^/].*blocked by “img-src” directive")


@dataclass(frozen=True)
class Complaint:
    """One message of the checker; `kind` is error or warning."""

    file: str
    line: int
    kind: str
    message: str


def check_markup(files: Iterable[Path]) -> list[Complaint]:
    """Check HTML with what it embeds, CSS and SVG files; use with `@pytest.mark.needs("java", "npm")`.

    The checker's answer is JSON, `{"messages": [{"type": "error", "url": "file:/...", "lastLine": 3,
    "message": "..."}]}`; its warnings are of type `info`, subtype `warning`. A page's own policy allows pictures
    of its site, but a file has none: that warning is left out, and the visits of Chromium show that they load.
    """
    done = subprocess.run(
        ["java", "-jar", CHECKER, *OPTIONS, *files],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return [
        Complaint(
            file=unquote(urlsplit(message.get("url", "")).path),
            line=message.get("lastLine", 0),
            kind=message.get("subType", message["type"]),
            message=message["message"],
        )
        for message in json.loads(done.stdout)["messages"]
        if not _OWN_PICTURE.search(message["message"])
    ]
