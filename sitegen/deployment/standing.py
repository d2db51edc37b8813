"""What is kept of a target as its visitors see it, below `.sitegen/deployed/`: one file a target, and its last generations.

A generation is kept as the hard links that were sent, with the manifest of its build, so that it can be sent again
without a build, to a store that keeps no versions too.
"""

import contextlib
import re
from hashlib import sha256
from pathlib import Path

import msgspec

from sitegen.deployment.cost import Spending
from sitegen.deployment.memory import FOLDER
from sitegen.deployment.snapshot import Snapshot
from sitegen.deployment.verification import Change
from sitegen.publishing.model import Manifest
from sitegen.publishing.trees import remove_tree
from sitegen.state.files import write_atomically

KEPT = 5
"""How many generations are kept of each target."""

_MANIFEST = "manifest.json"
_NUMBER = re.compile(r"[0-9]{1,12}")


class Held(msgspec.Struct, frozen=True):
    """A generation that was put back by hand, and when: later deploys wait until they are forced."""

    generation: int
    at: float


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a target as its visitors see it.

    `waiting` are uploads that the edge did not serve yet when it was last asked, with the instant of their upload;
    `recent` the digests of a key that were replaced lately, with when; `rejected` the digest of each key that was put
    back because visitors got it wrong. `generation` is the one that is there, `sent` what it changed. `styles` were
    allowed by the edge's policy. `good` says that the edge served the right bytes at the last look; it is not asked
    before `silent_until`.
    """

    target: str
    generation: int | None = None
    sent: dict[str, str] = {}
    waiting: dict[str, tuple[Change, float]] = {}
    recent: dict[str, dict[str, float]] = {}
    rejected: dict[str, str] = {}
    styles: tuple[str, ...] = ()
    good: bool = False
    silent_until: float = 0.0
    held: Held | None = None


class TargetMemory:
    """The door to what is kept of one target. Whoever writes holds the deploy's lock."""

    def __init__(self, state: Path, target: str) -> None:
        name = sha256(target.encode()).hexdigest()[:16]
        self._target = target
        self._file = state / FOLDER / f"{name}.target.json"
        self._spending = state / FOLDER / f"{name}.spending.json"
        self._generations = state / FOLDER / f"{name}.generations"
        self.repository = state / FOLDER / f"{name}.git"

    def recall(self) -> Standing:
        """Return what is known; nothing where it was damaged."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            known = msgspec.json.decode(self._file.read_bytes(), type=Standing)
            if known.target == self._target:
                return known
        return Standing(self._target)

    def keep(self, standing: Standing) -> None:
        """Remember this. Raises OSError."""
        if standing != self.recall():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, msgspec.json.encode(standing))

    def spending(self) -> Spending:
        """Return what deploys cost of late; nothing where it was damaged."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            known = msgspec.json.decode(self._spending.read_bytes(), type=Spending)
            if known.target == self._target:
                return known
        return Spending(self._target)

    def keep_spending(self, spending: Spending) -> None:
        """Remember what deploys cost; it is not synced, for it changes with every one. Raises OSError."""
        self._spending.parent.mkdir(parents=True, exist_ok=True)
        staged = self._spending.with_suffix(".new")
        staged.write_bytes(msgspec.json.encode(spending))
        staged.replace(self._spending)

    def release(self) -> None:
        """Forget that a person put a generation back: a later deploy was let through."""
        known = self.recall()
        if known.held is not None:
            self.keep(msgspec.structs.replace(known, held=None))

    def generations(self) -> list[int]:
        """Return the generations that are kept, the oldest first."""
        with contextlib.suppress(OSError):
            names = [path.name for path in self._generations.iterdir() if (path / _MANIFEST).is_file()]
            return sorted(int(name) for name in names if _NUMBER.fullmatch(name))
        return []

    def keep_generation(self, still: Snapshot) -> None:
        """Take the links of a generation that was sent over, and let the oldest of too many go. Raises OSError."""
        place = self._generations / str(still.manifest.generation)
        if place.exists():
            return
        kept = {"manifest": still.manifest, "places": still.places}
        write_atomically(still.root / _MANIFEST, msgspec.json.encode(kept))
        self._generations.mkdir(parents=True, exist_ok=True)
        still.root.rename(place)
        for old in self.generations()[:-KEPT]:
            remove_tree(self._generations / str(old))

    def digests(self) -> dict[str, str]:
        """Return the digest of each file of the generation that was kept last; none where there is none."""
        for number in self.generations()[-1:]:
            with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
                kept = msgspec.json.decode(
                    (self._generations / str(number) / _MANIFEST).read_bytes(), type=_Kept
                )
                return {path: file.sha256 for path, file in kept.manifest.files.items()}
        return {}

    def generation(self, number: int) -> Snapshot | None:
        """Return a generation that is kept, None where it is not whole any more."""
        root = self._generations / str(number)
        try:
            kept = msgspec.json.decode((root / _MANIFEST).read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        whole = kept.places.keys() == kept.manifest.files.keys() and all(
            _holds(root / place, kept.manifest.files[path].sha256) for path, place in kept.places.items()
        )
        return Snapshot(root, kept.manifest, (), kept.places) if whole else None

    def forget_generation(self, number: int) -> None:
        """Let a generation go."""
        remove_tree(self._generations / str(number))


class _Kept(msgspec.Struct, frozen=True):
    """What lies beside the links: the build's manifest, and the name of each path."""

    manifest: Manifest
    places: dict[str, str]


def _holds(path: Path, digest: str) -> bool:
    with contextlib.suppress(OSError):
        return sha256(path.read_bytes()).hexdigest() == digest
    return False
