"""A page's file in, the page and what is wrong with it out. Pure, and heavy: it runs wherever there is a worker."""

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import PurePosixPath

from msgspec.structs import replace

from sitegen.content.authored import ContentKind, ContentPage
from sitegen.content.front_matter import HeadError, read_front_matter
from sitegen.content.markdown import Prose, write_prose
from sitegen.content.model import Draft, Fault, ImageAsset, MadePage
from sitegen.content.places import one_form, place

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def make_page(
    draft: Draft, images: Mapping[str, ImageAsset | str], root: str, zone: tzinfo = UTC
) -> MadePage:
    """Return what becomes of a page's file; `images` and `root` as in `write_prose`, `zone` of dates without one. Nothing is raised for its faults."""
    standing = place(draft.source)
    if standing is None:
        sentence = "would stand in the place of the site's own pages, or its path is too long; rename it"
        return MadePage(draft.source, None, (Fault(draft.source, 0, sentence),))
    kind, path = standing
    try:
        split = read_front_matter(_decode(draft.body), zone)
    except HeadError as error:
        return MadePage(draft.source, None, (Fault(draft.source, error.line, str(error), error.nearest),))
    if split.front is None:
        return MadePage(draft.source, None)
    if kind is ContentKind.POST and split.front.date is None:
        sentence = "a post needs a date, for the feed; write it like date = 2026-11-23"
        return MadePage(draft.source, None, (Fault(draft.source, 1, sentence, "date"),))
    written = write_prose(
        Prose(draft.source, split.front.title, split.markdown, split.first_line), images, root
    )
    fallback = one_form(PurePosixPath(draft.source).stem).replace("-", " ").capitalize()
    page = ContentPage(
        path=path, kind=kind, front=replace(split.front, title=written.title or fallback), body_html=written.body_html,
        images=written.images, source=draft.source, links=written.links, ids=written.ids,
        synopsis=written.blocks.get("synopsis", ""), summary=written.blocks.get("description", ""),
        anchor=written.anchor,
    )  # fmt: skip
    return MadePage(draft.source, page, written.faults, written.remarks, written.pictures)


def _decode(body: bytes) -> str:
    """Return the text of a file with one kind of line ends. Raises HeadError for one that is not UTF-8."""
    other = "this is not UTF-8; save the file in that encoding"
    if 4 * body.count(0) > len(body):  # UTF-16 without a mark is UTF-8 too
        raise HeadError(1, other)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HeadError(body[: error.start].count(b"\n") + 1, other) from None
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
