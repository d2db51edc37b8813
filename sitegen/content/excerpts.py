"""Short excerpts of sitegen's own source, for the page that explains its techniques.

The files of the package are read, not its objects: nothing is imported, and line numbers are those of the file.
"""

import ast
from importlib.resources import files
from textwrap import dedent

from sitegen.content.authored import Excerpt
from sitegen.content.highlight import code_block

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def excerpt(module: str, name: str) -> Excerpt:
    """Return the source of a function, a class or a method: `excerpt("sitegen.units", "Window.ending")`.

    Decorators are part of it. Raises LookupError where there is no such module or name.
    """
    package, _, path = module.partition(".")
    parts = path.split(".")
    for candidate in ("/".join(parts) + ".py", "/".join([*parts, "__init__.py"])):
        resource = files(package) / candidate
        if path and resource.is_file():
            source = resource.read_text(encoding="utf-8")
            first, last = _span(source, name, module)
            code = dedent("\n".join(source.split("\n")[first - 1 : last]))
            return Excerpt(f"{package}/{candidate}", first, last, code_block(code, "python"))
    raise LookupError(f"there is no module {module}")


def _span(source: str, name: str, module: str) -> tuple[int, int]:
    """Return the numbers of the first and the last line of a definition."""
    scope: list[ast.stmt] = ast.parse(source).body
    found: _Definition | None = None
    for part in name.split("."):
        inner = (node for node in scope if isinstance(node, _Definition) and node.name == part)
        found = next(inner, None)
        scope = found.body if found else []
    if found is None:
        raise LookupError(f"there is no {name} in {module}")
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    return first, found.end_lineno or first
