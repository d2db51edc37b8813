"""Sites that probe: their configuration, their cycles, and what every page and twin says of a service."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from tests.acceptance.documents import Element, parse
from tests.acceptance.sites import Site

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp()
CYCLE = 30.0
ATOM = "{http://www.w3.org/2005/Atom}"


def stamp(at: float) -> str:
    """An instant as pages and twins write it."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def probe(identity: str, url: str, *, title: str | None = None, **keys: object) -> str:
    """A `[[probes]]` table; the keys' values as TOML."""
    lines = [f"{name} = {value!r}" for name, value in keys.items()]
    return "\n".join(
        ["\n[[probes]]", f"id = '{identity}'", f"title = '{title or identity}'", f"url = '{url}'", *lines]
    )


def configure(site: Site, *tables: str, build: str = "") -> None:
    """Give a site these tables for its whole configuration."""
    text = "\n".join(["[site]", "title = 'probed'", "[build]", build, *tables])
    (site.folder / "sitegen.toml").write_text(text, encoding="utf-8")


def run_cycle(site: Site, number: float, *arguments: str) -> dict:
    """Build as the timer would in this cycle after BEGIN; the report."""
    return site.build("--clock", stamp(BEGIN + number * CYCLE), *arguments)


def panel(site: Site, identity: str, address: str = "/slo/") -> Element:
    """The row of a service or the panel of an objective on the availability page."""
    page = parse(site.page(address))
    named = page.by_id(identity)
    if named.tag == "tr":
        return named
    return next(one for one in page.all("section") if one.attributes.get("aria-labelledby") == identity)


def incidents(site: Site) -> list[str]:
    """The services of the incidents on the availability page, latest first."""
    told = [
        one
        for one in parse(site.page("/slo/")).all("section")
        if one.attributes.get("aria-labelledby") == "incidents"
    ]
    return [row.one("th").text for one in told for row in one.one("tbody").all("tr")]


def facts(section: Element) -> dict[str, list[float]]:
    """The raw numbers of an objective by their names, of a service by its windows."""
    if section.tag == "tr":
        return dict(
            zip(("24h", "7d", "30d", "90d", "365d"), map(_numbers, section.all("td")[2:]), strict=True)
        )
    [listed] = section.all("dl")
    values: dict[str, list[float]] = {}
    for part in listed.children:
        if part.tag == "dt":
            values[part.text] = found = []
        else:
            found.extend(_numbers(part))
    return values


def _numbers(part: Element) -> list[float]:
    return [float(one.attributes["value"]) for one in part.all("data")]


def states_told(site: Site, identity: str) -> dict[str, str]:
    """What each page and each twin says of a service's state; of the feed, its newest entry."""
    services = {one["id"]: one for one in site.status["services"]}
    title = services[identity]["title"]
    rows = _rows(site)
    badge = ET.fromstring((site.dist / "badge.svg").read_bytes())  # noqa: S314 - of our own making
    feed = ET.fromstring((site.dist / "feed.xml").read_bytes())  # noqa: S314 - of our own making
    entries = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    lines = (site.dist / "index.txt").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.endswith(f"  {title}"))
    return {
        "status.json": services[identity]["status"],
        "overview": next(row for row in rows if row.partition(" ")[2].startswith(title)),
        "slo": panel(site, f"service-{identity}").all("td")[0].text,
        "badge": badge.find("{*}title").text,
        "feed": next((entry for entry in entries if entry.startswith(f"{title}: ")), ""),
        "index.txt": line.strip(),
    }


def _rows(site: Site) -> list[str]:
    """Each row of the services: its glyph and title, then its state and how long it lasts."""
    services = next(
        one
        for one in parse(site.page("/")).all("section")
        if one.attributes.get("aria-labelledby") == "services"
    )
    return [f"{row.one('th').text} {row.all('td')[0].text}" for row in services.one("tbody").all("tr")]


def said_everywhere(site: Site, identity: str, state: str, title: str, *, since: float) -> None:
    """Assert that all pages and twins agree on a state, and since when it is so."""
    glyph = {"up": "●", "degraded": "▲", "down": "✖", "maintenance": "■", "no data": "○"}[state]
    told = states_told(site, identity)
    [service] = [one for one in site.status["services"] if one["id"] == identity]
    when = stamp(since).replace("T", " ").replace("Z", " UTC")
    assert told["status.json"] == state
    assert service["since"] == stamp(since)
    assert told["overview"].startswith(f"{glyph} {service['title']} {state}")
    assert told["slo"].replace("\u2068", "").replace("\u2069", "").startswith(f"{glyph} {state} since {when}")
    assert told["badge"] == f"status: {state}"
    assert told["feed"] in ("", f"{title}: {state}")
    assert told["index.txt"].startswith(f"{glyph} {state} ")
    for address in ("/", "/follow/", "/slo/"):
        sentence = re.sub(r"\s+", " ", parse(site.page(address)).text)
        assert f"{glyph} 1 {state}" in sentence, address
