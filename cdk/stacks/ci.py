"""PREFIX-Ci: the roles that jobs of a repository take for an hour, by the token that their runner signs."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct
from settings import Settings

from stacks.cdn import Cdn
from stacks.names import accept_deploying, bucket_rights, stack_patterns


class Ci(cdk.Stack):
    """A role for each kind of runner, with no right that a deploy does not use."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, cdn: Cdn, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        if settings.github:
            subject = f"repo:{settings.github}:environment:{settings.environment}"
            host = "token.actions.githubusercontent.com"
            self._role("Github", host, "sts.amazonaws.com", subject, settings=settings, cdn=cdn)
        if settings.gitlab:
            subject = f"project_path:{settings.gitlab}:ref_type:branch:ref:main"
            self._role("Gitlab", "gitlab.com", "https://gitlab.com", subject, settings=settings, cdn=cdn)

    def _role(
        self, name: str, host: str, audience: str, subject: str, *, settings: Settings, cdn: Cdn
    ) -> None:
        provider = iam.CfnOIDCProvider(
            self, f"{name}Provider", url=f"https://{host}", client_id_list=[audience]
        )
        trusted = {"StringEquals": {f"{host}:aud": audience, f"{host}:sub": subject}}
        role = iam.Role(
            self,
            f"{name}Role",
            assumed_by=iam.WebIdentityPrincipal(provider.attr_arn, trusted),
            max_session_duration=cdk.Duration.hours(1),
        )
        for statement in deploy_rights(settings, cdn):
            role.add_to_policy(statement)
        accept_deploying(role, settings)
        cdk.CfnOutput(self, f"{name}RoleArn", value=role.role_arn)


def deploy_rights(settings: Settings, cdn: Cdn) -> list[iam.PolicyStatement]:
    """Return what a deploy needs: the buckets, one distribution's invalidations, the names in the stacks."""
    return [
        *bucket_rights(settings),
        iam.PolicyStatement(
            actions=["cloudfront:CreateInvalidation"], resources=[cdn.distribution.distribution_arn]
        ),
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=stack_patterns(settings)),
    ]
