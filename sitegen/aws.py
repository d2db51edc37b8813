"""The door to AWS: clients for S3, CloudFront and CloudWatch, the outputs of stacks, and faults as sentences.

botocore waits 60 s for a connection and another 60 s for an answer; a cycle is 30 s
long, so every client made here gives up sooner. Importing boto3 takes longer than a
whole `sitegen --help`, so it happens when the first client is made.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from sitegen.errors import Problem, SitegenError
from sitegen.redaction import Redactor, visible

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_cloudfront.client import CloudFrontClient
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_s3.client import S3Client

CONNECT_TIMEOUT, READ_TIMEOUT = 2.0, 5.0
ATTEMPTS = 3
CONNECTIONS = 32

_WORDS, _CODE = 300, 60
"""How much is told of a store's own words."""


class Fault(StrEnum):
    """What went wrong, as far as a caller would act on it."""

    CREDENTIALS = "credentials"
    DENIED = "denied"
    NO_BUCKET = "no bucket"
    WRONG_REGION = "wrong region"
    MISSING = "missing"
    PRECONDITION = "precondition failed"
    CONFLICT = "conflict"
    NOT_MODIFIED = "not modified"
    NOT_IMPLEMENTED = "not implemented"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    CLOCK = "clock"
    OTHER = "other"


# Error codes of the S3, CloudFront and CloudWatch API references. An answer without a
# body (every answer to HEAD) has the HTTP status for a code.
_CODES = {
    Fault.CREDENTIALS: (
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidToken",
    ),
    Fault.DENIED: ("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "403"),
    Fault.NO_BUCKET: ("NoSuchBucket",),
    Fault.WRONG_REGION: ("PermanentRedirect", "AuthorizationHeaderMalformed", "301"),
    Fault.MISSING: ("NoSuchKey", "NoSuchVersion", "NoSuchDistribution", "404"),
    Fault.PRECONDITION: ("PreconditionFailed", "412"),
    Fault.CONFLICT: ("ConditionalRequestConflict", "OperationAborted", "409"),
    Fault.NOT_MODIFIED: ("304",),
    Fault.NOT_IMPLEMENTED: ("NotImplemented", "501"),
    Fault.THROTTLED: (
        "SlowDown",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyInvalidationsInProgress",
        "503",
    ),
    Fault.CLOCK: ("RequestTimeTooSkewed", "RequestExpired"),
}
_FAULTS = {code: fault for fault, codes in _CODES.items() for code in codes}

_SENTENCES = {
    Fault.CREDENTIALS: "the credentials were not accepted; renew them, or set AWS_PROFILE",
    Fault.NO_BUCKET: "the bucket does not exist; create it, or correct its name in the configuration",
    Fault.WRONG_REGION: "the bucket is in another region; correct `region` in the configuration",
    Fault.MISSING: "it does not exist",
    Fault.PRECONDITION: "it changed in the meantime",
    Fault.CONFLICT: "another write to it is in progress",
    Fault.NOT_MODIFIED: "it has not changed",
    Fault.NOT_IMPLEMENTED: "the store does not know this kind of request",
    Fault.THROTTLED: "the service is overloaded; the next run tries again",
    Fault.UNREACHABLE: "no answer in time; check the network, the region and the endpoint URL",
    Fault.CLOCK: "this machine's clock is wrong by more than AWS tolerates; set it",
}

# The right that an operation needs where it is not the operation's own name (Service Authorization Reference, Amazon S3).
_RIGHTS = {
    "HeadObject": "s3:GetObject",
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
}
_SERVICES = {
    "CreateInvalidation": "cloudfront",
    "DescribeStacks": "cloudformation",
    "GetMetricData": "cloudwatch",
}

_STRANGE = "the answer is not what AWS sends; check the endpoint URL and what stands before it"

_NO_CREDENTIALS = (
    "no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "or give the machine a role"
)


class AwsError(SitegenError):
    """A call to AWS that failed: `fault` says how, the text is a sentence for the user, `status` the HTTP status if there was one."""

    def __init__(self, fault: Fault, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.status = status
        self.reason = fault.value if fault is not Fault.OTHER else "store"

    def problem(self, where: str) -> Problem:
        """Return the fault as data, for callers that can go on without the answer."""
        return Problem(where=where, message=str(self))


class Addressing(StrEnum):
    """Where a bucket's name stands: in the path of a request, or before the host's name."""

    PATH = "path"
    VIRTUAL = "virtual"


def s3_client(
    region: str,
    endpoint_url: str | None = None,
    before_send: Callable[[str], None] | None = None,
    *,
    addressing: Addressing | None = None,
    attempts: int = ATTEMPTS,
    timeout: float = READ_TIMEOUT,
) -> "S3Client":
    """Make a client for S3, or for a compatible store at `endpoint_url`.

    `before_send` is called with the operation (`PutObject`) before every request that
    really leaves, retries included; what it raises ends the call. Compatible stores get
    path-style addresses unless `addressing` says otherwise, and no checksum that the caller did not set: several of them
    reject the CRC32 trailers that botocore adds by default.
    """
    client: S3Client = _client("s3", region, endpoint_url, attempts, timeout, addressing)
    if before_send is not None:
        notify = before_send

        def announce(event_name: str, **_: object) -> None:
            notify(event_name.rpartition(".")[2])

        client.meta.events.register("before-send.s3", announce)
    return client


def cloudfront_client(endpoint_url: str | None = None) -> "CloudFrontClient":
    """Make a client for CloudFront, whose API lives in us-east-1."""
    client: CloudFrontClient = _client("cloudfront", "us-east-1", endpoint_url)
    return client


def describe_stack(name: str, region: str) -> tuple[str, dict[str, str]] | None:
    """Return the status and the outputs of a stack, or None where there is none. Raises AwsError."""
    client = _client("cloudformation", region, None)
    try:
        with aws_faults(f"reading the stack {name} in {region}"):
            (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except AwsError as error:
        if "does not exist (ValidationError)" in str(error):  # CloudFormation has no code of its own for it
            return None
        raise
    finally:
        client.close()
    return stack["StackStatus"], {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}


def cloudwatch_client(
    region: str, endpoint_url: str | None = None, attempts: int = ATTEMPTS, timeout: float = READ_TIMEOUT
) -> "CloudWatchClient":
    """Make a client for CloudWatch; `attempts` bounds how often one question is sent, `timeout` seconds how long it takes."""
    client: CloudWatchClient = _client("cloudwatch", region, endpoint_url, attempts, timeout)
    return client


def cloudwatch_connector(
    region: str, attempts: int = ATTEMPTS, timeout: float = READ_TIMEOUT
) -> Callable[[], "CloudWatchClient"]:
    """Return what makes that client once, for the first thread that asks; it may take a while, and raise AwsError."""
    lock = Lock()
    make = cache(partial(cloudwatch_client, region, attempts=attempts, timeout=timeout))

    def connect() -> "CloudWatchClient":
        with lock:
            return make()

    return connect


def _client(  # noqa: PLR0917 - what boto3 asks for
    service: str,
    region: str,
    endpoint: str | None,
    attempts: int = ATTEMPTS,
    timeout: float = READ_TIMEOUT,
    addressing: Addressing | None = None,
) -> Any:
    from boto3.session import Session  # noqa: PLC0415 - slow to import, see the top

    # A session of its own for each client: boto3's default session must not be shared by threads.
    with aws_faults(f"connecting to {service} in {region}"):
        make: Any = Session().client
        config = _config(own=endpoint is None, attempts=attempts, timeout=timeout, addressing=addressing)
        return make(service, region_name=region, endpoint_url=endpoint, config=config)


def _config(*, own: bool, attempts: int, timeout: float, addressing: Addressing | None) -> "Config":
    from botocore.config import Config  # noqa: PLC0415

    checksums = "when_supported" if own else "when_required"
    return Config(
        connect_timeout=min(CONNECT_TIMEOUT, timeout),
        read_timeout=timeout,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        request_checksum_calculation=checksums,  # type: ignore[arg-type,unused-ignore]
        response_checksum_validation=checksums,  # type: ignore[arg-type,unused-ignore]
        s3={"addressing_style": str(addressing or ("auto" if own else "path"))},  # type: ignore[arg-type,unused-ignore]
        user_agent_extra="sitegen",
    )


@contextmanager
def aws_faults(doing: str) -> Iterator[None]:
    """Turn what botocore raises inside into an AwsError that begins with `doing`.

    >>> with aws_faults("reading s3://obs-a/metrics/"):  # doctest: +SKIP
    ...     client.get_object(Bucket="obs-a", Key="metrics/")
    AwsError: reading s3://obs-a/metrics/: it does not exist
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise _answered(error, doing) from error
    except BotoCoreError as error:
        raise _unanswered(error, doing) from error
    except (
        ValueError,
        KeyError,
    ) as error:  # botocore's parsers do not expect everything, nor do their callers
        raise AwsError(Fault.OTHER, f"{doing}: {_STRANGE}") from error


def _answered(error: Any, doing: str) -> AwsError:
    """Name the fault of an answer with an error in it.

    What the status says decides what is done; a code that is not known is told in the store's own words.
    """
    answer = error.response.get("Error", {})
    code = str(answer.get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    fault = _FAULTS.get(code) or _FAULTS.get(str(status), Fault.OTHER)
    known = code in _FAULTS or not code or code.isdigit()
    if known and fault is Fault.DENIED:
        sentence = f"access was denied; the role needs {_right(error.operation_name)}"
    else:
        sentence = (_SENTENCES.get(fault) if known else None) or _words(answer.get("Message"), code or status)
    return AwsError(fault, f"{doing}: {sentence}", status)


def _right(operation: str) -> str:
    """Return the right that an operation needs.

    Without s3:ListBucket S3 denies what does not exist, so as not to tell (GetObject in its API reference).
    """
    right = _RIGHTS.get(operation, f"{_SERVICES.get(operation, 's3')}:{operation}")
    return f"{right}, and s3:ListBucket for what does not exist" if right == "s3:GetObject" else right


def _words(message: object, code: object) -> str:
    """Format what a store says of itself as one line without control characters and secrets: `no such thing (NoThing)`."""
    text = " ".join(str(message or "refused").split())
    if len(text) > _WORDS:
        text = f"{text[:_WORDS]}..."
    return Redactor().text(f"{visible(text)} ({visible(str(code))[:_CODE]})")


def _unanswered(error: Exception, doing: str) -> AwsError:
    """Name the fault of a call that got no answer, or was never sent."""
    from botocore import exceptions as known  # noqa: PLC0415

    if isinstance(
        error,
        known.NoCredentialsError
        | known.PartialCredentialsError
        | known.CredentialRetrievalError
        | known.ProfileNotFound
        | known.SSOError,
    ):
        return AwsError(Fault.CREDENTIALS, f"{doing}: {_NO_CREDENTIALS} ({error})")
    if isinstance(error, known.ConnectionError | known.HTTPClientError | known.EndpointConnectionError):
        return AwsError(Fault.UNREACHABLE, f"{doing}: {_SENTENCES[Fault.UNREACHABLE]}")
    return AwsError(Fault.OTHER, f"{doing}: {visible(str(error))}")
