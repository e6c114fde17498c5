"""The graph's enums as GraphQL enums; strawberry marks the classes themselves, which stay as they are."""

from __future__ import annotations

from enum import Enum

import strawberry

from schema import graph
from schema.explicit import ExplicitPhotos
from schema.filter import nodes
from schema.policy import Role, ViewerKind
from schema.query import FacetBy, SortBy
from schema.safety import NsfwLevel
from schema.shares import Download, ShareState
from schema.webhooks import EventState

ENUMS: tuple[type[Enum], ...] = (
    graph.NodeKind,
    graph.Op,
    graph.PlaceLevel,
    graph.TagKind,
    NsfwLevel,
    ExplicitPhotos,
    FacetBy,
    SortBy,
    Role,
    ViewerKind,
    Download,
    ShareState,
    EventState,
    *(kind for kind in vars(nodes).values() if isinstance(kind, type) and issubclass(kind, Enum) and len(kind)),
)

for _kind in ENUMS:
    # Enum's own docstring says nothing; only one written for this very class does.
    strawberry.enum(_kind, description=_kind.__dict__.get("__doc__"))
