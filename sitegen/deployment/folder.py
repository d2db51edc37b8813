"""The door to a folder as a target: a second copy of the site, for any plain web server.

    target = Target(name="mirror", path=Path("/srv/www"))

Files keep their paths of `dist/`, so that `metrics/` is served from
`metrics/index.html`. Each is replaced in one step. A folder has no conditional
writes: the lock of the run and the manifest keep two deploys apart.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from sitegen.deployment.headers import is_key, key_for, path_for
from sitegen.deployment.model import MANIFEST_KEY
from sitegen.deployment.store import Body, Lack, Meter, Remote, SupersededError, Written
from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import Deadline
from sitegen.publishing.trees import FILE_MODE, FOLDER_MODE, open_to_others
from sitegen.regular import real_path


class FolderStore:
    """A folder. Its ETags are the SHA-256 of the bytes."""

    def __init__(self, path: Path, deadline: Deadline) -> None:
        self._root = path
        self.name = path.name
        self.place = str(path)
        self.meter = Meter(deadline, self.place)
        self.lacks: set[Lack] = set()

    def _file(self, key: str) -> Path:
        if not is_key(key):
            raise SitegenError(f"{self.place}: {key!r} is not a key of a site")
        path = self._root / path_for(key)
        link = next(
            (one for one in path.parents if one.is_relative_to(self._root) and one.is_symlink()), None
        )
        if link not in {None, self._root}:
            raise SitegenError(f"{link} is a symbolic link, and a deploy writes through none; remove it")
        return path

    def ask_gently(self) -> None:
        """Return at once: a folder that hangs is left behind at the deadline."""

    def try_conditions(self, key: str) -> None:
        """Do nothing: the lock of the deploy keeps two apart."""

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a file's bytes and ETag, or None where there is none."""
        self.meter.begin("get")
        return self._read(key)

    def _read(self, key: str) -> tuple[bytes, str] | None:
        path = self._file(key)
        with _file_faults(f"reading {path}"):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
            if path.is_symlink():
                return None  # what it leads to is somebody else's; a file takes its place
        return content, sha256(content).hexdigest()

    def is_unchanged(self, key: str, etag: str | None) -> bool:
        """Whether the file still has this ETag (None: whether there still is none)."""
        found = self.read(key)
        return (found[1] if found else None) == etag

    def head(self, key: str) -> Remote | None:
        """Describe a file; a folder keeps neither headers nor who wrote it."""
        self.meter.begin("head")
        found = self._read(key)
        if found is None:
            return None
        content, digest = found
        return Remote(
            written=Written(etag=digest), size=len(content), sha256=digest, headers_digest="", built_at=None
        )

    def list(self) -> dict[str, str]:
        """Return the ETag of every file with a key that sitegen could have written, but for the manifest."""
        self.meter.begin("list")
        paths = (path for path in self._root.rglob("*") if path.is_file() and not path.is_symlink())
        keys = sorted(key_for(path.relative_to(self._root).as_posix()) for path in paths)
        found = {key: self._read(key) for key in keys if is_key(key) and key != MANIFEST_KEY}
        return {key: stored[1] for key, stored in found.items() if stored}

    def manifests_above(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield the manifests of the sites that are deployed to folders above this one."""
        root = real_path(self._root)
        for folder in root.parents:
            with suppress(OSError):
                content = (folder / MANIFEST_KEY).read_bytes()
                yield f"{folder}/", f"{root.relative_to(folder).as_posix()}/", content

    def put(self, body: Body, expected: str | None) -> Written:
        """Write a file beside its place and move it there in one step, durably; a new one replaces no other."""
        self.meter.begin("put")
        path = self._file(body.key)
        if expected is None and (there := self._read(body.key)) and there[1] != body.sha256:
            raise SupersededError(f"{path} is there already")
        staged = path.with_name(f".{path.name}.sitegen-new")
        with _file_faults(f"writing {path}"):
            self._make_folders(path.parent)
            staged.unlink(missing_ok=True)
            try:
                with staged.open("xb") as file:
                    file.write(body.content)
                    file.flush()
                    os.fsync(file.fileno())
                open_to_others(staged, FILE_MODE, self._root.stat().st_gid)
                staged.replace(path)
            finally:
                staged.unlink(missing_ok=True)
        return Written(etag=body.sha256)

    def _make_folders(self, folder: Path) -> None:
        """Make what there is not yet of a folder, the target's own too, for others to read."""
        missing = [one for one in (folder, *folder.parents) if not one.is_dir()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            open_to_others(one, FOLDER_MODE, one.parent.stat().st_gid)

    def delete(self, key: str, etag: str) -> None:
        """Delete a file that still has this ETag, and the folders that it leaves empty."""
        self.meter.begin("delete")
        found = self._read(key)
        if found is None or found[1] != etag:
            return
        path = self._file(key)
        with _file_faults(f"deleting {path}"):
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self._root or any(folder.iterdir()):
                    break
                folder.rmdir()


@contextmanager
def _file_faults(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SitegenError(
            f"{doing}: {error.strerror or error}; make room or correct the permissions"
        ) from error
