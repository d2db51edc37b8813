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
def refuse(load, tmp_path):
    """Load a configuration that must be refused; give the sentence after the file's name."""

    def call(text, environment=None):
        with pytest.raises(ConfigError) as caught:
            load(text, environment)
        sentence = str(caught.value)
        assert caught.value.exit_code == 2
        assert sentence.isprintable()
        assert sentence.startswith(f"{tmp_path / 'sitegen.toml'}: ")
        return sentence.removeprefix(f"{tmp_path / 'sitegen.toml'}: ")

    return call
