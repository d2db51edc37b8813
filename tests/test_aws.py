import pytest
from botocore import exceptions as botocore_faults
from sitegen.aws import (
    AwsError,
    Fault,
    aws_faults,
    cloudfront_client,
    cloudwatch_client,
    cloudwatch_connector,
    s3_client,
)
from sitegen.errors import Problem, SitegenError


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch, tmp_path):
    """Keep the credentials and the configuration of whoever runs the tests out of them."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def answered(code: str, status: int, message: str = "", operation: str = "PutObject") -> Exception:
    return botocore_faults.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},
        operation,
    )


def test_a_client_for_cloudwatch_takes_the_sources_own_timeout(credentials):
    config = cloudwatch_client("us-east-2", timeout=0.5).meta.config
    assert (config.connect_timeout, config.read_timeout) == (0.5, 0.5)


@pytest.mark.parametrize(
    "make",
    [lambda: s3_client("us-east-2"), lambda: cloudwatch_client("us-east-2"), cloudfront_client],
    ids=["s3", "cloudwatch", "cloudfront"],
)
def test_every_client_gives_up_well_within_a_cycle(credentials, make):
    config = make().meta.config
    assert (config.connect_timeout, config.read_timeout) == (2.0, 5.0)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.max_pool_connections == 32


def test_a_connector_makes_one_client_for_all_who_ask(credentials):
    connect = cloudwatch_connector("us-east-1")
    assert connect() is connect()


def test_a_profile_that_is_not_there_is_a_fault_of_each_call_and_not_of_the_connector(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "gone")
    connect = cloudwatch_connector("us-east-1")
    for _ in range(2):
        with pytest.raises(AwsError, match="AWS_PROFILE") as caught:
            connect()
        assert caught.value.fault is Fault.CREDENTIALS


def test_cloudfront_is_asked_in_the_region_where_its_api_lives(credentials):
    assert cloudfront_client().meta.endpoint_url == "https://cloudfront.amazonaws.com"


def test_a_compatible_store_gets_path_style_addresses_and_no_checksums_of_its_own(credentials):
    config = s3_client("auto", "http://127.0.0.1:9").meta.config
    assert config.s3["addressing_style"] == "path"
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"


def test_a_store_that_is_not_there_is_tried_three_times_and_each_attempt_is_announced(credentials):
    sent = []
    client = s3_client("us-east-2", "http://127.0.0.1:9", before_send=sent.append)
    with pytest.raises(AwsError) as caught, aws_faults("reading s3://obs-a/index.html"):
        client.get_object(Bucket="obs-a", Key="index.html")
    assert caught.value.fault is Fault.UNREACHABLE
    assert str(caught.value).startswith("reading s3://obs-a/index.html: no answer in time")
    assert sent == ["GetObject", "GetObject", "GetObject"]


def test_what_is_raised_before_sending_ends_the_call_without_another_attempt(credentials):
    attempts = []

    def refuse(operation: str) -> None:
        attempts.append(operation)
        raise TimeoutError("over")

    client = s3_client("us-east-2", "http://127.0.0.1:9", before_send=refuse)
    with pytest.raises(TimeoutError):
        client.put_object(Bucket="obs-a", Key="index.html", Body=b"")
    assert attempts == ["PutObject"]


def test_missing_credentials_are_named_with_the_way_out():
    client = s3_client("us-east-2", "http://127.0.0.1:9")
    with pytest.raises(AwsError, match="no AWS credentials were found; set AWS_PROFILE") as caught:
        with aws_faults("reading s3://obs-a/index.html"):
            client.get_object(Bucket="obs-a", Key="index.html")
    assert caught.value.fault is Fault.CREDENTIALS


def test_an_unknown_profile_is_a_sentence(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(AwsError) as caught:
        s3_client("us-east-2")
    assert caught.value.fault is Fault.CREDENTIALS


@pytest.mark.parametrize(
    ("code", "status", "fault"),
    [
        ("NoSuchBucket", 404, Fault.NO_BUCKET),
        ("NoSuchKey", 404, Fault.MISSING),
        ("404", 404, Fault.MISSING),
        ("AccessDenied", 403, Fault.DENIED),
        ("AccessDeniedException", 400, Fault.DENIED),
        ("UnrecognizedClientException", 403, Fault.CREDENTIALS),
        ("ThrottlingException", 400, Fault.THROTTLED),
        ("RequestExpired", 400, Fault.CLOCK),
        ("403", 403, Fault.DENIED),
        ("SignatureDoesNotMatch", 403, Fault.CREDENTIALS),
        ("ExpiredToken", 400, Fault.CREDENTIALS),
        ("PermanentRedirect", 301, Fault.WRONG_REGION),
        ("PreconditionFailed", 412, Fault.PRECONDITION),
        ("ConditionalRequestConflict", 409, Fault.CONFLICT),
        ("304", 304, Fault.NOT_MODIFIED),
        ("NotImplemented", 501, Fault.NOT_IMPLEMENTED),
        ("SlowDown", 503, Fault.THROTTLED),
        ("RequestTimeTooSkewed", 403, Fault.CLOCK),
        ("SomethingNew", 403, Fault.DENIED),
        ("SomethingNew", 400, Fault.OTHER),
    ],
)
def test_each_error_code_becomes_the_fault_it_means(code, status, fault):
    with pytest.raises(AwsError) as caught, aws_faults("writing"):
        raise answered(code, status, "what the service says")
    assert caught.value.fault is fault
    assert str(caught.value).startswith("writing: ")


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("PutObject", "s3:PutObject"),
        ("DeleteObject", "s3:DeleteObject"),
        ("HeadObject", "s3:GetObject, and s3:ListBucket for what does not exist"),
        ("GetObject", "s3:GetObject, and s3:ListBucket for what does not exist"),
        ("ListObjectsV2", "s3:ListBucket"),
        ("CreateInvalidation", "cloudfront:CreateInvalidation"),
        ("DescribeStacks", "cloudformation:DescribeStacks"),
    ],
)
def test_a_role_without_a_right_is_told_which_one_it_lacks(operation, right):
    with pytest.raises(AwsError) as caught, aws_faults("asking"):
        raise answered("AccessDenied", 403, "no", operation)
    assert str(caught.value) == f"asking: access was denied; the role needs {right}"


def test_an_unknown_error_keeps_the_words_of_the_service():
    with pytest.raises(AwsError, match=r"^writing: what it says \(BadDigest\)$"), aws_faults("writing"):
        raise answered("BadDigest", 400, "what it says")


def test_a_fault_can_travel_as_data():
    fault = AwsError(Fault.DENIED, "reading s3://obs-a: access was denied")
    assert fault.problem("deploy.obs-a") == Problem("deploy.obs-a", "reading s3://obs-a: access was denied")
    assert isinstance(fault, SitegenError)


def test_other_errors_pass_through_untouched():
    with pytest.raises(ZeroDivisionError), aws_faults("dividing"):
        raise ZeroDivisionError


def test_what_botocores_parsers_stumble_over_is_a_sentence():
    with pytest.raises(AwsError, match="the answer is not what AWS sends") as caught:
        with aws_faults("asking CloudWatch for Requests"):
            b"\xa2".decode()
    assert caught.value.fault is Fault.OTHER
