"""`sitegen run` as a container starts it: a site at once, a deploy beside it, an end in order."""

import signal

from tests.acceptance.sites import make_site
from tests.waiting import wait_for

CONFIG = """[site]
title = "run"
[build]
cycle = "6s"
deadline = "5s"
gather = "3s"
[deploy.targets.www]
path = "www"
"""


def test_a_site_is_built_and_deployed_until_a_signal_comes(tmp_path):
    site = make_site(tmp_path / "site", config=CONFIG)
    run = site.start("run", "-q")
    try:
        wait_for((site.folder / "www" / "index.html").is_file, "the site is built and deployed", 120)
    finally:
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
    assert run.returncode == 0
    assert (site.dist / "index.html").is_file()
    assert site.run("check", "site").code == 0
