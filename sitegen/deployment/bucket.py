"""The door to a bucket of S3, or of an S3-compatible store."""

import base64
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from sitegen.aws import AwsError, Fault, aws_faults, s3_client
from sitegen.deployment.headers import is_key
from sitegen.deployment.model import MANIFEST_KEY, Bucket, Headers, Target
from sitegen.deployment.store import Body, Meter, Remote, SupersededError, Written
from sitegen.instrumentation.clock import Deadline
from sitegen.units import parse_rfc3339, rfc3339

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["S3Store"]

_OPERATIONS = {
    "PutObject": "put",
    "GetObject": "get",
    "HeadObject": "head",
    "ListObjectsV2": "list",
    "DeleteObject": "delete",
}
_SUPERSEDED = frozenset({Fault.PRECONDITION, Fault.NOT_MODIFIED, Fault.MISSING})
"""Answers to a conditional write: 412; 304, as older MinIO puts it; 404 to an If-Match."""

_META_SHA256, _META_BUILT_AT, _META_GENERATION = "sitegen-sha256", "sitegen-built-at", "sitegen-gen"


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, AwsError) and error.fault is Fault.CONFLICT


class S3Store:
    """A bucket of S3, or of a compatible store.

    Writes are conditional (If-Match, If-None-Match) and carry the SHA-256 of their
    bytes, which S3 verifies. A compatible store that does not know conditions is
    written to without them.
    """

    def __init__(self, bucket: Bucket, target: Target, deadline: Deadline) -> None:
        prefix = target.prefix.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._bucket = bucket.name
        self.name = bucket.name
        self.place = f"s3://{bucket.name}/{self._prefix}"
        self.meter = Meter(deadline, self.place)
        self._client: S3Client = s3_client(bucket.region, target.endpoint_url, self._count)
        self._compatible = target.endpoint_url is not None
        self._conditions = True

    def _count(self, operation: str) -> None:
        self.meter.begin(_OPERATIONS[operation])

    def _address(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None where there is none."""
        try:
            with aws_faults(f"reading {self.place}{key}"):
                answer = self._client.get_object(**self._address(key))
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
        try:
            with aws_faults(f"asking for {self.place}{key}"):
                answer = self._client.head_object(**self._address(key), ChecksumMode="ENABLED")
        except AwsError as error:
            if error.fault is Fault.MISSING:
                return None
            raise
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
        )

    def list(self) -> dict[str, str]:
        """Return the ETag of every object below the prefix, a thousand a request."""
        found: dict[str, str] = {}
        with aws_faults(f"listing {self.place}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for item in page.get("Contents", ()):
                    found[item["Key"].removeprefix(self._prefix)] = item["ETag"]
        return {key: etag for key, etag in found.items() if is_key(key) and key != MANIFEST_KEY}

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
        return retrying(self._put, body, condition if self._conditions else {})

    def _put(self, body: Body, condition: dict[str, Any]) -> Written:
        try:
            with aws_faults(f"writing {self.place}{body.key}"):
                answer = self._client.put_object(
                    **self._address(body.key),
                    **condition,
                    Body=body.content,
                    ContentType=body.headers.content_type,
                    CacheControl=body.headers.cache_control,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(body.sha256)).decode(),
                    Metadata={
                        _META_SHA256: body.sha256,
                        _META_BUILT_AT: rfc3339(body.built_at, digits=3),
                        _META_GENERATION: str(body.generation),
                    },
                )
        except AwsError as error:
            if condition and error.fault in _SUPERSEDED:
                raise SupersededError(
                    f"{self.place}{body.key} changed while it was being deployed"
                ) from error
            if condition and self._compatible and error.fault is Fault.NOT_IMPLEMENTED:
                self._conditions = False
                return self._put(body, {})
            raise
        return Written(etag=answer["ETag"], version_id=_version(answer))

    def delete(self, key: str, etag: str) -> None:
        """Delete an object that still has this ETag; one that is gone or has changed is left alone."""
        condition: dict[str, Any] = {"IfMatch": etag} if self._conditions else {}
        try:
            with aws_faults(f"deleting {self.place}{key}"):
                self._client.delete_object(**self._address(key), **condition)
        except AwsError as error:
            if error.fault is Fault.NOT_IMPLEMENTED and self._compatible and condition:
                self._conditions = False
                self.delete(key, etag)
            elif error.fault not in _SUPERSEDED:
                raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


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
