"""`sitegen deploy` as it is called."""


def test_a_site_is_deployed_without_any_option(sitegen, tmp_path):
    sitegen("init", ".")
    target = f'\n[deploy.targets.copy]\npath = "{tmp_path / "copy"}"\n'
    config = tmp_path / "sitegen.toml"
    config.write_text(config.read_text() + target)
    built = sitegen("build")
    deployed = sitegen("deploy")
    assert (built.code, deployed.code, deployed.stderr) == (0, 0, "")
    assert (tmp_path / "copy" / "index.html").read_bytes() == (tmp_path / "dist" / "index.html").read_bytes()
