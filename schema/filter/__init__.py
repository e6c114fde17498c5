"""The one composable question: `ImageFilter`, its outside forms, and what it means."""

from schema.filter.compose import conjoin
from schema.filter.english import describe
from schema.filter.nodes import EVERYTHING, ImageFilter
from schema.filter.parse import parse_filter, to_graphql, to_json
from schema.filter.validate import check

__all__ = ["EVERYTHING", "ImageFilter", "check", "conjoin", "describe", "parse_filter", "to_graphql", "to_json"]
