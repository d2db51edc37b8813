"""The door to a git repository as a target: one branch with one commit, for GitHub's or GitLab's Pages.

Files keep their paths of `dist/`; `.nojekyll` keeps GitHub from building them. Each deploy puts one commit without a
parent in the place of the last, by force with lease, so that the repository does not grow and two deploys are told apart.
Whose a commit is stands in its message:

    sitegen: generation 42

    Sitegen-Generation: 42
    Sitegen-Built-At: 1763883810.012
"""

import os
import re
import signal
import subprocess  # noqa: TID251 - git is a program
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from sitegen.errors import BusyError, RefusedError, SitegenError
from sitegen.instrumentation.clock import Deadline
from sitegen.redaction import Redactor, visible

NOJEKYLL = ".nojekyll"
_GENERATION, _BUILT_AT = "Sitegen-Generation", "Sitegen-Built-At"
_TRAILER = re.compile(rf"^({_GENERATION}|{_BUILT_AT}): ([0-9.]+)$", re.MULTILINE)
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_WORDS = 300
_PROTOCOLS = "file:git:http:https:ssh"
# Only what the user has for reaching the repository counts: no hook, no signature, no helper that asks.
_SETTINGS = (
    "core.hooksPath=/dev/null", "commit.gpgSign=false", "gc.auto=0", "user.name=sitegen",
    "user.email=sitegen@localhost", "advice.detachedHead=false", "protocol.ext.allow=never",
)  # fmt: skip


class Published(msgspec.Struct, frozen=True):
    """What the branch holds: the commit, its tree, of which build it is, and the sizes of its files by path."""

    commit: str
    tree: str
    generation: int
    built_at: float
    sizes: dict[str, int]


class GitBranch:
    """One branch of a repository, reached through a bare copy below the state folder."""

    def __init__(self, url: str, branch: str, copy: Path, deadline: Deadline) -> None:
        self.place = f"{hide_password(url)} {branch}"
        self._url = url
        self._branch = branch
        self._copy = copy
        self._deadline = deadline

    def read(self) -> Published | None:
        """Return what the branch holds, None where there is no such branch.

        Raises RefusedError where sitegen did not write it, SitegenError where it cannot be read.
        """
        self._prepare()
        told = self._git("ls-remote", "--heads", "--", self._url, f"refs/heads/{self._branch}")
        found = _OBJECT.match(told)
        if found is None:
            return None
        self._git(
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--",
            self._url,
            f"+refs/heads/{self._branch}:refs/last",
        )
        message = self._git("show", "--no-patch", "--format=%B", "refs/last")
        trailers = dict(_TRAILER.findall(message))
        if set(trailers) != {_GENERATION, _BUILT_AT}:
            raise RefusedError.of(
                "ownership",
                f"the branch of {self.place} holds a commit that sitegen did not write; "
                "nothing was deployed: name a branch of its own",
            )
        commit, tree = self._git("rev-parse", "refs/last", "refs/last^{tree}").split()
        listing = self._git("ls-tree", "-r", "-l", "-z", "refs/last").split("\0")
        # 100644 blob 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b     123<tab>metrics/index.html
        rows = (row.partition("\t") for row in listing if row)
        sizes = {name: int(about.split()[3]) for about, _, name in rows if about.split()[3].isdigit()}
        return Published(commit, tree, int(trailers[_GENERATION]), float(trailers[_BUILT_AT]), sizes)

    def changes(self, last: Published, tree: str) -> dict[str, str]:
        """Return what a tree changes of the last one: `A`, `M` or `D` by path."""
        told = self._git("diff-tree", "-r", "--name-status", "--no-renames", "-z", last.tree, tree).split(
            "\0"
        )
        return dict(zip(told[1::2], told[::2], strict=False))

    def write_tree(self, files: Mapping[str, Path]) -> str:
        """Store these files, and return the name of their tree."""
        names = [*files, NOJEKYLL]
        empty = self._git("hash-object", "-w", "--stdin").strip()
        objects = self._git(
            "hash-object",
            "-w",
            "--no-filters",
            "--stdin-paths",
            words="".join(f"{path}\n" for path in files.values()),
        ).split()
        lines = (f"100644 {one}\t{name}\0" for one, name in zip([*objects, empty], names, strict=True))
        self._git("read-tree", "--empty")
        self._git("update-index", "-z", "--index-info", words="".join(lines))
        return self._git("write-tree").strip()

    def push(self, tree: str, generation: int, built_at: float, last: Published | None) -> str:
        """Put a commit of this tree in the place of the last one, and return its name.

        Raises BusyError where another deploy came first.
        """
        message = (
            f"sitegen: generation {generation}\n\n{_GENERATION}: {generation}\n{_BUILT_AT}: {built_at:.3f}\n"
        )
        date = f"{int(built_at)} +0000"
        commit = self._git(
            "commit-tree", tree, words=message, env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        ).strip()
        lease = f"--force-with-lease=refs/heads/{self._branch}:{last.commit if last else ''}"
        try:
            self._git(
                "push",
                "--quiet",
                "--no-verify",
                lease,
                "--",
                self._url,
                f"{commit}:refs/heads/{self._branch}",
            )
        except SitegenError as error:
            if "stale info" in str(error) or "already exists" in str(error):
                raise BusyError(
                    f"{self.place} was deployed to by another run meanwhile; this one stops here"
                ) from error
            raise
        return commit

    def _prepare(self) -> None:
        if not (self._copy / "HEAD").is_file():
            self._copy.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet", "--bare", ".")

    def _git(self, *arguments: str, words: str = "", env: Mapping[str, str] | None = None) -> str:
        """Run git in the bare copy, with these words on its standard input; return what it says. Raises SitegenError."""
        settings = [word for one in _SETTINGS for word in ("-c", one)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment |= {
            "GIT_DIR": str(self._copy), "GIT_INDEX_FILE": str(self._copy / "sitegen.index"), "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS, "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
            "LC_ALL": "C", **(env or {}),
        }  # fmt: skip
        if (
            ":" not in self._url
        ):  # a folder of this machine asks for no password, so nothing of the user's is needed
            environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        try:
            return _run(["git", *settings, *arguments], self._copy, environment, words, self._deadline)
        except FileNotFoundError:
            raise SitegenError("git is not installed; a target that is a repository needs it") from None
        except subprocess.TimeoutExpired:
            raise SitegenError(
                f"{self.place}: no answer by the deadline; give this deploy more time with --deadline"
            ) from None
        except subprocess.CalledProcessError as error:
            raise SitegenError(f"{self.place}: git {arguments[0]} says: {_said(error.stderr)}") from None


def _run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], words: str, deadline: Deadline
) -> str:
    """Run a command to its end or the deadline, with all that it started."""
    process = subprocess.Popen(  # noqa: S603 - git, with words that no option can be
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        said, complained = process.communicate(words.encode(), timeout=max(0.01, deadline.remaining()))
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0], said, complained)
    return said.decode("utf-8", "replace")


def _said(complaint: bytes) -> str:
    lines: Iterator[str] = (line.strip() for line in complaint.decode("utf-8", "replace").splitlines())
    text = hide_password(" ".join(filter(None, lines)))[:_WORDS]
    return Redactor().text(visible(text)) or "nothing"


def hide_password(url: str) -> str:
    """Return an address without who asks and the password."""
    return _USERINFO.sub("", url)
