"""What `docs/operating.md` says works as it stands there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "operating.md"
CASES = {
    "SitegenBuildStale": ("sitegen_last_build_timestamp_seconds", {"site": "obs"}),
    "SitegenDeployStale": (
        "sitegen_deploy_last_success_timestamp_seconds",
        {"site": "obs", "target": "production"},
    ),
}


def selector(name: str, labels: dict[str, str]) -> str:
    return name + (
        "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
    )


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool, which comes with Prometheus")
def test_the_two_alerts_ring_when_a_site_goes_stale_and_not_before(tmp_path):
    [rules] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "rules.yml").write_text(rules)
    names = re.findall(r"alert: (\w+)", rules)
    assert names == list(CASES)
    tests = []
    for alert, (name, labels) in CASES.items():
        # Done once a minute for ten minutes, and never again.
        series = [{"series": selector(name, labels), "values": "0+60x10 600x20"}]
        summary = re.search(rf"{alert}.*?summary: \"(.*?)\"", rules, re.DOTALL)[1]
        told = summary
        for label, value in labels.items():
            told = told.replace(f"{{{{ $labels.{label} }}}}", value)
        ringing = [{"exp_labels": labels, "exp_annotations": {"summary": told}}]
        tests.append(
            {
                "interval": "1m",
                "input_series": series,
                "alert_rule_test": [
                    {"eval_time": "10m", "alertname": alert, "exp_alerts": []},
                    {"eval_time": "15m", "alertname": alert, "exp_alerts": []},
                    {"eval_time": "18m", "alertname": alert, "exp_alerts": ringing},
                ],
            }
        )
    # YAML takes JSON as it is.
    (tmp_path / "tests.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "tests": tests}))
    done = subprocess.run(
        ["promtool", "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
