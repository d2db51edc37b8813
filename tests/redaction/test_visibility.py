"""Characters that steer a terminal or hide text."""

import json

import pytest
from sitegen.redaction import visible, visible_json


@pytest.mark.parametrize("hidden", ["\x7f", "\x9b", "\u202e", "\u200b", "\ufeff"])
def test_a_document_says_the_same_without_characters_that_steer_a_terminal(hidden: str):
    document = json.dumps({"text": f"é {hidden} ü"}, ensure_ascii=False)
    shown = visible_json(document)
    assert json.loads(shown) == {"text": f"é {hidden} ü"}
    assert shown == visible(shown)
