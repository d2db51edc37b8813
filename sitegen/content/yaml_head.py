"""A head in YAML, by PyYAML's safe loader, without what a head does not need: aliases, tags of one's own, keys twice. Pure."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import yaml

Refuse = Callable[[int, str], Exception]
"""Makes the error of a line and a sentence."""


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases: nine lines of them can name a billion values."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs lack it
            raise yaml.composer.ComposerError(None, None, "aliases are not read here", mark)
        return super().compose_node(parent, index)


def read_yaml(head: str, texts: Collection[str], refuse: Refuse) -> Iterator[tuple[str, object, int]]:
    """Yield key, value and line of the file for each key of a head; the keys in `texts` are text as it is written.

    `title: 2024` is the text "2024", and `title: No` is "No". Raises what `refuse` makes.
    """
    loader = _Loader(head)
    try:
        yield from _entries(loader, texts, refuse)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        sentence = getattr(error, "problem", None) or "this cannot be read as YAML"
        raise refuse(mark.line + 2 if mark else 1, str(sentence)) from None
    finally:
        loader.dispose()


def _entries(loader: _Loader, texts: Collection[str], refuse: Refuse) -> Iterator[tuple[str, object, int]]:
    root = loader.get_single_node()
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise refuse(root.start_mark.line + 2, "the front matter has no keys; write it like title: My page")
    known: set[str] = set()
    for name, node in root.value:
        line = name.start_mark.line + 2
        key = name.value if isinstance(name, yaml.ScalarNode) else ""
        if not key or key in known:
            raise refuse(line, f"the key {key!r} stands here a second time" if key else "this is no key")
        known.add(key)
        value = _text(loader, node) if key in texts else _value(loader, node, key, line, refuse)
        if value is not None:
            yield key, value, line


def _text(loader: _Loader, node: yaml.Node) -> object:
    """Return a scalar as it is written, nothing for `~`, a list of them likewise."""
    if isinstance(node, yaml.SequenceNode):
        return [_text(loader, one) for one in node.value]
    if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null":
        return node.value
    return loader.construct_object(node, deep=True)


def _value(loader: _Loader, node: yaml.Node, key: str, line: int, refuse: Refuse) -> object:
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, OverflowError):
        raise refuse(line, f"{key}: {str(getattr(node, 'value', ''))[:60]!r} cannot be") from None
