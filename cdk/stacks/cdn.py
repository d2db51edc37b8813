"""PREFIX-Cdn: the distribution before the buckets, its headers, certificate and names. No script runs at the edge."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct
from settings import Settings

from stacks.names import accept, bucket_name

FAILOVER = [403, 500, 502, 503, 504]
"""Answers that the second region is asked after. Not 404, which is the truth about a page."""


class Cdn(cdk.Stack):
    """The distribution, with everything that a visitor's answer is made of."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        zone = _zone(self, settings)
        self.distribution = cloudfront.Distribution(
            self,
            "Site",
            comment=f"{settings.prefix}: a static site",
            default_root_object="index.html",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
            enable_ipv6=True,
            log_bucket=_log_bucket(self),
            log_file_prefix="edge/",
            default_behavior=_behavior(self, settings),
            error_responses=_errors(),
            **_certified(self, settings, zone),
        )
        for index in range(len(settings.regions)):
            # CDK has no property for it yet: how long S3 may take for an answer.
            self.distribution.node.default_child.add_property_override(
                f"DistributionConfig.Origins.{index}.S3OriginConfig.OriginReadTimeout", 3
            )
        self._accept(named=zone is not None)
        self.address = settings.domain or self.distribution.distribution_domain_name
        if zone:
            _names(self, settings, zone, self.distribution)
        self._outputs(settings)

    def _accept(self, *, named: bool) -> None:
        """Add the reasons for what the rules would have otherwise; without a name of its own there is one more."""
        own = (
            {}
            if named
            else {"CFR4": "Without a domain CloudFront's own certificate decides on the protocols."}
        )
        accept(
            self.distribution,
            {
                "CFR1": "A status site is for everybody, wherever they are.",
                "CFR2": "Nothing but stored pages is served, by GET and HEAD; a firewall would be one more thing that fails.",
                **own,
            },
        )
        # The buckets' own stacks let CloudFront read; here they are only named.
        cdk.Validations.of(self.distribution).acknowledge(
            cdk.Acknowledgment(
                id="Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac",
                reason="The policy is written where the bucket is made.",
            )
        )

    def _outputs(self, settings: Settings) -> None:
        outputs = {
            "DistributionId": self.distribution.distribution_id,
            "BaseUrl": f"https://{self.address}/",
            **{f"{name}Region": region for name, region in settings.regions.items()},
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)


def _log_bucket(stack: cdk.Stack) -> s3.Bucket:
    bucket = s3.Bucket(
        stack,
        "Logs",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.OBJECT_WRITER,  # CloudFront's logs are written with an ACL
        removal_policy=cdk.RemovalPolicy.RETAIN,
        lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(30))],
    )
    accept(bucket, {"S1": "It is the bucket of logs itself."})
    return bucket


def _behavior(stack: cdk.Stack, settings: Settings) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=_origin(stack, settings),
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        compress=True,
        cache_policy=cloudfront.CachePolicy(
            stack,
            "Cache",
            min_ttl=cdk.Duration.seconds(0),
            default_ttl=cdk.Duration.seconds(10),
            max_ttl=cdk.Duration.days(365),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.none(),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            header_behavior=cloudfront.CacheHeaderBehavior.none(),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        ),
        response_headers_policy=_headers(stack, settings),
    )


def _origin(stack: cdk.Stack, settings: Settings) -> cloudfront.IOrigin:
    """Return the bucket, or both as a group: the second answers where the first fails."""
    found = [_bucket_origin(stack, name, settings) for name in settings.regions]
    if len(found) == 1:
        return found[0]
    return origins.OriginGroup(
        primary_origin=found[0], fallback_origin=found[1], fallback_status_codes=FAILOVER
    )


def _bucket_origin(stack: cdk.Stack, name: str, settings: Settings) -> cloudfront.IOrigin:
    region = settings.regions[name]
    bucket = s3.Bucket.from_bucket_attributes(
        stack, name, bucket_name=bucket_name(settings.prefix, region), region=region
    )
    return origins.S3BucketOrigin.with_origin_access_control(
        bucket,
        origin_access_control=cloudfront.S3OriginAccessControl(
            stack, f"{name}Access", signing=cloudfront.Signing.SIGV4_ALWAYS
        ),
        connection_attempts=1,
        connection_timeout=cdk.Duration.seconds(2),
        response_completion_timeout=cdk.Duration.seconds(10),
    )


def _headers(stack: cdk.Stack, settings: Settings) -> cloudfront.ResponseHeadersPolicy:
    years = cdk.Duration.days(2 * 365)
    return cloudfront.ResponseHeadersPolicy(
        stack,
        "Headers",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=content_security_policy(settings.styles), override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=years, include_subdomains=True, preload=True, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(
                    header="Permissions-Policy",
                    value="camera=(), geolocation=(), microphone=(), payment=(), usb=()",
                    override=True,
                )
            ]
        ),
    )


def content_security_policy(styles: tuple[str, ...]) -> str:
    """Return what pages may do: no script, and the style sheets of these digests."""
    allowed = " ".join(f"'{style}'" for style in styles) or "'none'"
    return (
        f"default-src 'none'; script-src 'none'; style-src {allowed}; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _errors() -> list[cloudfront.ErrorResponse]:
    missing = cloudfront.ErrorResponse(
        http_status=404,
        response_http_status=404,
        response_page_path="/404.html",
        ttl=cdk.Duration.seconds(10),
    )
    failed = [
        cloudfront.ErrorResponse(http_status=status, ttl=cdk.Duration.seconds(5))
        for status in FAILOVER
        if status >= 500
    ]
    return [missing, *failed]


def _zone(stack: cdk.Stack, settings: Settings) -> route53.IHostedZone | None:
    if not settings.domain:
        return None
    return route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=settings.zone_id, zone_name=settings.zone_name
    )


def _certified(stack: cdk.Stack, settings: Settings, zone: route53.IHostedZone | None) -> dict[str, object]:
    if zone is None:
        return {}
    validation = acm.CertificateValidation.from_dns(zone)
    certificate = acm.Certificate(stack, "Certificate", domain_name=settings.domain, validation=validation)
    return {
        "certificate": certificate,
        "domain_names": [settings.domain],
        "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    }


def _names(
    stack: cdk.Stack, settings: Settings, zone: route53.IHostedZone, distribution: cloudfront.Distribution
) -> None:
    target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
    for kind, record in {"Ipv4": route53.ARecord, "Ipv6": route53.AaaaRecord}.items():
        record(stack, kind, zone=zone, record_name=f"{settings.domain}.", target=target)
