"""Photograph the demonstration: each kind of page at three widths, dark and light, into artefacts/shots.

    make shots

The first screens of four pages go into docs/images too, as README shows them.
Beside the pictures lies compare.html; where the checkout has pictures to compare with
(../shared/theme), they stand at the left of ours at the same width.
"""

import contextlib
import html
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[1]
SHOTS = CHECKOUT / "artefacts" / "shots"
TARGETS = CHECKOUT.parent / "shared" / "theme"
IMAGES = CHECKOUT / "docs" / "images"
README = ("overview-1280", "metrics-1280", "trace-1280", "slo-1280-light")
WIDTHS, HEIGHT = (390, 1280, 1920), 900
Mode = Literal["dark", "light"]
MODES: tuple[Mode, ...] = ("dark", "light")
INSTANT = "2026-11-24T02:04:30Z"
PAGES = {
    "overview": "/", "metrics": "/metrics/", "traces": "/traces/", "deps": "/deps/", "logs": "/logs/",
    "build": "/build/", "slo": "/slo/", "projects": "/projects/", "about": "/about/",
}  # fmt: skip


def main() -> None:
    folder = SHOTS / "site"
    shutil.rmtree(SHOTS, ignore_errors=True)
    made = [sys.executable, "-m", "sitegen", "demo", folder, "--no-serve", "--clock", INSTANT, "-q"]
    subprocess.run(made, check=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        names = [name for mode in MODES for name in photograph(browser, folder / "dist", mode)]
    shutil.rmtree(folder)
    for name in README:
        with Image.open(SHOTS / f"{name}.png") as shot:
            shot.crop((0, 0, shot.width, HEIGHT)).save(IMAGES / f"{name}.webp", quality=80, method=6)
    (SHOTS / "compare.html").write_text(compare(names), encoding="utf-8")
    print(f"{len(names)} pictures in {SHOTS}; open {SHOTS / 'compare.html'} to look at them")


def find_chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        sys.exit("shots: no Chromium found; `make components` installs one")
    return found


def photograph(browser: Browser, folder: Path, mode: Mode) -> Iterator[str]:
    """Take each page at each width; yield the pictures' names."""
    with serving(folder) as address:
        trace = max(
            (folder / "traces").glob("*/index.html"), key=lambda page: page.stat().st_size
        ).parent.name
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=mode)
            for name, path in (PAGES | {"trace": f"/traces/{trace}/"}).items():
                page.goto(address + path)
                shot = f"{name}-{width}{'-light' if mode == 'light' else ''}.png"
                page.screenshot(path=SHOTS / shot, full_page=True)
                yield shot
            page.close()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback for as long as this lasts."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def compare(names: list[str]) -> str:
    """Return the page that shows each picture, with its target beside it where there is one."""
    rows = []
    for name in sorted(names):
        target = TARGETS / name
        beside = f'<img src="{html.escape(target.as_uri())}" alt="target">' if target.is_file() else ""
        rows.append(
            f'<h2>{html.escape(name)}</h2><div>{beside}<img src="{html.escape(name)}" alt="ours"></div>'
        )
    style = (
        "body{font-family:monospace;background:#222;color:#eee}div{display:flex;gap:1em}img{max-width:49%}"
    )
    return f"<!doctype html><title>shots</title><style>{style}</style>{''.join(rows)}\n"


if __name__ == "__main__":
    main()
