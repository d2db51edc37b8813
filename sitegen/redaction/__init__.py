"""What may become public: secrets and personal data are cut out of text before it goes anywhere.

A `Redactor` runs before anything is cached, drawn, logged or shown in an error.
It follows OpenTelemetry's rule for URLs (semantic conventions, `url.full`):
credentials become `REDACTED:REDACTED`, the values of known signature keys become
`REDACTED` while the key stays. `visible()` makes control characters readable, so
that text can neither steer a terminal nor reorder a line.
"""

from sitegen.redaction.builder import NAME, PLACE, Builder, describe_builder
from sitegen.redaction.kinds import REDACTED
from sitegen.redaction.lines import LineRedactor
from sitegen.redaction.patience import PatientRedactor
from sitegen.redaction.redactor import (
    OWN,
    Names,
    Redactor,
    Secret,
    make_leak_finder,
    make_own_cutter,
    names_secret,
)
from sitegen.redaction.visibility import visible, visible_json

__all__ = [
    "NAME",
    "OWN",
    "PLACE",
    "REDACTED",
    "Builder",
    "LineRedactor",
    "Names",
    "PatientRedactor",
    "Redactor",
    "Secret",
    "describe_builder",
    "make_leak_finder",
    "make_own_cutter",
    "names_secret",
    "visible",
    "visible_json",
]
