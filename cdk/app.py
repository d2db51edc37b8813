"""The stacks of a site on AWS: two buckets, the distribution before them, alarms, a budget, a role for CI, a service."""

import sys
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from settings import EDGE_REGION, Settings, SettingsError, read_settings
from stacks.alarms import Alarms
from stacks.bucket import SiteBucket
from stacks.budget import Budget
from stacks.cdn import Cdn
from stacks.ci import Ci
from stacks.service import Service

HERE = Path(__file__).parent
FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:target-partitions": ["aws"],
}
"""What the CDK does in its newer way; a template that changes with one is seen by a test."""


def make_app(settings: Settings, folder: str | None = None) -> cdk.App:
    """Return the app with the stacks that the settings ask for; `folder` is where it is synthesised to."""
    app = cdk.App(outdir=folder, analytics_reporting=False, context=FLAGS)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    def named(name: str, region: str) -> dict[str, object]:
        return {
            "scope": app,
            "construct_id": f"{settings.prefix}-{name}",
            "env": cdk.Environment(region=region),
        }

    for name, region in settings.regions.items():
        SiteBucket(**named(name, region), settings=settings)
    cdn = Cdn(**named("Cdn", EDGE_REGION), settings=settings)
    Alarms(**named("Alarms", EDGE_REGION), settings=settings, cdn=cdn)
    Budget(**named("Budget", EDGE_REGION), settings=settings)
    if settings.github or settings.gitlab:
        Ci(**named("Ci", EDGE_REGION), settings=settings, cdn=cdn)
    if settings.image:
        Service(**named("Service", settings.primary_region), settings=settings)
    cdk.Tags.of(app).add("sitegen", settings.prefix)
    return app


if __name__ == "__main__":
    try:
        make_app(read_settings(HERE / "settings.toml", HERE / "styles.txt")).synth()
    except SettingsError as error:
        sys.exit(str(error))
