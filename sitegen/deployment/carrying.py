"""The door through which a state goes to a bucket and comes back: only over what was pulled, never over another's push.

It lies below `_sitegen/`, which the distribution cannot read, in the target's first bucket.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sitegen.aws import AwsError, Fault, aws_faults, s3_client
from sitegen.deployment.model import Target
from sitegen.errors import BusyError, RefusedError, SitegenError
from sitegen.regular import read_regular
from sitegen.state.files import Owner, write_atomically
from sitegen.state.lock import hold
from sitegen.state.parcel import MOST_BYTES, pack, put_down, unpack

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

STATE_KEY = "_sitegen/state"
_MARK = "carried.json"
_DIGEST = "sitegen-sha256"
_LOST = frozenset({Fault.PRECONDITION, Fault.CONFLICT, Fault.MISSING})


class Mark(msgspec.Struct, frozen=True):
    """Where the state of this folder came from or went to, and which one: no ETag where there was none."""

    place: str
    etag: str | None


class Carrier:
    """Carries the state of one site between its folder and its target. Raises RefusedError for a target that is no bucket."""

    def __init__(self, target: Target, folder: Path, site: str, now: float) -> None:
        if not target.buckets:
            raise RefusedError(
                f"Visitors can read all of the target {target.name}, and a state holds what is not public; "
                "keep the state folder in the CI's own cache (actions/cache of GitHub, `cache:` of GitLab)."
            )
        self._target, self._folder, self._site, self._now = target, folder, site, now
        prefix = target.prefix.strip("/")
        self._key = f"{prefix}/{STATE_KEY}" if prefix else STATE_KEY
        self.place = f"s3://{target.buckets[0].name}/{self._key}"

    def pull(self) -> int | None:
        """Fetch the state, and return its bytes: 0 where this folder has it already, None where there is none yet.

        Raises RefusedError where the folder has a state of its own, SitegenError where what came is not used.
        """
        with self._locked():
            mark = _read_mark(self._folder / _MARK)
            here = (self._folder / "state.db").exists()
            if here and (mark is None or mark.place != self.place):
                raise RefusedError(
                    f"{self._folder} has a state of its own, which a pull would replace; move it away first, or push it."
                )
            stored = self._fetch()
            if stored is None:
                self._remember(None)
                return None
            body, etag = stored
            if here and mark and mark.etag == etag:
                return 0
            files = unpack(body, self._site, self.place)
            (self._folder / _MARK).unlink(missing_ok=True)
            put_down(self._folder, files)
            self._remember(etag)
            return len(body)

    def push(self) -> int:
        """Store the state in place of the one that was pulled, and return its bytes.

        Raises BusyError where somebody else has pushed since.
        """
        with self._locked():
            parcel = pack(self._folder, self._site)
            mark = _read_mark(self._folder / _MARK)
            expected = mark.etag if mark and mark.place == self.place else None
            self._remember(self._store(parcel, expected))
            return len(parcel)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with hold(self._folder, self._now), hold(self._folder, self._now, Owner.DEPLOY):
            yield

    @contextmanager
    def _client(self) -> "Iterator[S3Client]":
        bucket = self._target.buckets[0]
        endpoint = bucket.endpoint_url or self._target.endpoint_url
        with closing(s3_client(bucket.region, endpoint, addressing=self._target.addressing)) as client:
            yield client

    @property
    def _address(self) -> dict[str, Any]:
        return {"Bucket": self._target.buckets[0].name, "Key": self._key}

    def _fetch(self) -> tuple[bytes, str] | None:
        try:
            with self._client() as client, aws_faults(f"reading {self.place}"):
                answer = client.get_object(**self._address)
                with closing(answer["Body"]) as body:
                    if answer["ContentLength"] > MOST_BYTES:
                        raise SitegenError(
                            f"{self.place} has {answer['ContentLength'] / 2**20:.0f} MB, and no state is larger than "
                            f"{MOST_BYTES // 2**20} MB; nothing was changed: remove it, or put its version before back."
                        )
                    return body.read(), answer["ETag"]
        except AwsError as error:
            if error.fault is Fault.MISSING:
                return None
            raise

    def _store(self, parcel: bytes, expected: str | None) -> str:
        """Write the parcel if nobody else has since, and return its ETag; a write whose answer was lost is known again."""
        condition: dict[str, Any] = {"IfMatch": expected} if expected else {"IfNoneMatch": "*"}
        digest = sha256(parcel).hexdigest()
        with self._client() as client:
            try:
                with aws_faults(f"writing {self.place}"):
                    return client.put_object(
                        **self._address,
                        **condition,
                        Body=parcel,
                        ContentType="application/octet-stream",
                        CacheControl="no-store",
                        Metadata={_DIGEST: digest},
                    )["ETag"]
            except AwsError as error:
                if error.fault not in _LOST:
                    raise
                with aws_faults(f"reading {self.place}"):
                    there = client.head_object(**self._address)
                if there["Metadata"].get(_DIGEST) == digest:
                    return there["ETag"]
                raise BusyError(
                    f"Another run has pushed its state to {self.place} since this one pulled, so nothing was stored; "
                    "the next run begins with that one."
                ) from error

    def _remember(self, etag: str | None) -> None:
        try:
            write_atomically(self._folder / _MARK, msgspec.json.encode(Mark(self.place, etag)))
        except OSError as error:
            raise SitegenError(f"{self._folder / _MARK} cannot be written ({error.strerror})") from error


def _read_mark(path: Path) -> Mark | None:
    try:
        return msgspec.json.decode(read_regular(path, 10_000), type=Mark)
    except (OSError, msgspec.DecodeError):
        return None
