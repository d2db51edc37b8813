"""A Redactor that has expressions of an author's, which may take for ever."""

from collections.abc import Callable

from sitegen.limits import LateExpressionError, Patience
from sitegen.redaction.builder import Builder
from sitegen.redaction.kinds import REDACTED
from sitegen.redaction.redactor import Names, Redactor

_SHORT, _MOST_KNOWN = 200, 4096

LATE = (
    "an expression of `rules` or `allow` under [redaction] takes too long for some texts, which are shown as"
    f" {REDACTED}; write it without a repetition inside another"
)


class PatientRedactor(Redactor):
    """Redacts in the main thread and in little time for a text. What is not done by then is cut as a whole.

    `late` tells that this has happened.
    """

    def __init__(
        self, *, rules: tuple[str, ...], allow: tuple[str, ...], show_ip: bool, show_email: bool, canaries: tuple[str, ...],
        names: Names | None = None, builder: Builder,
    ) -> None:  # fmt: skip
        self._patience, self.late = Patience(), False
        super().__init__(
            rules=rules, allow=allow, show_ip=show_ip, show_email=show_email, canaries=canaries, names=names,
            builder=builder,
        )  # fmt: skip
        self._done: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """Return the text with every secret and address cut."""
        return self._try("", text, super().text)

    def label(self, text: str) -> str:
        """Return a label's value with secrets cut, and with pseudonyms."""
        return self._try("label", text, super().label)

    def field(self, key: str, value: str) -> str:
        """Return a field's value with secrets cut."""
        redact = super().field
        return self._try(key, value, lambda value: redact(key, value))

    def _is_allowed(self, secret: str) -> bool:
        allows = super()._is_allowed
        try:
            return Patience().run(lambda: allows(secret))
        except LateExpressionError:
            self.late = True
            return False

    def _try(self, key: str, text: str, redact: Callable[[str], str]) -> str:
        known = self._done.get((key, text))
        if known is not None:
            return known
        try:
            done = self._patience.run(lambda: redact(text))
        except LateExpressionError:
            self.late = True
            return REDACTED
        if len(text) < _SHORT:
            if len(self._done) >= _MOST_KNOWN:
                self._done.clear()
            self._done[key, text] = done
        return done
