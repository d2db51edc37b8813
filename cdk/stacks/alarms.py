"""PREFIX-Alarms: a site that is stale as visitors see it, deploys that fail, errors of the edge."""

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct
from settings import Settings

from stacks.cdn import Cdn
from stacks.names import accept, bucket_name

WATCH = Path(__file__).with_name("watch.py")
STALE_CYCLES = 4
"""After so many cycles, or deploys that are spaced out, visitors see an old site; at 30 s these are 120 s."""


class Alarms(cdk.Stack):
    """A function that looks on once a minute, and the alarms on what it sees."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, cdn: Cdn, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._topic = sns.Topic(self, "Topic", enforce_ssl=True)
        accept(
            self._topic,
            {"SNS2": "Alarms name this site's public state; a key of one's own costs a dollar a month."},
        )
        if settings.mail:
            self._topic.add_subscription(subscriptions.EmailSubscription(settings.mail))
        self._watch(settings, cdn)
        stale = STALE_CYCLES * max(settings.cycle_seconds, settings.deploy_seconds)
        self._alarm("Stale", "Visitors see an old site, or none", _age(settings, "visitors"), stale)
        for name, region in settings.regions.items():
            meaning = f"No deploy has ended well in {region} for a while"
            self._alarm(f"{name}DeploysFail", meaning, _age(settings, region), 2 * stale)
        errors = cloudwatch.Metric(
            namespace="AWS/CloudFront",
            metric_name="5xxErrorRate",
            dimensions_map={"DistributionId": cdn.distribution.distribution_id, "Region": "Global"},
            period=cdk.Duration.minutes(1),
        )
        self._alarm("Errors", "One in a hundred visitors gets an error", errors, 1, missing_is_bad=False)
        cdk.CfnOutput(self, "TopicArn", value=self._topic.topic_arn)

    def _watch(self, settings: Settings, cdn: Cdn) -> None:
        """Make the function, with a role that may read two objects and write one kind of metric."""
        log = logs.LogGroup(
            self, "WatchLog", retention=logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(self, "WatchRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        function = functions.Function(
            self,
            "Watch",
            runtime=functions.Runtime.PYTHON_3_14,
            architecture=functions.Architecture.ARM_64,
            handler="index.handler",
            code=functions.Code.from_inline(WATCH.read_text(encoding="utf-8")),
            memory_size=128,
            timeout=cdk.Duration.seconds(30),
            log_group=log,
            role=role.without_policy_updates(),
            environment={
                "BASE_URL": f"https://{cdn.address}/",
                "NAMESPACE": namespace(settings),
                "BUCKETS": json.dumps(
                    {region: bucket_name(settings.prefix, region) for region in settings.regions.values()}
                ),
            },
        )
        for statement in _rights(settings, log):
            role.add_to_policy(statement)
        accept(role, {"IAM5[Resource::*]": "PutMetricData knows no resources; it is held to one namespace."})
        every = events.Schedule.rate(cdk.Duration.minutes(1))
        events.Rule(self, "EveryMinute", schedule=every, targets=[targets.LambdaFunction(function)])

    def _alarm(
        self,
        name: str,
        meaning: str,
        metric: cloudwatch.Metric,
        threshold: float,
        *,
        missing_is_bad: bool = True,
    ) -> None:
        missing = cloudwatch.TreatMissingData
        alarm = metric.create_alarm(
            self,
            name,
            alarm_description=meaning,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=missing.BREACHING if missing_is_bad else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        alarm.add_ok_action(actions.SnsAction(self._topic))


def namespace(settings: Settings) -> str:
    """Return where the site's metrics lie in CloudWatch."""
    return f"Sitegen/{settings.prefix}"


def _age(settings: Settings, seen: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace(settings),
        metric_name="Age",
        dimensions_map={"Seen": seen},
        statistic="Maximum",
        period=cdk.Duration.minutes(1),
    )


def _rights(settings: Settings, log: logs.LogGroup) -> list[iam.PolicyStatement]:
    manifests = [
        f"arn:aws:s3:::{bucket_name(settings.prefix, region)}/_sitegen/manifest.json"
        for region in settings.regions.values()
    ]
    return [
        iam.PolicyStatement(actions=["s3:GetObject"], resources=manifests),
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": namespace(settings)}},
        ),
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]
        ),
    ]
