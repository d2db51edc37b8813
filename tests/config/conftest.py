import re

import pytest
from sitegen.config import load_config
from sitegen.errors import ConfigError


@pytest.fixture
def load(tmp_path):
    """Write a configuration and load it, with an environment."""

    def call(text, environment=None):
        path = tmp_path / "sitegen.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path, environment or {})

    return call


@pytest.fixture
def refuse_at(load, tmp_path):
    """Load a configuration that must be refused; give the line that the sentence names, and what follows it."""

    def call(text, environment=None):
        with pytest.raises(ConfigError) as caught:
            load(text, environment)
        sentence = str(caught.value)
        assert caught.value.exit_code == 2
        assert sentence.isprintable()
        found = re.fullmatch(rf"{re.escape(str(tmp_path / 'sitegen.toml'))}(?::(\d+))?: (.*)", sentence)
        assert found, sentence
        return found[1] and int(found[1]), found[2]

    return call


@pytest.fixture
def refuse(refuse_at):
    """Load a configuration that must be refused; give the sentence after the file's name and line."""

    def call(text, environment=None):
        return refuse_at(text, environment)[1]

    return call
