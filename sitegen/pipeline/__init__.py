"""One cycle, in the order of the specification's sentence."""

from sitegen.pipeline.build import Options, build

__all__ = ["Options", "build"]
