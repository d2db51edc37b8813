"""The section of content: the author's pages, each made once and kept until a byte of it changes.

What was made is kept by the digest of its file. What was not finished in time, or lost its worker, is no
result of a file: it is named, and tried again by the next build.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from sitegen import __version__
from sitegen.assets.optimizer import asset_path
from sitegen.config import Config
from sitegen.content.authored import ContentPage, Excerpt
from sitegen.content.choice import Choice, choose_pages
from sitegen.content.links import Site
from sitegen.content.loader import load_content, load_copies
from sitegen.content.model import NO_PICTURE, Content, Draft, Fault, ImageAsset, MadePage, Picture
from sitegen.content.places import one_form
from sitegen.content.techniques import TECHNIQUES, take_excerpt
from sitegen.errors import Problem
from sitegen.findings import ContentFindings
from sitegen.gate.budgets import PageBudget, weigh
from sitegen.gate.inspection import inspect_file
from sitegen.gate.leaks import Canaries, find_leaks
from sitegen.limits import TASK_SECONDS
from sitegen.output import OutputFile
from sitegen.pipeline.planning import allow_name, make_canaries
from sitegen.pipeline.run import Run, Section
from sitegen.state.answers import AUTHORED
from sitegen.state.folder import State
from sitegen.units import window_label, zone_of

MADE, GOOD = f"{AUTHORED}\0made", f"{AUTHORED}\0good"
"""What was made of each file, and the pages as they were last published."""

_WIDEST = 720
_MAKING = 5
"""Another number where pages or pictures are made differently: what was kept is then made anew."""

_PROSE = PageBudget(raw=80_000, compressed=9_000, elements=1_250, depth=8)
"""The most of a page that an author's text may be: the rest of its budget is the template's."""
_TOLD = 100
_LINE = re.compile(r" in line (\d+)")
_PICTURE_SECONDS = 6.0
"""CPU seconds of a picture: the largest photograph that is read takes two or three."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Work(Protocol):
    """Runs a function over items, as `Manager.cpu` does for one section."""

    def __call__(
        self, function: Callable[[Item], Result], items: Sequence[Item], name: Callable[[Item], str]
    ) -> Awaitable[list[Result | Problem]]:
        """Return the results in the items' order, and a problem in the place of each that did not come."""
        ...


class Made(msgspec.Struct, frozen=True):
    """What is kept between builds: pictures and pages by the digest of what they were made of, files by their path.

    A picture has its asset, or the sentence that says why it has none. `stamp` tells what else the pages were made with.
    """

    stamp: str = ""
    pictures: dict[str, ImageAsset | str] = {}
    files: dict[str, bytes] = {}
    pages: dict[str, MadePage] = {}
    version: str = ""
    techniques: dict[str, tuple[str, str, Excerpt]] = {}
    shown: str = ""
    made_at: float = 0.0


class _Good(msgspec.Struct, frozen=True):
    """The pages as they were last published, under which path of the whole site."""

    root: str = ""
    pages: tuple[ContentPage, ...] = ()


class _PageJob(msgspec.Struct, frozen=True):
    """One page for one worker; `images` as in `make_page`."""

    draft: Draft
    images: dict[str, ImageAsset | str]
    root: str
    canaries: Canaries
    timezone: str


class Judged(NamedTuple):
    """The author's pages with everything that was made for them, which of them are published, what was not finished.

    `copies` are files that are published as they are.
    """

    content: Content
    made: Made
    choice: Choice
    unfinished: tuple[Fault, ...]
    copies: tuple[OutputFile, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, each once."""
        return tuple(dict.fromkeys((*self.unfinished, *self.choice.faults, *self.choice.remarks)))


async def gather_content(run: Run, config: Config) -> Section[ContentFindings]:
    """Return the author's pages, made anew or as they were kept."""

    async def work(function: Any, items: Any, name: Any) -> Any:
        # What is gathered must still be drawn and published: a shelf of new photographs waits for the next builds.
        seconds = _PICTURE_SECONDS if function is shrink_picture else TASK_SECONDS
        return await run.manager.cpu(
            "content", function, items, name=name, seconds=seconds, deadline=run.gathering
        )

    known = _recall(run.state, MADE, Made)
    judged = await judge_content(config, work, known, recall_good(run.state, config), run.context.now)
    excerpts, unquoted = await _quote(work, known)
    made, choice = judged.made, judged.choice
    wanted = {path[1:] for page in (*choice.pages, *choice.former) for path in page.images}
    files = tuple(OutputFile(path, made.files[path]) for path in sorted(wanted))
    shown = sha256(msgspec.msgpack.encode([choice.pages, files, excerpts])).hexdigest()
    made_at = known.made_at if shown == known.shown else run.context.now
    finished = not unquoted and len(excerpts) == len(TECHNIQUES)
    keep = msgspec.structs.replace(
        made,
        version=__version__ if finished else known.version,
        techniques=excerpts,
        shown=shown,
        made_at=made_at,
    )
    if keep != known and not run.state.answers.put(MADE, run.context.now, msgspec.msgpack.encode(keep)):
        sentence = (
            "has more pages and pictures than can be kept, so all are made anew in each build; leave some out"
        )
        unquoted += (Problem("content", f"{config.site.content.name}: {sentence}"),)
    findings = ContentFindings(
        made_at=made_at,
        pages=choice.pages,
        files=files,
        techniques=tuple(excerpts.values()),
        former=choice.former,
        copies=judged.copies,
        waiting=tuple(
            f"{fault.place(config.site.content.name)}: {fault.sentence}" for fault in choice.waiting[:_TOLD]
        ),
    )
    return Section(findings, (*problems_of(judged, config.site.content.name), *unquoted))


async def judge_content(
    config: Config, work: Work, known: Made, good: dict[str, ContentPage], now: float
) -> Judged:
    """Make what is not known yet of the author's pages, and decide which are published; nothing is kept or changed."""
    content = load_content(config.site.content)
    root = config.site.base_path
    canaries = allow_name(make_canaries(config))  # an author who writes it means it
    stamp = sha256(
        msgspec.msgpack.encode([_MAKING, __version__, root, canaries, config.site.timezone])
    ).hexdigest()
    if known.stamp != stamp:
        known = msgspec.structs.replace(known, pages={}, pictures={})
    pictures, files, late = await _shrink(work, content.pictures, known)
    images = _images(content, pictures)
    pages, undone = await _write(work, content.pages, known, (images, root, canaries, config.site.timezone))
    copies, strays = _copies(config)
    windows = frozenset(window_label(one) for panel in config.panels for one in panel.windows)
    site = Site(config.site.base_url, windows, frozenset(file.path for file in copies))
    whole = {path: page for path, page in good.items() if all(image[1:] in files for image in page.images)}
    choice = choose_pages(content, {one.source: one for one in pages.values()}, whole, site, now)
    shown = [(one.source, pictures[one.digest]) for one in content.pictures if one.digest in pictures]
    choice = choice._replace(
        faults=(*choice.faults, *(Fault(source, 0, one) for source, one in shown if isinstance(one, str))),
        remarks=(
            *choice.remarks,
            *(
                Fault(source, 0, one.remark)
                for source, one in shown
                if isinstance(one, ImageAsset) and one.remark
            ),
        ),
    )
    used = {path[1:] for page in (*choice.pages, *choice.former, *good.values()) for path in page.images}
    used |= {path for asset in pictures.values() if isinstance(asset, ImageAsset) for path in _paths(asset)}
    made = msgspec.structs.replace(
        known,
        stamp=stamp,
        pictures=pictures,
        pages=pages,
        files={path: files[path] for path in sorted(used & files.keys())},
    )
    return Judged(content, made, choice, (*late, *undone, *strays), copies)


def _copies(config: Config) -> tuple[tuple[OutputFile, ...], list[Fault]]:
    """Return the files of `static/`, beside the configuration, and why others of them are left out."""
    folder = config.path.parent / "static"
    canaries = make_canaries(config)
    found, faults = load_copies(folder)
    copies, strays = [], list(faults)
    for file in found:
        findings = inspect_file(file.path, file.body, canaries, config.site.base_url)
        if findings:
            strays.append(Fault(file.path, 0, f"{findings[0].message}; it is left out", folder=folder.name))
        else:
            copies.append(file)
    return tuple(copies), strays


def recall_good(state: State, config: Config) -> dict[str, ContentPage]:
    """Return the pages as they were last published, by path."""
    good = _recall(state, GOOD, _Good)
    return {page.path: page for page in good.pages} if good.root == config.site.base_path else {}


def keep_good(state: State, root: str, pages: tuple[ContentPage, ...], now: float) -> None:
    """Keep the pages that were published now: the last good ones from here on."""
    good = _Good(root, pages)
    if good != _recall(state, GOOD, _Good):
        state.answers.put(GOOD, now, msgspec.msgpack.encode(good))


def problems_of(judged: Judged, folder: str) -> tuple[Problem, ...]:
    """Return all that is wrong with the author's pages, each once; of very many the first."""
    found = [fault.problem(folder) for fault in judged.faults]
    if len(found) > _TOLD:
        more = f"{folder}: {len(found) - _TOLD} more files have something wrong; `sitegen check config` names them"
        found[_TOLD:] = [Problem("content", more)]
    return tuple(found)


Kept = TypeVar("Kept", "Made", "_Good")


def _recall(state: State, key: str, shape: type[Kept]) -> Kept:
    kept = state.answers.get(key)
    if kept is not None:
        with suppress(msgspec.MsgspecError):
            return msgspec.msgpack.decode(kept[1], type=shape)
    return shape()


async def _shrink(
    work: Work, pictures: Sequence[Picture], known: Made
) -> tuple[dict[str, ImageAsset | str], dict[str, bytes], list[Fault]]:
    """Return asset or fault of each picture by its digest, all files by path, and what was not finished."""
    found = {
        picture.digest: known.pictures[picture.digest]
        for picture in pictures
        if picture.digest in known.pictures
    }
    files = dict(known.files)
    late: list[Fault] = []
    missing = list({one.digest: one for one in pictures if one.digest not in found}.values())
    results = await work(shrink_picture, missing, lambda _: "shrink a picture")
    for picture, result in zip(missing, results, strict=True):
        if isinstance(result, Problem):
            late.append(_late(picture.source, result))
        else:
            found[picture.digest] = result[0]
            files |= {file.path: file.body for file in result[1]}
    return found, files, late


def _images(content: Content, pictures: dict[str, ImageAsset | str]) -> dict[str, ImageAsset | str]:
    """Return what each picture's file became, by its name in the form in which names are compared."""
    found = {one_form(picture.source): pictures.get(picture.digest) for picture in content.pictures}
    return {
        name: "is not finished yet"
        if asset is None
        else "cannot be shown"
        if isinstance(asset, str)
        else asset
        for name, asset in found.items()
    }


async def _write(
    work: Work,
    drafts: Sequence[Draft],
    known: Made,
    how: tuple[dict[str, ImageAsset | str], str, Canaries, str],
) -> tuple[dict[str, MadePage], list[Fault]]:
    """Return what became of each page by its digest, and what was not finished."""
    images = how[0]
    digests = {
        draft.source: sha256(draft.source.encode() + b"\0" + draft.body).hexdigest() for draft in drafts
    }
    made = {
        digest: page
        for digest in digests.values()
        if (page := known.pages.get(digest)) is not None
        and all(images.get(file, NO_PICTURE) == asset for file, asset in page.pictures.items())
    }
    missing = [_PageJob(draft, *how) for draft in drafts if digests[draft.source] not in made]
    results = await work(write_page, missing, lambda _: "write a page")
    late = []
    for job, result in zip(missing, results, strict=True):
        if isinstance(result, Problem):
            late.append(_late(job.draft.source, result))
        else:
            made[digests[job.draft.source]] = result
    return made, late


def _late(source: str, problem: Problem) -> Fault:
    """Return what was not finished by its file; its task has no name, for tasks are public and drafts are not."""
    return Fault(source, 0, problem.message.partition(": ")[2])


async def _quote(work: Work, known: Made) -> tuple[dict[str, tuple[str, str, Excerpt]], tuple[Problem, ...]]:
    """Return the excerpts of this version; those that were not finished are of the last, or missing."""
    if known.version == __version__:
        return known.techniques, ()
    results = await work(take_excerpt, TECHNIQUES, lambda entry: f"quote {entry[3]}")
    quoted = {
        entry[3]: known.techniques.get(entry[3]) if isinstance(result, Problem) else result
        for entry, result in zip(TECHNIQUES, results, strict=True)
    }
    late = tuple(result for result in results if isinstance(result, Problem))
    return {name: one for name, one in quoted.items() if one is not None}, late


def shrink_picture(picture: Picture) -> tuple[ImageAsset | str, tuple[OutputFile, ...]]:
    """Make a picture small; return where it will stand and its files, or why it has none."""
    from sitegen.assets.images import optimise_image  # noqa: PLC0415 - Pillow is heavy, and most builds have no picture

    variants, problems = optimise_image(picture.source, picture.body, _WIDEST)
    if not variants:
        return problems[0].message, ()
    stem = picture.source.rpartition("/")[2].rpartition(".")[0]
    files = {
        one.extension: OutputFile(asset_path(f"{stem}.{one.extension}", one.body), one.body)
        for one in variants
    }
    plain = next((one for one in variants if one.extension != "webp"), variants[0])
    webp = files.get("webp") if plain.extension != "webp" else None
    asset = ImageAsset(
        path=f"/{files[plain.extension].path}",
        width=plain.width,
        height=plain.height,
        webp=None if webp is None else f"/{webp.path}",
        remark=problems[0].message if problems else "",
    )
    return asset, tuple(files.values())


def write_page(job: _PageJob) -> MadePage:
    """Make one of the author's pages, and hold it to what the finished site is held to."""
    from sitegen.content.page import make_page  # noqa: PLC0415 - heavy, and only changed content needs it

    made = make_page(job.draft, job.images, job.root, zone_of(job.timezone))
    faults = list(made.faults)
    for finding in find_leaks(made.source, job.draft.body, job.canaries):
        line = _LINE.search(finding.message)
        faults.append(Fault(made.source, int(line[1]) if line else 0, finding.message))
    if made.page is not None:
        weight = weigh(made.page.body_html.encode())
        if _PROSE.load(weight) > 1:
            sentence = (
                f"is too long for one page ({weight.compressed} bytes with brotli of {_PROSE.compressed}, "
                f"{weight.elements} elements of {_PROSE.elements}, {weight.depth} inside one another of {_PROSE.depth}); part it"
            )
            faults.append(Fault(made.source, 0, sentence))
    return msgspec.structs.replace(made, faults=tuple(faults))


def _paths(asset: ImageAsset) -> list[str]:
    return [path[1:] for path in (asset.path, asset.webp) if path]
