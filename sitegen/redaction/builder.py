"""What tells of the machine that builds: the folders of its user and of the site, and its host's name.

They are cut out of foreign text as secrets are, and may stand on no page. Both only where that says
something: a folder or a name that half of all machines have, a word that the site itself is written with,
or one that its owner shows to visitors, would be found on pages that tell nothing, in every build.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from sitegen.redaction.kinds import Cut, Kind, Match
from sitegen.redaction.words import hint_of

PLACE, NAME = "a folder of the machine that builds", "the name of the machine that builds"
HOME, FOLDER, HOST = "~", "…", "‹host›"
"""What is shown instead: of the user's home, of another folder, of the name."""

# What half of all machines call a user, a folder or themselves.
_SHARED = frozenset(
    """
    admin app apps build builder ci circleci code computer container daemon data debian default deploy
    desktop docker ec2-user etc example fedora gateway git github gitlab grafana guest home host html http
    jenkins laptop lib localdomain localhost macbook master media mnt monitor monitoring node nobody node1
    nonexistent opt pi primary private production prometheus raspberrypi repo repos root router runner
    runners server shop site sitegen sites src srv staging status test tester tmp ubuntu user users usr
    vagrant var virtualbox web website work worker workspace www www-data
    """.split()  # noqa: SIM905 - a list of ninety lines is no easier to read
)
_LEAST_NAME = 5
_PSEUDONYM = re.compile(r"(?:host|user)-\d+")
_HOST_NAME = re.compile(r"(?=[0-9.-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*")


class Builder(msgspec.Struct, frozen=True):
    """The machine that builds: `homes` and `folders` are absolute paths, `names` those of its host."""

    homes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """How all of it is found, and what is shown instead; of a folder in another one, the longer is first."""
        places = dict.fromkeys(self.homes, HOME) | dict.fromkeys(self.folders, FOLDER)
        longest = sorted(places, key=lambda place: (-len(place), place))
        # A folder inside another one is marked by that: a text is looked through once for both.
        marks = {one: next(outer for outer in reversed(longest) if one.startswith(outer)) for one in longest}
        return (*(_place(one, places[one], marks[one]) for one in longest), *map(_name, self.names))

    def without(self, words: str, paths: Iterable[str] = ()) -> "Builder":
        """Return what is left to look for where these words are public, and these paths are the site's own."""
        public = tuple(paths)

        def hidden(places: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(place for place in places if not any(place in path for path in public))

        names = tuple(name for name in self.names if not _word(name).search(words))
        return Builder(hidden(self.homes), hidden(self.folders), names)


def describe_builder(
    homes: Iterable[str], folders: Iterable[str], host: str, is_spoken: Callable[[str], bool]
) -> Builder:
    """Return what is to be looked for of a machine; `is_spoken` tells whether the site's own text has a word."""
    found = sorted({place.rstrip("/") for place in folders if _is_telling(place)})
    short = host.partition(".")[0]
    names = [host] if "." in host and short.lower() != "localhost" else []
    if len(short) >= _LEAST_NAME and not _is_shared(short) and not is_spoken(short.lower()):
        names.append(short)
    return Builder(
        homes=tuple(sorted({home.rstrip("/") for home in homes if _is_telling(home)} - {*found})),
        folders=tuple(found),
        names=tuple(name for name in names if _HOST_NAME.fullmatch(name)),
    )


def _is_telling(place: str) -> bool:
    """Whether a folder has two parts or more, of which one is this machine's own."""
    parts = [part for part in place.split("/") if part]
    return (
        place.startswith("/")
        and len(parts) > 1
        and not all(part.lower().lstrip(".") in _SHARED for part in parts)
    )


def _is_shared(name: str) -> bool:
    lower = name.lower()
    return lower in _SHARED or lower.isdigit() or _PSEUDONYM.fullmatch(lower) is not None


def _place(place: str, shown: str, mark: str) -> Kind:
    pattern = rf"(?<!\w){re.escape(place)}(?![\w-])(?!\.\w)"
    return Kind(PLACE, "", pattern, partial(_instead, shown), mark=mark)


def _name(name: str) -> Kind:
    hint = hint_of(name.partition(".")[0])
    return Kind(NAME, hint, _word(name).pattern, partial(_instead, HOST), mark="" if hint else ".")


def _instead(shown: str, match: Match) -> Cut:
    return (*match.span(), shown)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?i:(?<![\w-]){re.escape(name)}(?![\w-]))")
