import pytest
from sitegen.metrics.cloudwatch_query import CloudWatchMetric, parse_expression


def test_an_expression_names_metric_dimensions_and_statistic():
    assert parse_expression('CPU{Host="a, \\"b\\"",Zone="1"} stat=p99', "Own/Space") == CloudWatchMetric(
        "Own/Space", "CPU", {"Host": 'a, "b"', "Zone": "1"}, "p99"
    )


@pytest.mark.parametrize(
    ("expression", "statistic"),
    [
        ("Requests", "Sum"),
        ("BytesDownloaded", "Sum"),
        ("4xxErrorRate", "Average"),
        ("Requests stat=Average", "Average"),
    ],
)
def test_cloudfronts_counts_are_summed_and_its_rates_averaged(expression, statistic):
    metric = parse_expression(expression)
    assert metric.statistic == statistic
    assert metric.dimensions == {"Region": "Global"}


@pytest.mark.parametrize(
    ("expression", "name", "dimensions", "statistic"),
    [
        ('LogicalDisk % Free Space{instance="C:"}', "LogicalDisk % Free Space", {"instance": "C:"}, "Average"),
        ('CpuUser{"Cluster Name"="orders","Broker ID"="1"}', "CpuUser", {"Cluster Name": "orders", "Broker ID": "1"}, "Average"),
        ('CpuUser{Cluster Name="orders", Broker ID = "1",} stat=p99.9', "CpuUser", {"Cluster Name": "orders", "Broker ID": "1"}, "p99.9"),
        ('orders.waiting(eu){by-zone="a/b"} stat=TM(10%:90%)', "orders.waiting(eu)", {"by-zone": "a/b"}, "TM(10%:90%)"),
        ('a{b}{route="/x/{id}"}', "a{b}", {"route": "/x/{id}"}, "Average"),
        ("{odd}{}", "{odd}", {}, "Average"),
        ("a stat=Sum{}", "a stat=Sum", {}, "Average"),
        ("größe, 100 %", "größe, 100 %", {}, "Average"),
        ('m{"a=\\"b\\"{,}"="x\\\\y"}', "m", {'a="b"{,}': "x\\y"}, "Average"),
    ],
)  # fmt: skip
def test_every_name_that_cloudwatch_allows_can_be_written(expression, name, dimensions, statistic):
    assert parse_expression(expression, "Own/Space") == CloudWatchMetric(
        "Own/Space", name, dimensions, statistic
    )


@pytest.mark.parametrize(
    "expression",
    ["", "  ", '{a="b"}', "a{b}", 'a{b="c"', 'a{b="c}', 'a{b="c",,d="e"}', 'a{b="c"}x', "a{b='c'}", 'a{:b="c"}', 'a{b=""}', 'a{ä="b"}',
     'a{b="ä"}', 'a{b="1",b="2"}', "a stat=Avg", "a stat=p101", "a stat=TM(:)", "x" * 256, "{" * 100_000 + "}"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_sentence(expression):
    with pytest.raises(ValueError, match=r"cannot be read|is no |each once"):
        parse_expression(expression, "Own/Space")
