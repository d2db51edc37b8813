"""Allow the style sheets of a build: `styles.py REPORT` adds them to styles.txt, `styles.py --only REPORT` drops all others."""

import json
import sys
from pathlib import Path

from settings import read_styles

HERE = Path(__file__).parent
HEAD = "# The style sheets that pages may have, by their digests: `make styles` adds those of the last build."


def allow(report: Path, styles: Path, *, only: bool) -> tuple[str, ...]:
    """Write the digests of a build's report into the file, and return all that it allows then."""
    built = json.loads(report.read_text(encoding="utf-8"))["style_hashes"]
    allowed = tuple(dict.fromkeys([*(() if only else read_styles(styles)), *built]))
    styles.write_text("\n".join([HEAD, *allowed, ""]), encoding="utf-8")
    return allowed


if __name__ == "__main__":
    *options, report = sys.argv[1:]
    print(
        f"cdk/styles.txt allows {len(allow(Path(report), HERE / 'styles.txt', only='--only' in options))} style sheets."
    )
