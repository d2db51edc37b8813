"""The settings of the stacks: one file, checked before anything is made of it."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

EDGE_REGION = "us-east-1"
"""Where CloudFront takes certificates from, and reports its metrics to."""

_STYLE = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class SettingsError(Exception):
    """A sentence: what is wrong in which file."""


@dataclass(frozen=True)
class Settings:
    """What `settings.toml` says, and the style sheets that pages may have."""

    prefix: str
    primary_region: str
    secondary_region: str
    domain: str
    zone_id: str
    zone_name: str
    mail: str
    budget_usd_month: int
    cycle_seconds: int
    deploy_seconds: int
    github: str
    gitlab: str
    environment: str
    image: str
    cpu: int
    memory: int
    styles: tuple[str, ...] = ()

    @property
    def regions(self) -> dict[str, str]:
        """The regions of the buckets by what their stacks are called."""
        named = {"Primary": self.primary_region, "Secondary": self.secondary_region}
        return {name: region for name, region in named.items() if region}


def read_settings(path: Path, styles: Path) -> Settings:
    """Read the settings and the allowed style sheets. Raises SettingsError."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    wanted = {field.name: field.type for field in fields(Settings) if field.name != "styles"}
    for name in sorted(set(given) ^ set(wanted)):
        raise SettingsError(f"{path}: {name}: {'is missing' if name in wanted else 'is not known'}")
    for name, value in given.items():
        if not isinstance(value, wanted[name]):
            raise SettingsError(f"{path}: {name}: {value!r} is not {wanted[name].__name__}")
    settings = Settings(**given, styles=read_styles(styles))
    for sentence in _contradictions(settings):
        raise SettingsError(f"{path}: {sentence}")
    return settings


def read_styles(path: Path) -> tuple[str, ...]:
    """Read the digests of the style sheets that pages may have, one a line. Raises SettingsError."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [line for line in lines if line and not line.startswith("#")]
    for line in found:
        if not _STYLE.fullmatch(line):
            raise SettingsError(f"{path}: {line!r} is not the digest of a style sheet, such as sha256-...=")
    return tuple(found)


def _contradictions(settings: Settings) -> list[str]:
    """Return a sentence for each thing that does not fit together."""
    wrong = [
        f"{name.lower()}_region: {region!r} is not a region, such as us-east-2"
        for name, region in settings.regions.items()
        if not _REGION.fullmatch(region)
    ]
    if not settings.primary_region:
        wrong.append("primary_region: is empty")
    if settings.primary_region == settings.secondary_region:
        wrong.append("secondary_region: is the primary one; choose another, or leave it empty")
    if settings.domain and not (settings.zone_id and settings.zone_name):
        wrong.append("domain: needs zone_id and zone_name, the Route 53 zone that its names are written to")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,20}", settings.prefix):
        wrong.append(
            f"prefix: {settings.prefix!r} must be a letter and at most 20 further letters and digits"
        )
    if settings.cycle_seconds < 1:
        wrong.append("cycle_seconds: must be 1 or more")
    if not 0 <= settings.deploy_seconds <= 3600:
        wrong.append("deploy_seconds: must be 0 to 3600; no deploys are spaced out further than an hour")
    return wrong
