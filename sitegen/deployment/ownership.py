"""Which objects are whose, where several sites share a bucket or a folder.

An object is a site's own where a manifest of this site named it; what the object's metadata say counts for nothing.
Whatever lies below the manifest of another site is that site's, and a new key is written into no folder of another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sitegen.deployment.model import MANIFEST_KEY, LocalFile, RemoteManifest
from sitegen.deployment.store import Store
from sitegen.errors import RefusedError


def other_sites(listing: Iterable[str]) -> tuple[str, ...]:
    """Return the folders of a listing, each with its slash, that other sites are deployed to."""
    return tuple(key.removesuffix(MANIFEST_KEY) for key in listing if key.endswith(f"/{MANIFEST_KEY}"))


def without_others(listing: Mapping[str, str]) -> dict[str, str]:
    """Return a listing without what lies in the folders of other sites."""
    others = other_sites(listing)
    return {key: etag for key, etag in listing.items() if not key.startswith(others)}


def folders_of(key: str) -> Iterator[str]:
    """Yield every folder that a key lies in, the outermost first, but for the root."""
    parts = key.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[:count]) + "/"


_ASKED_ABOUT = 8
"""How many folders a deploy asks about below those that the site has; a site that is sent as a whole has thousands."""


def new_folders(keys: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the outermost folder of each new key in which the site has nothing yet, each once.

    Where they are many, only those at the top: what lies deeper is found out when the place is listed.

    >>> new_folders(["traces/ab/", "blog/1/", "blog/2/"], ["index.html", "traces/cd/"])
    ['blog/', 'traces/ab/']
    """
    own = {folder for key in known for folder in folders_of(key)}
    outermost = (next((one for one in folders_of(key) if one not in own), None) for key in keys)
    found = sorted({folder for folder in outermost if folder})
    return found if len(found) <= _ASKED_ABOUT else [one for one in found if one.count("/") == 1]


def refuse_overlap(store: Store, listing: Mapping[str, str], files: Sequence[LocalFile]) -> None:
    """Raise RefusedError where the tree has a page or a file in a folder that another site is deployed to."""
    others = other_sites(listing)
    if key := next((file.key for file in files if file.key.startswith(others)), None):
        raise overlap(store, key)


def overlap(store: Store, key: str) -> RefusedError:
    """Return the error of a key that lies in another site's folder."""
    return RefusedError.of(
        "ownership",
        f"{store.place}{key} lies in a folder that another site is deployed to; "
        "nothing was deployed: rename the page, or move one of the sites to another prefix",
    )


def refuse_stranger(
    store: Store, manifest: RemoteManifest | None, last: RemoteManifest | None, base_url: str
) -> None:
    """Raise RefusedError where the manifest is that of another site: neither at this address nor where this one was last."""
    if manifest is None or not manifest.site or not base_url:
        return
    if manifest.site not in {base_url, last.site if last else ""}:
        raise RefusedError.of(
            "ownership",
            f"{store.place} holds another site, {manifest.site}; "
            "nothing was deployed: give this one a bucket or a prefix of its own",
        )


def refuse_inside(store: Store) -> None:
    """Raise RefusedError where a site that is deployed to a folder above has objects of its own in this one."""
    for place, below, content in store.manifests_above():
        try:
            entries = msgspec.json.decode(content, type=RemoteManifest).entries
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if key := next((key for key in entries if key.startswith(below)), None):
            raise RefusedError.of(
                "ownership",
                f"{place}{key} belongs to the site that is deployed to {place}; "
                "nothing was deployed: choose another prefix for this one",
            )
