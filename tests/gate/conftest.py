import pytest


@pytest.fixture
def page():
    """Builds a small page that keeps every rule, around the given body and head."""

    def build(body: str = "", head: str = "") -> bytes:
        return (
            '<!doctype html><html lang=en><head><meta charset="utf-8"><title>status</title>'
            f'{head}<style>@media (width>=100ch){{a>b{{color:red}}}}</style></head><body class="x">'
            f'<h1 id="top-of-page">all is well</h1><p>1 &lt; 2</p>{body}</body></html>'
        ).encode()

    return build
