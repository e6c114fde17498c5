"""The one composable question: `ImageFilter`."""

from schema.filter.nodes import ImageFilter

__all__ = ["ImageFilter"]
