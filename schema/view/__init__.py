"""`View`: the library as one viewer sees it, and the only door to the graph for everything above.

Every question goes through `ImagesView._below_scope`, the one place where the viewer's scope is ANDed. Nodes that are
not images (people, places, albums) are there for a viewer when an image in scope leads to them; their covers and counts
come from images in scope only.
"""

from schema.view.duplicates import DuplicateGroup, View
from schema.view.images import EDGES, MediaGrant
from schema.view.names import TagCount
from schema.view.people import MaybeSame
from schema.view.watching import Matches, Watched

__all__ = ["EDGES", "DuplicateGroup", "Matches", "MaybeSame", "MediaGrant", "TagCount", "View", "Watched"]
