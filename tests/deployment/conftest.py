"""A site to deploy, and an S3 on loopback whose every request is recorded and can be made to fail."""

import itertools
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import botocore.loaders
import botocore.session
import pytest
from moto.server import ThreadedMotoServer
from sitegen.aws import s3_client
from sitegen.deployment.model import Bucket, Target
from tests.deployment.house import Bucketful, Deployer, write_site
from tests.deployment.wire import Wire, handler_of


@pytest.fixture(scope="session")
def moto() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture(scope="session")
def proxy(moto: int) -> Iterator[tuple[Wire, str]]:
    wire = Wire(moto)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(wire))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield wire, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Iterator[None]:
    """Read botocore's service descriptions once for all tests, not once for each client."""
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _: loader)
        yield


@pytest.fixture
def wire(proxy) -> Iterator[Wire]:
    proxy[0].forget()
    yield proxy[0]
    proxy[0].forget()


@pytest.fixture(autouse=True)
def credentials(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture(scope="session")
def client(moto, one_loader) -> Iterator:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = s3_client("us-east-1", f"http://127.0.0.1:{moto}")
    yield client
    client.close()


@pytest.fixture
def buckets(client, numbers) -> list[Bucketful]:
    made = []
    for letter in "ab":
        name = f"obs-{letter}-{next(numbers)}"
        client.create_bucket(Bucket=name)
        made.append(Bucketful(client, name))
    return made


@pytest.fixture
def bucket(buckets) -> Bucketful:
    return buckets[0]


@pytest.fixture
def deployer(proxy, wire, bucket, dist) -> Deployer:
    target = Target(name="test", buckets=(Bucket(bucket.name, "us-east-1"),), endpoint_url=proxy[1])
    return Deployer(target, dist)


@pytest.fixture
def folder_deployer(tmp_path, dist) -> Deployer:
    return Deployer(Target(name="mirror", path=tmp_path / "mirror"), dist)


@pytest.fixture
def twin_deployer(proxy, wire, buckets, dist) -> Deployer:
    places = tuple(Bucket(bucket.name, "us-east-1") for bucket in buckets)
    return Deployer(Target(name="twins", buckets=places, endpoint_url=proxy[1]), dist)


@pytest.fixture
def dist(tmp_path) -> Path:
    folder = tmp_path / "dist"
    write_site(folder)
    return folder
