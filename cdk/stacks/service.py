"""PREFIX-Service: one container that builds and deploys without end, for sites whose sources lie in AWS."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct
from settings import Settings

from stacks.names import accept, accept_deploying, bucket_rights

USER = "10001"
"""The user of the Containerfile."""

FILLING = """\
set -e
if [ -f {project}/sitegen.toml ]; then
  rm -rf {site}/content {site}/static
  cp -rT {project} {site}
elif [ ! -f {site}/sitegen.toml ]; then
  echo 'The image has no /project with a sitegen.toml: make one FROM the image of the Containerfile, with COPY mysite /project' >&2
  exit 2
fi
"""
"""What a new task does first: the project comes with its image, the state and the history stay on the file system."""


class Service(cdk.Stack):
    """One task of Fargate; its project and state lie on a file system that outlives it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        network = ec2.Vpc(
            self,
            "Network",
            max_azs=2,
            nat_gateways=0,  # $32 a month each; a public address is $3.60
            restrict_default_security_group=False,
            subnet_configuration=[ec2.SubnetConfiguration(name="Open", subnet_type=ec2.SubnetType.PUBLIC)],
        )
        accept(
            network,
            {
                "VPC7": "One task that nobody can connect to lives in it; a log of its flows costs more than the task."
            },
        )
        disk = efs.FileSystem(
            self, "Disk", vpc=network, encrypted=True, removal_policy=cdk.RemovalPolicy.RETAIN
        )
        cluster = ecs.Cluster(
            self, "Cluster", vpc=network, container_insights_v2=ecs.ContainerInsights.ENABLED
        )
        service = ecs.FargateService(
            self,
            "Builder",
            cluster=cluster,
            task_definition=self._task(settings, disk),
            desired_count=1,
            min_healthy_percent=0,
            max_healthy_percent=100,
            assign_public_ip=True,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
        )
        disk.connections.allow_default_port_from(service)

    def _task(self, settings: Settings, disk: efs.FileSystem) -> ecs.FargateTaskDefinition:
        role = iam.Role(self, "TaskRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        task = ecs.FargateTaskDefinition(
            self, "Task", cpu=settings.cpu, memory_limit_mib=settings.memory, task_role=role
        )
        for statement in bucket_rights(settings):
            role.add_to_policy(statement)
        accept_deploying(role, settings)
        point = disk.add_access_point(
            "Site", path="/site", create_acl=efs.Acl(owner_uid=USER, owner_gid=USER, permissions="750"),
            posix_user=efs.PosixUser(uid=USER, gid=USER),
        )  # fmt: skip
        disk.grant_read_write(role)
        access = ecs.AuthorizationConfig(access_point_id=point.access_point_id, iam="ENABLED")
        volume = ecs.EfsVolumeConfiguration(
            file_system_id=disk.file_system_id, transit_encryption="ENABLED", authorization_config=access
        )
        task.add_volume(name="site", efs_volume_configuration=volume)
        task.add_volume(name="scratch")
        self._containers(settings, task)
        return task

    def _containers(self, settings: Settings, task: ecs.FargateTaskDefinition) -> None:
        """Add the one that fills the file system and ends, and the one that builds without end after it."""
        log = logs.LogGroup(
            self, "Log", retention=logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        common = {
            "image": ecs.ContainerImage.from_registry(settings.image),
            "user": USER,
            "readonly_root_filesystem": True,
            "logging": ecs.LogDrivers.aws_logs(stream_prefix="sitegen", log_group=log),
        }
        filling = task.add_container(
            "filling",
            essential=False,
            entry_point=["/bin/sh", "-c"],
            command=[FILLING.format(project="/project", site="/site")],
            **common,
        )
        builder = task.add_container(
            "sitegen",
            health_check=ecs.HealthCheck(
                command=["CMD", "sitegen", "status", "-q"],
                interval=cdk.Duration.seconds(60),
                start_period=cdk.Duration.seconds(120),
            ),
            **common,
        )
        builder.add_container_dependencies(
            ecs.ContainerDependency(container=filling, condition=ecs.ContainerDependencyCondition.SUCCESS)
        )
        site = ecs.MountPoint(container_path="/site", source_volume="site", read_only=False)
        filling.add_mount_points(site)
        scratch = ecs.MountPoint(container_path="/tmp", source_volume="scratch", read_only=False)  # noqa: S108
        builder.add_mount_points(site, scratch)
