"""Make a site that has run for a while with the code of this checkout, and keep its state for ever.

    python -m tests.state.layouts.make /srv/observed

builds at that address, which is written into what is kept, and leaves beside this file,
in a folder named after the layout of `state.db`, `site.tar.xz` (the configuration, the
state, the published tree, the folder and the bucket that it was deployed to) and
`held.json`: what the code that wrote them read back. Run it before a layout changes, and
never again for a layout that is kept already: every later sitegen must read what was
written then.

Six builds, one probe always slow: all else is well in the first; then a source and a probe
go down; the breaker of the source opens with the fourth build, leaves it alone in the fifth
and has it asked once more, for nothing, in the sixth. Deploys to a folder and to a bucket follow the first and the last.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from unittest import mock

import boto3
from moto.server import ThreadedMotoServer
from sitegen import cli
from sitegen.config import load_config
from sitegen.pipeline.build import Options, build
from sitegen.state.schema import LAYOUT
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.probed import probe
from tests.acceptance.running import RunningClock
from tests.acceptance.stepping import slot_at
from tests.faulty_server import Failure, FaultyServer, Reply
from tests.state.layouts.reading import read_held

HERE = Path(__file__).resolve().parent
KEPT = (".sitegen", "bucket", "dist", "mirror", "sitegen.toml")
BUILDS = 6
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}
CONFIG = """
[site]
title = "observed"

[[metrics.sources]]
name = "shop"
type = "prometheus"
url = "{well}"

[[metrics.sources]]
name = "lost"
type = "prometheus"
url = "{lost}"

[[metrics.panels]]
id = "load"
title = "load"
source = "shop"
query = "load"
windows = ["1h"]

[[metrics.panels]]
id = "queue"
title = "queue"
source = "lost"
query = "queue"
windows = ["1h"]

[[slos]]
id = "answered"
title = "requests answered"
target = 0.99
source = "shop"
good = "good"
total = "total"

[[slos]]
id = "reached"
title = "home reached"
target = 0.9
probe = "home"

[deploy.targets.mirror]
path = "mirror"

[deploy.targets.production]
buckets = [{{ name = "observed", region = "us-east-1" }}]
"""


def make(folder: Path) -> None:
    """Run the site and keep it; a layout that is kept is not made again."""
    kept = HERE / str(LAYOUT)
    kept.mkdir()
    folder.mkdir(parents=True)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    with mock.patch.dict(os.environ, KEYS), contextlib.chdir(folder):
        bucket = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint)
        bucket.create_bucket(Bucket="observed")
        _run(folder, endpoint)
        keep_bucket(bucket, folder / "bucket")
    server.stop()
    (kept / "held.json").write_text(
        json.dumps(read_held(folder), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    )
    with tarfile.open(kept / "site.tar.xz", "w:xz", preset=9) as archive:
        for name in KEPT:
            archive.add(folder / name, name, filter=_strip)


def _run(folder: Path, endpoint: str) -> None:
    late = Reply(fault=Failure.LATENCY, delay=0.05)
    with serve_answers(lambda asked: matrix(asked, [{"job": "shop"}])) as well, FaultyServer(late) as slow:
        with serve_answers(lambda asked: matrix(asked, [{"job": "lost"}])) as lost:
            probes = (
                probe("home", f"{well}/200/"),
                probe("slow", f"{slow.url}/", degraded_above="20ms"),
                probe("gone", f"{lost}/200/"),
            )
            text = CONFIG.format(well=well, lost=lost) + "".join(probes)
            (folder / "sitegen.toml").write_text(text, encoding="utf-8")
            _build(folder, 0)
            _deploy(endpoint, 1)
        for number in range(1, BUILDS):
            _build(folder, number)
        _deploy(endpoint, BUILDS)


def _build(folder: Path, number: int) -> None:
    config = load_config(folder / "sitegen.toml", {})
    options = Options(output=config.site.output, jobs=1)
    record = build(config, options, RunningClock(slot_at(30 * number)), lambda stage: None)
    print(record.generation, record.status, *(problem.message for problem in record.problems))


def _deploy(endpoint: str, number: int) -> None:
    for target in ("mirror", "production"):
        clock = RunningClock(slot_at(30 * number - 10))
        with mock.patch("sitegen.instrumentation.clock.SystemClock", return_value=clock):
            code = cli.run(["deploy", "--target", target, "--endpoint-url", endpoint, "--deadline", "60s"])
        assert code == 0


def keep_bucket(client, folder: Path) -> None:
    """Write every object of the bucket below a folder, and beside them what each carries."""
    folder.mkdir()
    carried = {}
    for number, entry in enumerate(client.list_objects_v2(Bucket="observed")["Contents"]):
        found = client.get_object(Bucket="observed", Key=entry["Key"])
        body = found["Body"].read()
        (folder / f"{number:03}").write_bytes(body)
        carried[entry["Key"]] = {
            "body": f"{number:03}",
            "ContentType": found["ContentType"],
            "CacheControl": found["CacheControl"],
            "Metadata": found["Metadata"],
        }
        assert entry["ETag"] == f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    (folder / "objects.json").write_text(json.dumps(carried, indent=1))


def _strip(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out whose file it was, and the templates' cache, which is no state."""
    if entry.name == ".sitegen/cache":
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    make(Path(sys.argv[1]))
    shutil.rmtree(sys.argv[1])
