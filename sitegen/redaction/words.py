"""Which words of a text tell that a secret may be in it: the look that most lines end with.

Of a word only its looks count: each digit is written as 0, so that the numbers of a log
are few words. Which ordinary words there are is remembered, up to a bound.
"""

import re
from collections.abc import Iterable

from sitegen.redaction import layers

_LOOKS = bytes(ord("0") if chr(code).isdigit() else code for code in range(128)).ljust(256)
_WORDS = bytes(code if chr(code).isalnum() or chr(code) in "_-" else ord(" ") for code in range(128)).ljust(
    256
)
_MOST_KNOWN, _LONGEST_KNOWN = 8192, 256
_CODED = re.compile(layers.CODED.encode())
# A card's number in groups of digits, as its issuers print it.
_CARDS = (b"0000 0000 0000", b"0000 000000 00000")
CARD, CODED = "(card)", "(run)"
"""What is told of a text besides its words, which have no spaces."""
_WORD = re.compile("[A-Za-z0-9_-]+")


def hint_of(text: str) -> str:
    """Return a hint at a text: its longest word as a Vocabulary tells it, nothing where that is too short to tell much."""
    word = max(_WORD.findall(text), key=len, default="").lower()
    return re.escape(word.encode().translate(_LOOKS).decode()) if len(word) > 2 else ""


class Vocabulary:
    """Separates ordinary words from those that one of the hints fits: patterns of words in lower case, with 0 for digits."""

    def __init__(self, hints: Iterable[str]) -> None:
        self._hint = re.compile("|".join(sorted(set(hints))) or r"(?!)")
        self._ordinary: set[bytes] = set()
        self._telling: dict[bytes, tuple[str, ...]] = {}

    def telling(self, text: str) -> tuple[str, ...]:
        """Return the words that a hint fits, CARD for groups of digits as on a card, CODED for what may be base64 or hex."""
        looks = text.encode("ascii", "replace").translate(_LOOKS)
        parts = looks.split()
        found = (CARD,) if _CARDS[0] in looks or _CARDS[1] in looks else ()
        if self._ordinary.issuperset(parts):
            return found
        unknown = set(parts) - self._ordinary
        words = set(b" ".join(unknown).translate(_WORDS).split()) - self._ordinary
        told = {said for word in words for said in self._say(word)}
        if not told and len(self._ordinary) < _MOST_KNOWN:
            self._ordinary.update(part for part in unknown if len(part) <= _LONGEST_KNOWN)
        return tuple({*found, *told})

    def _say(self, word: bytes) -> tuple[str, ...]:
        """Return what the word tells; remember it."""
        said = self._telling.get(word)
        if said is None:
            lower = word.lower().decode()
            said = (lower,) if self._hint.search(lower) else ()
            said += (CODED,) if _CODED.search(word) else ()
            if len(word) > _LONGEST_KNOWN:
                return said
            if not said and len(self._ordinary) < _MOST_KNOWN:
                self._ordinary.add(word)
            elif said and len(self._telling) < _MOST_KNOWN:
                self._telling[word] = said
        return said
