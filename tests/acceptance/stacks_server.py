"""An AWS of moto's with the stacks of `cdk/` in it, and stacks that went wrong; runs in the stacks' environment.

Prints its address, and ends with its standard input.
"""

import json
import logging
import sys
from pathlib import Path

from moto.cloudformation.models import cloudformation_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

KEPT = Path(__file__).resolve().parents[2] / "cdk" / "tests" / "kept"
ACCOUNT = "123456789012"
REGIONS = {"Primary": "us-east-2", "Secondary": "us-west-2"}


def kept(name: str) -> dict:
    return json.loads((KEPT / f"Site-{name}.template.json").read_text(encoding="utf-8"))


def buckets_of(name: str) -> dict:
    """A kept template's buckets and outputs; moto knows no policies of this kind."""
    found = {key: one for key, one in kept(name)["Resources"].items() if one["Type"] == "AWS::S3::Bucket"}
    return {"Resources": found, "Outputs": {"BucketName": kept(name)["Outputs"]["BucketName"]}}


def told_by_cdn() -> dict:
    """The outputs of the kept distribution's stack, with a name for what CloudFront would name."""
    told = {
        name: one["Value"] for name, one in kept("Cdn")["Outputs"].items() if not name.startswith("Exports")
    }
    return outputs({name: value if isinstance(value, str) else "E123EXAMPLE" for name, value in told.items()})


def outputs(values: dict[str, str]) -> dict:
    """A template with nothing but a queue and these outputs."""
    queue = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}
    return {"Resources": queue, "Outputs": {name: {"Value": value} for name, value in values.items()}}


def make(stack: str, region: str, made_of: dict, status: str = "CREATE_COMPLETE") -> None:
    backend = cloudformation_backends[ACCOUNT][region]
    backend.create_stack(stack, json.dumps(made_of), {}, [], {}).status = status


def make_all() -> None:
    make("Site-Cdn", "us-east-1", told_by_cdn())
    for name, region in REGIONS.items():
        make(f"Site-{name}", region, buckets_of(name))
    whole = {"DistributionId": "E123EXAMPLE", "PrimaryRegion": "us-east-2"}
    make("Lost-Cdn", "us-east-1", outputs(whole))
    make("Moved-Cdn", "eu-central-1", outputs(whole))
    make("Half-Cdn", "us-east-1", outputs(whole))
    make("Half-Primary", "us-east-2", outputs({"BucketName": "half"}), "ROLLBACK_COMPLETE")
    make("Bare-Cdn", "us-east-1", outputs(whole))
    make("Bare-Primary", "us-east-2", outputs({"Other": "x"}))
    make("One-Cdn", "us-east-1", outputs(whole))
    make("One-Primary", "us-east-2", outputs({"BucketName": "one-bucket"}), "UPDATE_IN_PROGRESS")
    s3_backends[ACCOUNT]["aws"].create_bucket("one-bucket", "us-east-2")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_all()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
    sys.stdin.read()
    server.stop()
