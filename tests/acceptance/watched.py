"""`python -m tests.acceptance.watched FILE ARGUMENTS`: run the program, and tell in FILE what it loaded and compiled."""

import json
import os
import sys
from pathlib import Path

from sitegen.__main__ import main


def watch(report: Path) -> None:
    """Run `sitegen` with the arguments in `sys.argv`, which ends this process; what it loaded is written first."""
    compiled, end = [], os._exit

    def note(event: str, arguments: tuple) -> None:
        if event == "compile" and arguments[1] is not None:
            compiled.append(os.fsdecode(arguments[1]) if isinstance(arguments[1], (str, bytes)) else "")

    def leave(code: int) -> None:
        # What importlib's LazyLoader has put in place is no more than a name until it is used.
        loaded = sorted(
            name for name, module in sys.modules.items() if type(module).__name__ != "_LazyModule"
        )
        report.write_text(json.dumps({"loaded": loaded, "compiled": compiled}))
        end(code)

    sys.addaudithook(note)
    os._exit = leave
    main()


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    watch(file)
