"""Look for bytes that a reader of foreign bytes does not survive: `scripts/fuzz.py [--runs N] [TARGET ...]`.

Each target runs in a process of its own, guided by coverage (Atheris), with what it learnt so far in artefacts/fuzz/.
Bytes that raise what is not an error of the reader's own kind, or take 10 seconds, are kept in tests/fuzzing/finds/.
"""

import argparse
import importlib.util
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
FINDS = CHECKOUT / "tests" / "fuzzing" / "finds"
LEARNT = CHECKOUT / "artefacts" / "fuzz"
_SECONDS = 10


def main() -> int:
    """Run each target; return 1 if one found anything."""
    parser = argparse.ArgumentParser(description="Look for bytes that a reader does not survive.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="which readers (all)")
    parser.add_argument("--runs", type=int, default=500_000, help="how many inputs each gets (500,000)")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(CHECKOUT))
    if options.alone:
        run_alone(options.targets[0], options.runs)
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("Atheris does not install here; the property tests of tests/fuzzing are what there is.")
        return 0
    from tests.fuzzing.targets import TARGETS  # noqa: PLC0415 - the path is known by now

    found = [name for name in options.targets or TARGETS if not fuzz(name, options.runs)]
    print(f"found bytes for: {', '.join(found)}" if found else "found nothing")
    return 1 if found else 0


def fuzz(name: str, runs: int) -> bool:
    """Run one target in a process of its own, and keep what it found; whether it found nothing."""
    print(f"{name}: {runs:,} inputs ...", flush=True)
    crash = LEARNT / f"{name}.crash"
    crash.parent.mkdir(parents=True, exist_ok=True)
    crash.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--alone", "--runs", str(runs), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    print(done.stdout[-2000:] + done.stderr[-2000:])
    if crash.exists():
        kept = FINDS / name / sha256(crash.read_bytes()).hexdigest()[:16]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(crash.read_bytes())
        print(f"kept as {kept.relative_to(CHECKOUT)}")
    return False


def run_alone(name: str, runs: int) -> None:
    """Feed one target until it has had its runs, or found something; ends the process."""
    import atheris  # noqa: PLC0415 - only this environment has it

    with atheris.instrument_imports(include=["sitegen"]):
        from tests.fuzzing.targets import TARGETS, seeds_of  # noqa: PLC0415 - instrumented as it is imported

    corpus = LEARNT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds_of(name):
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    limits = [f"-runs={runs}", f"-timeout={_SECONDS}", "-max_len=8192", "-rss_limit_mb=4096"]
    words = [sys.argv[0], *limits, f"-exact_artifact_path={LEARNT / name}.crash", str(corpus)]
    atheris.Setup(words, TARGETS[name].feed)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
