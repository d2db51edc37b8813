"""The door to a bucket of S3, or of an S3-compatible store."""

import base64
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from hashlib import md5
from typing import TYPE_CHECKING, Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from sitegen.aws import AwsError, Fault, aws_faults, s3_client
from sitegen.deployment.headers import is_key
from sitegen.deployment.model import MANIFEST_KEY, Bucket, Headers, Target
from sitegen.deployment.store import Body, Lack, Meter, Remote, SupersededError, Written
from sitegen.instrumentation.clock import Deadline
from sitegen.units import parse_rfc3339, rfc3339

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_OPERATIONS = {
    "PutObject": "put",
    "GetObject": "get",
    "HeadObject": "head",
    "ListObjectsV2": "list",
    "DeleteObject": "delete",
}
_SUPERSEDED = frozenset({Fault.PRECONDITION, Fault.NOT_MODIFIED, Fault.MISSING})
"""Answers to a conditional write: 412; 304, as older MinIO puts it; 404 to an If-Match."""

_SHORTLY = 2.0

_META_SHA256, _META_BUILT_AT, _META_GENERATION = "sitegen-sha256", "sitegen-built-at", "sitegen-gen"
_META_SITE = "sitegen-site"


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, AwsError) and error.fault is Fault.CONFLICT


class S3Store:
    """A bucket of S3, or of a compatible store.

    Writes are conditional (If-Match, If-None-Match) and carry the SHA-256 of their
    bytes, which S3 verifies. A compatible store that knows one of these not is
    written to without it; without the SHA-256 goes the MD5, which a store of 2015 verifies.
    """

    def __init__(self, bucket: Bucket, target: Target, deadline: Deadline) -> None:
        prefix = target.prefix.strip("/")
        endpoint = bucket.endpoint_url or target.endpoint_url
        self._prefix = f"{prefix}/" if prefix else ""
        self._bucket = bucket.name
        self.name = bucket.name
        self.place = f"s3://{bucket.name}/{self._prefix}"
        self.meter = Meter(deadline, self.place)
        self.lacks: set[Lack] = set()
        self._connect = partial(s3_client, bucket.region, endpoint, self._count, addressing=target.addressing)
        self._client: S3Client = self._connect()
        self._compatible = endpoint is not None

    def _count(self, operation: str) -> None:
        self.meter.begin(_OPERATIONS[operation])

    def ask_gently(self) -> None:
        """Ask for the manifest once, and wait two seconds."""
        with closing(self._connect(attempts=1, timeout=_SHORTLY)) as client:
            try:
                with aws_faults(f"asking for {self.place}"):
                    client.head_object(**self._address(MANIFEST_KEY))
            except AwsError as error:
                if error.fault is Fault.UNREACHABLE:
                    raise AwsError(error.fault, f"{error} (as at the last deploy)") from error

    def try_conditions(self, key: str) -> None:
        """Find out whether a compatible store looks at conditions: one that reads past If-Match writes past it too."""
        if not self._compatible:
            return
        try:
            with aws_faults(f"reading {self.place}{key}"):
                self._client.get_object(**self._address(key), IfMatch='"0"')["Body"].close()
        except AwsError:
            return
        self.lacks.add(Lack.CONDITIONS)

    def _address(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None where there is none."""
        return self._read(self._prefix + key)

    def _read(self, name: str) -> tuple[bytes, str] | None:
        try:
            with aws_faults(f"reading s3://{self._bucket}/{name}"):
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
                return answer["Body"].read(), answer["ETag"]
        except AwsError as error:
            if error.fault is Fault.MISSING:
                return None
            raise

    def is_unchanged(self, key: str, etag: str | None) -> bool:
        """Whether the object still has this ETag (None: whether there still is none)."""
        condition: dict[str, Any] = {"IfNoneMatch": etag} if etag else {}
        try:
            with aws_faults(f"reading {self.place}{key}"):
                self._client.get_object(**self._address(key), **condition)["Body"].close()
        except AwsError as error:
            if error.fault is Fault.NOT_MODIFIED:
                return True
            if error.fault is Fault.MISSING:
                return etag is None
            raise
        return False

    def head(self, key: str) -> Remote | None:
        """Describe an object; the checksum that S3 verified counts for more than what the metadata say."""
        mode: dict[str, Any] = {} if Lack.CHECKSUMS in self.lacks else {"ChecksumMode": "ENABLED"}
        try:
            with aws_faults(f"asking for {self.place}{key}"):
                return _describe(self._client.head_object(**self._address(key), **mode))
        except AwsError as error:
            if error.fault is Fault.MISSING:
                return None
            if mode and self._may_lack_something(error):
                self.lacks.add(Lack.CHECKSUMS)
                return self.head(key)
            raise

    def list(self) -> dict[str, str]:
        """Return the ETag of every object below the prefix, a thousand a request."""
        found: dict[str, str] = {}
        with aws_faults(f"listing {self.place}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for item in page.get("Contents", ()):
                    found[item["Key"].removeprefix(self._prefix)] = item["ETag"]
        return {key: etag for key, etag in found.items() if is_key(key) and key != MANIFEST_KEY}

    def manifests_above(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield the manifests of the sites that are deployed above the prefix, the outermost first."""
        parts = self._prefix.split("/")[:-1]
        for count in range(len(parts)):
            above = "".join(f"{part}/" for part in parts[:count])
            place = f"s3://{self._bucket}/{above}"
            if stored := self._read(f"{above}{MANIFEST_KEY}"):
                yield place, self._prefix.removeprefix(above), stored[0]

    def put(self, body: Body, expected: str | None) -> Written:
        """Write an object under the condition that it is still the expected one; a conflict is tried twice more.

        S3 answers 409 while another conditional write to the same key is under way, which
        botocore does not retry.
        """
        condition: dict[str, Any] = {"IfMatch": expected} if expected else {"IfNoneMatch": "*"}
        retrying = Retrying(
            retry=retry_if_exception(_is_conflict),
            stop=stop_after_attempt(3),
            wait=wait_random(0.05, 0.2),
            reraise=True,
        )
        return retrying(self._put_as_far_as_known, body, condition)

    def _put_as_far_as_known(self, body: Body, condition: dict[str, Any]) -> Written:
        """Write an object without what the store is known to lack, and find out what else it lacks."""
        known = frozenset(self.lacks)
        try:
            return self._put(body, condition, known)
        except AwsError as error:
            if not self._may_lack_something(error):
                raise
            for more in ({Lack.CHECKSUMS}, {Lack.CONDITIONS}, {Lack.CHECKSUMS, Lack.CONDITIONS}):
                lacking = known | more
                with suppress(AwsError):
                    written = self._put(body, condition, lacking)
                    self.lacks |= lacking
                    return written
            raise

    def _may_lack_something(self, error: AwsError) -> bool:
        """Whether a compatible store did not understand a request, as against: refused what it asks for."""
        return self._compatible and (
            error.fault is Fault.NOT_IMPLEMENTED or (error.fault is Fault.OTHER and error.status == 400)
        )

    def _put(self, body: Body, condition: dict[str, Any], lacking: frozenset[Lack]) -> Written:
        condition = {} if Lack.CONDITIONS in lacking else condition
        try:
            with aws_faults(f"writing {self.place}{body.key}"):
                answer = self._client.put_object(
                    **self._address(body.key),
                    **condition,
                    **_checksum(body, lacking),
                    Body=body.content,
                    ContentType=body.headers.content_type,
                    CacheControl=body.headers.cache_control,
                    Metadata={
                        _META_SHA256: body.sha256,
                        _META_BUILT_AT: rfc3339(body.built_at, digits=3),
                        _META_GENERATION: str(body.generation),
                        _META_SITE: body.site,
                    },
                )
                return Written(etag=answer["ETag"], version_id=_version(answer))
        except AwsError as error:
            if condition and error.fault in _SUPERSEDED:
                raise SupersededError(
                    f"{self.place}{body.key} changed while it was being deployed"
                ) from error
            raise

    def delete(self, key: str, etag: str) -> None:
        """Delete an object that still has this ETag; one that is gone or has changed is left alone."""
        condition: dict[str, Any] = {} if Lack.CONDITIONS in self.lacks else {"IfMatch": etag}
        try:
            with aws_faults(f"deleting {self.place}{key}"):
                self._client.delete_object(**self._address(key), **condition)
        except AwsError as error:
            if condition and self._may_lack_something(error):
                self.lacks.add(Lack.CONDITIONS)
                self.delete(key, etag)
            elif error.fault not in _SUPERSEDED:
                raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _checksum(body: Body, lacking: frozenset[Lack]) -> dict[str, Any]:
    """Return what the store is to verify the bytes by."""
    if Lack.CHECKSUMS in lacking:
        digest = md5(body.content, usedforsecurity=False).digest()
        return {"ContentMD5": base64.b64encode(digest).decode()}
    return {"ChecksumSHA256": base64.b64encode(bytes.fromhex(body.sha256)).decode()}


def _describe(answer: Any) -> Remote:
    meta = answer.get("Metadata", {})
    headers = Headers(
        content_type=answer.get("ContentType", ""), cache_control=answer.get("CacheControl", "")
    )
    return Remote(
        written=Written(etag=answer["ETag"], version_id=_version(answer)),
        size=answer["ContentLength"],
        sha256=_hex(answer.get("ChecksumSHA256", "")) or meta.get(_META_SHA256, ""),
        headers_digest=headers.digest,
        built_at=_instant(meta.get(_META_BUILT_AT)),
        site=meta.get(_META_SITE, ""),
    )


def _version(answer: Any) -> str | None:
    """Read the version of an answer; a bucket whose versions were switched off answers `null`."""
    version = answer.get("VersionId")
    return version if isinstance(version, str) and version != "null" else None


def _hex(checksum: str) -> str:
    """Write a base64 checksum in hex; that of a multipart upload (`...-3`) says nothing of the whole."""
    with suppress(ValueError):
        digest = base64.b64decode(checksum, validate=True)
        return digest.hex() if len(digest) == 32 else ""
    return ""


def _instant(text: str | None) -> float | None:
    with suppress(ValueError):
        return parse_rfc3339(text) if text else None
    return None
