"""The door to what this machine remembers of each copy, below `.sitegen/deployed/`: two files a copy.

One is the manifest as it was last seen there, so that it need not be fetched while it has not changed, and so that
what this site named there is known when the copy has lost it. The other is a journal: one line for each object that
the store confirmed since, so that a deploy that was cut off sends none of them again.

Nothing rests on either: without them the copy itself is asked, and every write has its condition.
"""

import contextlib
import threading
from hashlib import sha256
from pathlib import Path

import msgspec

from sitegen.deployment.model import Entry, RemoteManifest
from sitegen.deployment.store import Lack
from sitegen.state.files import write_atomically

FOLDER = "deployed"


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a copy from the last deploy to it.

    `place` names it, `etag` and `manifest` are those of its manifest, None where it had none. `reconciled_at` is
    when it was last compared with its listing (POSIX seconds). `doubtful` says that other hands
    were met in it, `failing` that it did not answer, `unfinished` that a deploy was cut off before it could say what it had done.
    `lacks` is what the store cannot do, None where that was not found out yet.
    """

    place: str
    etag: str | None = None
    manifest: RemoteManifest | None = None
    reconciled_at: float = 0.0
    doubtful: bool = False
    failing: bool = False
    unfinished: bool = False
    lacks: tuple[Lack, ...] | None = None

    @property
    def named(self) -> dict[str, Entry]:
        """The objects that this site has there."""
        return self.manifest.entries if self.manifest else {}


class _Line(msgspec.Struct, frozen=True):
    """A line of the journal: an object that was confirmed, while the copy's manifest had the ETag `base`.

    {"base": "5d41", "key": "metrics/", "entry": {"sha256": "9f86", "headers_digest": "a1b2", ...}}
    """

    base: str | None
    key: str
    entry: Entry


class Memory:
    """What is remembered of one copy. Any thread may note what was confirmed."""

    def __init__(self, folder: Path, place: str) -> None:
        name = sha256(place.encode()).hexdigest()[:16]
        self._file, self._journal = folder / FOLDER / f"{name}.json", folder / FOLDER / f"{name}.journal"
        self._place = place
        self._lock = threading.Lock()

    def recall(self) -> Remembered:
        """Return what is known; nothing where it was damaged, or is another place's."""
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            known = msgspec.json.decode(self._file.read_bytes(), type=Remembered)
            if known.place == self._place:
                return known
        return Remembered(self._place)

    def confirmed(self, base: str | None) -> dict[str, Entry]:
        """Return what was confirmed since the manifest had this ETag; a line that was cut off ends it."""
        found: dict[str, Entry] = {}
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            for text in self._journal.read_bytes().splitlines():
                line = msgspec.json.decode(text, type=_Line)
                if line.base == base:
                    found[line.key] = line.entry
        return found

    def note(self, base: str | None, key: str, entry: Entry) -> None:
        """Keep that an object is there; on a full disk the next deploy asks for it again."""
        text = msgspec.json.encode(_Line(base, key, entry)) + b"\n"
        with self._lock, contextlib.suppress(OSError), self._journal.open("ab") as file:
            file.write(text)

    def begin(self) -> None:
        """Keep that a deploy is about to write. Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self.keep(msgspec.structs.replace(self.recall(), unfinished=True))

    def keep(self, known: Remembered) -> None:
        """Remember this; where it says what the journal does, that ends. Raises OSError."""
        before = self.recall()
        if known != before:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, msgspec.json.encode(known))
        if known.etag != before.etag:
            self._journal.unlink(missing_ok=True)
