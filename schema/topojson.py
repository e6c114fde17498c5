"""TopoJSON to shapely: shared borders are stored once, as delta-coded arcs.

The format: https://github.com/topojson/topojson-specification
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Ring = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Region:
    """One geometry of a collection; `polygons` are (lon, lat), each valid."""

    id: str
    name: str
    polygons: tuple[shapely.Polygon, ...]


def regions(topology: dict[str, Any], collection: str) -> Iterator[Region]:
    """The polygons of a named collection. Raises KeyError when there is no such collection."""
    arcs = _arcs(topology)
    for geometry in topology["objects"][collection]["geometries"]:
        faces = {"Polygon": lambda given: [given], "MultiPolygon": list}.get(geometry["type"])
        if faces is None:
            continue
        parts: list[shapely.Polygon] = []
        for face in faces(geometry["arcs"]):
            shell, *holes = (_ring(arcs, indexes) for indexes in face)
            if len(shell) < 4:
                continue  # an islet that quantization made a point or a line
            made = shapely.Polygon(shell, [hole for hole in holes if len(hole) >= 4])
            valid = made if made.is_valid else shapely.make_valid(made, method="structure", keep_collapsed=False)
            parts += [part for part in shapely.get_parts(valid) if isinstance(part, shapely.Polygon)]
        yield Region(str(geometry.get("id", "")), geometry["properties"]["name"], tuple(parts))


def _arcs(topology: dict[str, Any]) -> list[Ring]:
    """Absolute coordinates (n, 2) of every arc."""
    scale, move = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(np.array(arc, dtype=np.float64), axis=0) * scale + move for arc in topology["arcs"]]


def _ring(arcs: list[Ring], indexes: list[int]) -> Ring:
    """Arcs end to end; `~i` is arc i backwards, and each begins where the one before ended."""
    parts = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indexes]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
