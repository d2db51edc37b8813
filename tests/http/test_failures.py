"""The table of failures: each row has words for a visitor and for an operator."""

import re

import pytest
from sitegen.http import Failure, FaultKind, failure_of_status, failure_of_type


@pytest.mark.parametrize("failure", Failure)
def test_a_visitor_reads_no_address_no_key_and_no_advice(failure):
    assert re.fullmatch(r"[a-z ]+", failure.visitor)
    assert not {"raise", "lower", "check", "correct"} & set(failure.visitor.split())


def test_a_visitor_reads_one_of_eight_classes_or_what_is_true_of_a_probe_alone():
    of_probes = {Failure.CUT_OFF, Failure.UNREAD}
    assert len({failure.visitor for failure in Failure if failure not in of_probes}) == 8


def test_no_two_rows_read_alike_and_every_kind_has_one():
    sentences = [failure.operator for failure in Failure]
    assert len(set(sentences)) == len(sentences)
    assert {failure.kind for failure in Failure} == set(FaultKind)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (302, Failure.ELSEWHERE), (400, Failure.BAD_DATA), (401, Failure.UNAUTHENTICATED), (418, Failure.OTHER),
        (429, Failure.TOO_MANY_REQUESTS), (500, Failure.SERVER), (503, Failure.UNAVAILABLE), (799, Failure.SERVER),
    ],
)  # fmt: skip
def test_a_status_has_one_meaning(status, failure):
    assert failure_of_status(status) is failure
    assert failure_of_type(str(status), 200) is failure
    assert failure_of_type("unheard of", status) is failure


def test_an_error_type_says_more_than_its_status():
    assert failure_of_type("timeout", 503) is Failure.QUERY_TIMEOUT
    assert failure_of_type("", None) is failure_of_type("", 204) is Failure.OTHER


def test_a_status_that_is_a_fault_is_told_with_its_address_for_operators(server, make_session):
    from faulty_server import Reply

    server.then(Reply(status=401))
    result = make_session(server.url).request("GET", "/there")
    assert result.message == (
        f"prometheus answered 401 Unauthorized at {server.url}/there: {Failure.UNAUTHENTICATED.operator}"
    )
