"""What the templates promise, of the settings as they come and of all that can be asked for."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from stacks.service import FILLING

from tests.conftest import SETTINGS, STYLES, synthesised

KEPT = Path(__file__).parent / "kept"
BOTH = ["plain", "everything"]


def of_type(template, kind):
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def distribution(templates):
    (found,) = of_type(templates["Site-Cdn"], "AWS::CloudFront::Distribution")
    return found["DistributionConfig"]


def headers(templates):
    (found,) = of_type(templates["Site-Cdn"], "AWS::CloudFront::ResponseHeadersPolicy")
    return found["ResponseHeadersPolicyConfig"]


def statements(templates, name="Site-Primary"):
    (found,) = of_type(templates[name], "AWS::S3::BucketPolicy")
    return {one.get("Sid"): one for one in found["PolicyDocument"]["Statement"]}


def rights(templates, stack):
    return [
        statement
        for policy in of_type(templates[stack], "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def outputs(templates, stack):
    """The names of what a stack tells, without what it tells its neighbours."""
    return {name for name in templates[stack]["Outputs"] if not name.startswith("Exports")}


def test_the_templates_are_those_that_are_kept(plain):
    kept = {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in KEPT.glob("*.template.json")
    }
    assert plain == kept, "after `make synth`: cp cdk/cdk.out/*.template.json cdk/tests/kept/"


@pytest.mark.parametrize("variant", ["plain", "everything", "single"])
def test_cfn_lint_finds_nothing(variant, folders, request):
    request.getfixturevalue(variant)
    found = subprocess.run(
        ["cfn-lint", *map(str, folders[variant].glob("*.template.json"))],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert (found.stdout, found.returncode) == ("", 0)


def test_everything_that_can_be_asked_for_is_a_stack_of_its_own(everything):
    names = ["Alarms", "Budget", "Cdn", "Ci", "Primary", "Secondary", "Service"]
    assert sorted(everything) == [f"Site-{name}" for name in names]


def test_one_region_has_one_bucket_and_no_group(single):
    config = distribution(single)
    assert "Site-Secondary" not in single
    assert len(config["Origins"]) == 1
    assert "OriginGroups" not in config


def test_the_second_region_answers_after_errors_and_refusals_and_not_for_a_missing_page(plain):
    (group,) = distribution(plain)["OriginGroups"]["Items"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 500, 502, 503, 504]
    assert len(group["Members"]["Items"]) == 2


def test_a_hanging_region_is_given_up_within_five_seconds(plain):
    for origin in distribution(plain)["Origins"]:
        waits = (
            origin["ConnectionAttempts"], origin["ConnectionTimeout"], origin["S3OriginConfig"]["OriginReadTimeout"]
        )  # fmt: skip
        assert waits == (1, 2, 3)


@pytest.mark.parametrize("variant", [*BOTH, "single"])
def test_each_origin_is_asked_with_a_signature(variant, request):
    templates = request.getfixturevalue(variant)
    controls = of_type(templates["Site-Cdn"], "AWS::CloudFront::OriginAccessControl")
    origins = distribution(templates)["Origins"]
    assert len({json.dumps(origin["OriginAccessControlId"]) for origin in origins}) == len(origins)
    assert {one["OriginAccessControlConfig"]["SigningBehavior"] for one in controls} == {"always"}


@pytest.mark.parametrize("variant", BOTH)
def test_no_bucket_is_public(variant, request):
    templates = request.getfixturevalue(variant)
    buckets = [one for template in templates.values() for one in of_type(template, "AWS::S3::Bucket")]
    assert len(buckets) == 3
    for bucket in buckets:
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert bucket["BucketEncryption"]


def test_buckets_keep_the_last_versions_for_a_day_and_never_expire_what_is_current(plain):
    for name in ("Site-Primary", "Site-Secondary"):
        (bucket,) = of_type(plain[name], "AWS::S3::Bucket")
        (rule,) = bucket["LifecycleConfiguration"]["Rules"]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert rule["NoncurrentVersionExpiration"] == {"NewerNoncurrentVersions": 5, "NoncurrentDays": 1}
        assert "ExpirationInDays" not in rule


def test_the_edge_reads_pages_and_not_the_state(plain):
    reads = statements(plain)["EdgeReadsPages"]
    assert reads["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "_sitegen/*" in json.dumps(reads["NotResource"])
    assert reads["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statements(plain)["EdgeTellsMissing"]["Action"] == "s3:ListBucket"


def test_a_write_without_a_condition_is_refused(plain):
    refused = statements(plain)["NoBlindWrites"]
    assert (refused["Effect"], refused["Action"]) == ("Deny", "s3:PutObject")
    assert refused["Condition"] == {"Null": {"s3:if-match": "true", "s3:if-none-match": "true"}}


@pytest.mark.parametrize("variant", BOTH)
def test_no_script_runs_at_the_edge_or_in_a_page(variant, request):
    templates = request.getfixturevalue(variant)
    behavior = distribution(templates)["DefaultCacheBehavior"]
    policy = headers(templates)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert behavior.keys().isdisjoint({"FunctionAssociations", "LambdaFunctionAssociations"})
    assert of_type(templates["Site-Cdn"], "AWS::CloudFront::Function") == []
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_header_allows_the_style_sheets_that_are_listed(everything):
    policy = headers(everything)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert f"style-src '{STYLES[0]}' '{STYLES[1]}';" in policy


def test_nothing_but_the_path_is_in_the_cache_key(plain):
    (policy,) = of_type(plain["Site-Cdn"], "AWS::CloudFront::CachePolicy")
    key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}


def test_errors_are_forgotten_soon_and_a_missing_page_stays_404(plain):
    errors = {one["ErrorCode"]: one for one in distribution(plain)["CustomErrorResponses"]}
    missing = errors.pop(404)
    assert (missing["ResponseCode"], missing["ResponsePagePath"]) == (404, "/404.html")
    assert {one["ErrorCachingMinTTL"] for one in errors.values()} == {5}
    assert sorted(errors) == [500, 502, 503, 504]


def test_a_domain_has_a_certificate_and_names_of_both_kinds(everything):
    config = distribution(everything)
    names = of_type(everything["Site-Cdn"], "AWS::Route53::RecordSet")
    assert config["Aliases"] == ["status.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert sorted(one["Type"] for one in names) == ["A", "AAAA"]


def test_the_outputs_are_those_that_a_deploy_reads(plain, single):
    names = {"DistributionId", "BaseUrl", "PrimaryRegion"}
    assert outputs(plain, "Site-Cdn") == {*names, "SecondaryRegion"}
    assert outputs(single, "Site-Cdn") == names
    assert outputs(plain, "Site-Primary") == {"BucketName"}


def test_silence_is_alarming_and_so_is_a_site_older_than_four_cycles(plain):
    alarms = {one["AlarmDescription"]: one for one in of_type(plain["Site-Alarms"], "AWS::CloudWatch::Alarm")}
    stale = alarms["Visitors see an old site, or none"]
    failing = [one for text, one in alarms.items() if text.startswith("No deploy has ended well")]
    assert (stale["Threshold"], stale["TreatMissingData"]) == (120, "breaching")
    assert [one["Threshold"] for one in failing] == [240, 240]
    assert all(one["AlarmActions"] for one in alarms.values())


def test_the_budget_warns_three_times(everything):
    (budget,) = of_type(everything["Site-Budget"], "AWS::Budgets::Budget")
    shares = [one["Notification"]["Threshold"] for one in budget["NotificationsWithSubscribers"]]
    assert shares == [50, 80, 100]


def test_a_runner_is_trusted_by_its_repository_and_environment_alone(everything):
    trusted = [
        statement["Condition"]["StringEquals"]
        for role in of_type(everything["Site-Ci"], "AWS::IAM::Role")
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert trusted == [
        {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example/status:environment:production",
        },
        {
            "gitlab.com:aud": "https://gitlab.com",
            "gitlab.com:sub": "project_path:example/status:ref_type:branch:ref:main",
        },
    ]


def test_a_runner_has_no_right_that_a_deploy_does_not_use(everything):
    actions = set()
    for statement in rights(everything, "Site-Ci"):
        listed = statement["Action"]
        actions |= {listed} if isinstance(listed, str) else set(listed)
        assert statement["Resource"] != "*"
    assert actions == {
        "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket",  "cloudfront:CreateInvalidation",
        "cloudformation:DescribeStacks",
    }  # fmt: skip


def test_the_service_never_runs_twice_and_writes_to_its_own_disk_alone(everything):
    (service,) = of_type(everything["Site-Service"], "AWS::ECS::Service")
    (task,) = of_type(everything["Site-Service"], "AWS::ECS::TaskDefinition")
    filling, container = task["ContainerDefinitions"]
    limits = service["DeploymentConfiguration"]
    assert (service["DesiredCount"], limits["MaximumPercent"], limits["MinimumHealthyPercent"]) == (1, 100, 0)
    assert filling["ReadonlyRootFilesystem"] is container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "10001"
    assert [one["ContainerPath"] for one in container["MountPoints"]] == ["/site", "/tmp"]  # noqa: S108


def test_the_service_begins_when_the_project_lies_on_its_disk(everything):
    (task,) = of_type(everything["Site-Service"], "AWS::ECS::TaskDefinition")
    filling, container = task["ContainerDefinitions"]
    assert container["DependsOn"] == [{"ContainerName": "filling", "Condition": "SUCCESS"}]
    assert (filling["Essential"], filling["EntryPoint"]) == (False, ["/bin/sh", "-c"])
    assert [one["ContainerPath"] for one in filling["MountPoints"]] == ["/site"]
    assert "/project" in filling["Command"][0]


def fill(tmp_path):
    script = FILLING.format(project=tmp_path / "project", site=tmp_path / "site")
    return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)


def test_a_new_image_brings_its_project_and_leaves_the_state_alone(tmp_path):
    for name in (
        "project/content",
        "project/static",
        "site/content",
        "site/static",
        "site/.sitegen",
        "site/dist",
    ):
        (tmp_path / name).mkdir(parents=True)
    for name in (
        "project/sitegen.toml",
        "project/content/new.md",
        "site/content/gone.md",
        "site/.sitegen/state.db",
    ):
        (tmp_path / name).write_text(name)
    assert fill(tmp_path).returncode == 0
    found = sorted(
        str(path.relative_to(tmp_path / "site"))
        for path in (tmp_path / "site").rglob("*.*")
        if path.is_file()
    )
    assert found == [".sitegen/state.db", "content/new.md", "sitegen.toml"]


def test_an_image_without_a_project_is_told_what_it_lacks_and_a_filled_disk_needs_none(tmp_path):
    (tmp_path / "site").mkdir()
    refused = fill(tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "COPY mysite /project" in refused.stderr
    (tmp_path / "site/sitegen.toml").write_text("")
    assert fill(tmp_path).returncode == 0


def test_alarms_wait_longer_where_deploys_are_spaced_out(tmp_path):
    alarms = synthesised(replace(SETTINGS, deploy_seconds=600), tmp_path)["Site-Alarms"]
    limits = {one["AlarmDescription"]: one["Threshold"] for one in of_type(alarms, "AWS::CloudWatch::Alarm")}
    assert limits["Visitors see an old site, or none"] == 2400
    assert limits["No deploy has ended well in us-west-2 for a while"] == 4800
