"""Mako's TemplateLookup, without what Mako loads for its error pages and plug-ins.

`mako.exceptions` brings forty modules of Pygments, `mako.compat` brings importlib.metadata; a
build needs neither unless a template is broken. Both load when something of them is used, as
importlib's documentation describes it ("Implementing lazy imports").
"""

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec

__all__ = ["TemplateLookup"]


def _postpone(name: str) -> None:
    """Put a module in place that loads itself when one of its names is asked for."""
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    # `from package import module` takes it from the package; an import by its full name would load it.
    package, _, last = name.rpartition(".")
    setattr(import_module(package), last, module)


_postpone("mako.exceptions")
_postpone("importlib.metadata")

from mako.lookup import TemplateLookup  # noqa: E402 - after what it must not load
