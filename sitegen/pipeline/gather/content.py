"""The section of content: the author's pages, made once and kept until a byte of them changes."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from sitegen import __version__
from sitegen.assets.optimizer import asset_path
from sitegen.config import Config
from sitegen.content.authored import ContentPage
from sitegen.content.loader import load_content
from sitegen.content.model import Content, Document, ImageAsset, Picture
from sitegen.content.techniques import TECHNIQUES, take_excerpt
from sitegen.errors import Problem
from sitegen.findings import ContentFindings
from sitegen.output import OutputFile
from sitegen.pipeline.run import Run, Section, split

__all__ = ["gather_content"]

_WIDEST = 720


class _Kept(msgspec.Struct, frozen=True):
    """What is stored between builds."""

    findings: ContentFindings
    problems: tuple[Problem, ...]


class _Rendering(msgspec.Struct, frozen=True):
    """One document for one worker."""

    document: Document
    images: dict[str, ImageAsset]
    root: str


async def gather_content(run: Run, config: Config) -> Section[ContentFindings]:
    """Return the author's pages, made anew or as they were kept."""
    content, problems = load_content(config.site.content)
    key = f"content\0{_digest(content, config.site.base_path, __version__)}"
    kept = run.state.answers.get(key)
    if kept is not None:
        with suppress(msgspec.MsgspecError):
            known = msgspec.msgpack.decode(kept[1], type=_Kept)
            return Section(known.findings, (*problems, *known.problems))
    findings, faults = await _make(run, content, config.site.base_path)
    made = msgspec.msgpack.encode(_Kept(findings, faults))
    run.state.answers.put(key, run.context.now, made)
    return Section(findings, (*problems, *faults))


def _digest(content: Content, base_path: str, version: str) -> str:
    return sha256(msgspec.msgpack.encode([version, base_path, content])).hexdigest()


async def _make(run: Run, content: Content, base_path: str) -> tuple[ContentFindings, tuple[Problem, ...]]:
    pictures = split(
        await run.manager.cpu(
            "content", optimise_picture, content.pictures, name=lambda picture: f"shrink {picture.source}"
        )
    )
    images: dict[str, ImageAsset] = {}
    files: list[OutputFile] = []
    problems = list(pictures.problems)
    for source, asset, made, faults in pictures.values:
        problems += faults
        if asset is not None:
            images[source] = asset
            files += made
    jobs = [_Rendering(document, images, base_path) for document in content.documents]
    rendered = split(
        await run.manager.cpu(
            "content", render_author_page, jobs, name=lambda job: f"write {job.document.path}"
        )
    )
    excerpts = split(
        await run.manager.cpu("content", take_excerpt, TECHNIQUES, name=lambda entry: f"quote {entry[3]}")
    )
    problems += [
        *rendered.problems,
        *excerpts.problems,
        *(fault for _, faults in rendered.values for fault in faults),
    ]
    pages = tuple(page for page, _ in rendered.values)
    shown = {path.removeprefix("/") for page in pages for path in page.images}
    return (
        ContentFindings(
            made_at=run.context.now,
            pages=pages,
            files=tuple(file for file in files if file.path in shown),
            techniques=excerpts.values,
        ),
        tuple(problems),
    )


def optimise_picture(
    picture: Picture,
) -> tuple[str, ImageAsset | None, list[OutputFile], tuple[Problem, ...]]:
    """Make a picture small; return its source, where it will stand, its files, and what is wrong with it."""
    from sitegen.assets.images import optimise_image  # noqa: PLC0415 - Pillow is heavy, and most builds have no picture

    variants, problems = optimise_image(f"content.{picture.source}", picture.body, _WIDEST)
    files = {
        variant.extension: OutputFile(
            asset_path(f"{Path(picture.source).stem}.{variant.extension}", variant.body), variant.body
        )
        for variant in variants
    }
    plain = [variant for variant in variants if variant.extension != "webp"] or list(variants)
    if not plain:
        return picture.source, None, [], problems
    webp = files.get("webp") if plain[0].extension != "webp" else None
    asset = ImageAsset(
        path=f"/{files[plain[0].extension].path}",
        width=plain[0].width,
        height=plain[0].height,
        webp=None if webp is None else f"/{webp.path}",
    )
    return picture.source, asset, list(files.values()), problems


def render_author_page(job: _Rendering) -> tuple[ContentPage, tuple[Problem, ...]]:
    """Render one of the author's pages."""
    from sitegen.content.markdown import render_document  # noqa: PLC0415 - heavy, and only changed content needs it

    images: Mapping[str, ImageAsset] = job.images
    return render_document(job.document, images, job.root)
