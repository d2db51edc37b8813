"""The record of the gate: one thing that must not become public."""

import msgspec

Fault = tuple[str, str]
"""The rule that is broken, and a sentence about it that goes on from the file's name."""


class Finding(msgspec.Struct, frozen=True, order=True):
    """One broken rule: the file's path below `dist/`, the rule's name, a sentence.

    The sentence never repeats a secret; it says of what kind it is and where.
    """

    path: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}: {self.message}"
