# ruff: noqa: A005 - the naming law of the house; always imported as sitegen.http
"""The HTTP door, used by every source: one session a source, retries, deadlines, caps, redirect rules, TLS.

    session = Session(endpoint, clock=clock, deadline=deadline, budget=budget, redactor=redactor)
    match session.request("GET", "/api/v1/query", params={"query": "up"}):
        case Answer(body=body): ...
        case Fault(kind=kind, message=message): ...

What the world does wrong comes back as a `Fault`, never as an exception. Nothing
heavy is imported before the first `Session` is made.
"""

from sitegen.http.address import check_address, check_url, shown_url
from sitegen.http.charset import decode_text
from sitegen.http.contact import Contact, reach
from sitegen.http.failures import Failure, failure_of_status, failure_of_type
from sitegen.http.model import Answer, Certificate, Endpoint, Fault, FaultKind, Params, TlsConfig
from sitegen.http.retries import RetryBudget
from sitegen.http.session import Session

__all__ = [
    "Answer",
    "Certificate",
    "Contact",
    "Endpoint",
    "Failure",
    "Fault",
    "FaultKind",
    "Params",
    "RetryBudget",
    "Session",
    "TlsConfig",
    "check_address",
    "check_url",
    "decode_text",
    "failure_of_status",
    "failure_of_type",
    "reach",
    "shown_url",
]  # fmt: skip
