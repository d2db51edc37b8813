"""What may become public: secrets and personal data are cut out of text before it goes anywhere.

A `Redactor` runs before anything is cached, drawn, logged or shown in an error.
It follows OpenTelemetry's rule for URLs (semantic conventions, `url.full`):
credentials become `REDACTED:REDACTED`, the values of known signature keys become
`REDACTED` while the key stays. `visible()` makes control characters readable, so
that text can neither steer a terminal nor reorder a line.
"""

from sitegen.redaction.encodings import encodings_of
from sitegen.redaction.kinds import REDACTED
from sitegen.redaction.redactor import Redactor, find_tokens, names_secret
from sitegen.redaction.visibility import visible

__all__ = ["REDACTED", "Redactor", "encodings_of", "find_tokens", "names_secret", "visible"]
