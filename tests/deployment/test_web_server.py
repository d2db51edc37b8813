"""A folder as a target, with nginx over it as another user's web server, and a visitor who follows every link."""

import os
import re
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import pytest
import requests
from sitegen.deployment.model import Target
from tests.conftest import find_component
from tests.deployment.house import Deployer, tree_bodies, write_site
from tests.waiting import wait_for

UNLINKED = {"404.html", "feed.xml", "status.json", "badge.svg"}
pytestmark = pytest.mark.needs("nginx")

CONF = """
daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log;
{user}
events {{ worker_connections 64; }}
http {{
  access_log off;
  types {{ text/html html; text/css css; image/svg+xml svg; image/png png; text/csv csv; application/json json; }}
  client_body_temp_path {run}/body; proxy_temp_path {run}/proxy; fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi; scgi_temp_path {run}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; error_page 404 /404.html; }}
}}
"""


@pytest.fixture
def narrow_umask():
    """A deploying user who keeps new files to themselves."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def www(tmp_path_factory):
    """A place that another user can reach, as /srv is."""
    place = tmp_path_factory.mktemp("srv")
    for folder in (place, *place.parents):
        if folder.owner() == place.owner() and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
    return place / "www"


@pytest.fixture
def server(tmp_path, www, free_port):
    """nginx, as nobody where this user may start it so."""
    run = tmp_path / "nginx"
    run.mkdir()
    user = "user nobody nogroup;" if os.getuid() == 0 else ""
    (run / "nginx.conf").write_text(CONF.format(run=run, root=www, port=free_port, user=user))
    command = [
        find_component("nginx"),
        "-p",
        str(run),
        "-e",
        str(run / "error.log"),
        "-c",
        str(run / "nginx.conf"),
    ]
    with subprocess.Popen(command) as process:
        base = f"http://127.0.0.1:{free_port}/"
        wait_for(lambda: answers(base), "nginx")
        yield base
        process.terminate()


def answers(base: str) -> bool:
    try:
        return requests.get(base, timeout=2).status_code > 0
    except requests.ConnectionError:
        return False


@pytest.fixture
def deployer(tmp_path, www, narrow_umask):
    dist = tmp_path / "site" / "dist"
    write_site(dist)
    return Deployer(Target(name="www", path=www), dist)


def links(url: str, text: str) -> list[str]:
    return [urljoin(url, link) for link in re.findall(r'(?:href|src)="([^"]+)"', text)]


class Visitor:
    """Follows every link from the first page on, and notes what is broken."""

    def __init__(self, base: str) -> None:
        self.base, self.seen, self.broken = base, {}, []

    def crawl(self) -> dict[str, str]:
        """Return the text of the first page, and of all that its pages lead to."""
        self.seen = {}
        with requests.Session() as session:
            self._read(session, self.base, self.base)
        return self.seen

    def _read(self, session: requests.Session, url: str, from_where: str) -> None:
        if url in self.seen:
            return
        answer = session.get(url, timeout=5)
        page = answer.headers.get("Content-Type", "") == "text/html"
        whole = answer.status_code == 200 and (not page or answer.text.endswith("</html>"))
        # A page that was read before a deploy may lead to what has left with it: read again, it does not.
        if not whole and url in links(from_where, session.get(from_where, timeout=5).text):
            self.broken.append((from_where, url, answer.status_code))
        self.seen[url] = answer.text
        for link in links(url, answer.text) if page and whole else ():
            self._read(session, link, url)


def test_another_users_web_server_reads_all_that_was_deployed_whatever_the_umask(deployer, server):
    deployer()
    visitor = Visitor(server)
    found = visitor.crawl()
    assert visitor.broken == []
    linked = {name for name in tree_bodies(deployer.dist) if name not in UNLINKED}
    assert {url.removeprefix(server) or "index.html" for url in found} == linked


def test_a_visitor_never_meets_a_broken_link_or_half_a_page_while_deploys_go_on(deployer, server):
    deployer()
    visitor, over = Visitor(server), threading.Event()

    def visit() -> None:
        while not over.is_set():
            visitor.crawl()

    with ThreadPoolExecutor(1) as pool:
        visits = pool.submit(visit)
        try:
            for number in range(25):
                shutil.rmtree(deployer.dist)
                traces = tuple(f"{number + later:04x}" for later in range(4))
                css = f"body{{width:{number // 5}px}}"
                write_site(deployer.dist, css=css, note=str(number), traces=traces)
                assert deployer().status == "ok"
        finally:
            over.set()
        visits.result()
    assert visitor.broken == []


def test_what_a_deploy_keeps_for_itself_is_no_page(deployer, server, www):
    deployer()
    names = {path.relative_to(www).as_posix() for path in www.rglob("*") if path.is_file()}
    assert not {name for name in names if name.endswith("sitegen-new")}
    assert requests.get(f"{server}no/such/page/", timeout=5).status_code == 404
    assert "not found" in requests.get(f"{server}no/such/page/", timeout=5).text
