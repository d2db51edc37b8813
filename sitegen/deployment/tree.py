"""The door to `dist/`: every file of the tree with its key and digest, and what must hold of it.

Nothing is sent anywhere before the whole tree has been read and found in order.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import msgspec

from sitegen.deployment.headers import headers_for, is_key, keys_for, kinds_of
from sitegen.deployment.model import INDEX, Index, Kind, LocalFile
from sitegen.errors import ConfigError, GateError, SitegenError
from sitegen.gate.links import broken_links

_SHOWN = 5


class Tree(msgspec.Struct, frozen=True):
    """The files of a generation, sorted by path, and the bytes of its pages and drawings by path.

    It lies at `root`, and people know it as `dist`.
    """

    root: Path
    dist: Path
    files: tuple[LocalFile, ...]
    markup: dict[str, bytes]

    def body(self, path: str) -> bytes:
        """Return the bytes of a file, none where there is no such file."""
        file = next((one for one in self.files if one.path == path), None)
        return read_file(self.root, file) if file else b""

    def changed(self, digests: Mapping[str, str]) -> dict[str, bytes]:
        """Return the pages and drawings whose digest is another one, or that are not among these."""
        same = {file.path for file in self.files if digests.get(file.path) == file.sha256}
        return {path: body for path, body in self.markup.items() if path not in same}

    @property
    def built(self) -> list[LocalFile]:
        """The files that a build made."""
        return [file for file in self.files if file.kind is not Kind.REDIRECT]


def scan_tree(
    dist: Path,
    root: Path | None = None,
    ends: Mapping[str, float] = MappingProxyType({}),
    places: Mapping[str, str] = MappingProxyType({}),
    index: Index = Index.FOLDER,
) -> Tree:
    """Read and digest every file below `dist`, or below `root`, which holds what is called `dist` to people.

    `ends` has the declared end of files by path, `places` where all of them lie below `root`, if not at their paths,
    `index` under which keys pages are stored.

    Raises ConfigError where there is no such folder, GateError where a file cannot be
    given a key: a symbolic link (what it leads to was never checked), or a name with
    other characters than a key may have.
    """
    root = root or dist
    if not root.is_dir():
        raise ConfigError(f"{dist} is not a folder; run `sitegen build` first, or name another with --output")
    names = {path: root / place for path, place in sorted(places.items())} or _list_files(root)
    refuse([fault for name, path in names.items() for fault in _name_faults(name, path)], dist)
    kinds = kinds_of(names)
    files, markup = [], {}
    for name, path in names.items():
        body = _read(path)
        if is_markup(name):
            markup[name] = body
        files += [
            LocalFile(
                path=name,
                key=key,
                kind=kinds[name],
                sha256=sha256(body).hexdigest(),
                size=len(body),
                headers=headers_for(name, kinds[name]),
                ends=ends.get(name),
                at=places.get(name, ""),
            )
            for key in keys_for(name, index)
        ]
    return Tree(root=root, dist=dist, files=tuple(files), markup=markup)


def _list_files(root: Path) -> dict[str, Path]:
    paths = [path for path in sorted(root.rglob("*")) if path.is_symlink() or not path.is_dir()]
    return {path.relative_to(root).as_posix(): path for path in paths}


def is_markup(name: str) -> bool:
    """Whether a file is a page or a drawing."""
    return name.endswith((".html", ".svg"))


def holds_script(body: bytes) -> bool:
    """Whether a page or a drawing has a script element, in any case."""
    return b"<script" in body.lower()


def _name_faults(name: str, path: Path) -> Iterable[str]:
    if path.is_symlink():
        yield f"{name!r} is a symbolic link; a deploy uploads real files only"
    elif not path.is_file():
        yield f"{name!r} is not a file"
    elif name.startswith("_sitegen/"):
        yield f"{name!r} lies where the deploy keeps its own manifest; name the folder otherwise"
    elif not is_key(name):
        yield f"{name!r} has other characters in its name than a-z, 0-9, dot, dash and underscore; rename it"


def check_tree(tree: Tree, base_url: str = "", checked: Mapping[str, str] = MappingProxyType({})) -> None:
    """Raise GateError unless the tree may go out: it is whole, without scripts, and its links lead somewhere.

    `checked` are the digests of a tree that went out: while all of its files are there, the links of what is still as it
    was lead somewhere too.
    """
    paths = {file.path for file in tree.files}
    faults = [f"{name} is missing" for name in (INDEX, "404.html") if name not in paths]
    faults += [f"{path} holds a script element" for path, body in tree.markup.items() if holds_script(body)]
    pages = tree.changed(checked) if checked.keys() <= paths else tree.markup
    faults += _link_faults(pages, paths, base_url)
    refuse(faults, tree.dist)


def _link_faults(markup: Mapping[str, bytes], paths: set[str], base_url: str) -> list[str]:
    """Find links to nothing; a link to a missing id breaks nothing that is deployed."""
    pages = {path: body for path, body in markup.items() if path.endswith(".html")}
    found = broken_links(pages, paths, base_url)
    return [f"{finding.path}: {finding.message}" for finding in found if finding.rule != "fragment"]


def refuse(faults: Sequence[str], dist: Path) -> None:
    """Raise GateError where there are faults, with the first of them."""
    if not faults:
        return
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    shown = "; ".join(faults[:_SHOWN])
    raise GateError(f"{dist} was not deployed: {shown}{more}. Correct it and build again.")


def read_file(root: Path, file: LocalFile) -> bytes:
    """Read a file of the tree once more. Raises SitegenError when its bytes are no longer those scanned."""
    if file.body is not None:
        return file.body
    body = _read(root / (file.at or file.path))
    if sha256(body).hexdigest() != file.sha256:
        raise SitegenError(f"{root / file.path} changed while it was being deployed; deploy again")
    return body


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SitegenError(f"{path} cannot be read: {error.strerror}") from error
