"""Answers about many images at once: facets, timeline, packed grid, map clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import strawberry

from api.graphql.scalars import Packed, packed, packed_bytes
from schema import query
from schema.facts import NO_TIME
from schema.filter.nodes import Box


@strawberry.type
class FacetValue:
    value: str = strawberry.field(description="What a filter takes.")
    label: str
    count: int


@strawberry.type(description="How the images of a filter divide by one property, most frequent first.")
class Facet:
    by: query.FacetBy
    values: list[FacetValue]


@strawberry.type
class Bucket:
    key: str = strawberry.field(description="`2019-08`, or `undated`.")
    count: int


@strawberry.type(description="Months with images, newest first, undated last.")
class Timeline:
    total: int
    buckets: list[Bucket]
    keys: list[str] = strawberry.field(description="Of the buckets: the same as columns, which a page reads faster.")
    counts: Packed = strawberry.field(description="uint32, as long as `keys`.")


def shown_timeline(buckets: Sequence[query.Bucket]) -> Timeline:
    counts = np.array([bucket.count for bucket in buckets], np.uint32)
    return Timeline(
        total=int(counts.sum()),
        buckets=[Bucket(key=bucket.key, count=bucket.count) for bucket in buckets],
        keys=[bucket.key for bucket in buckets],
        counts=packed(counts, "<u4"),
    )


@strawberry.type(description="Images as columns, in order: what a page needs to lay out thousands at once.")
class Grid:
    count: int
    id: Packed = strawberry.field(description="uint32: `Image.key`.")
    aspect: Packed = strawberry.field(description="float32: upright width / height; 1.5 when unknown.")
    taken: Packed = strawberry.field(description="float64: local seconds since 1970, NaN when unknown.")
    version: Packed = strawberry.field(description="int32: `Image.mediaVersion`.")
    flags: Packed = strawberry.field(description="uint8: 1 favorite, 2 offline, 4 NSFW, 8 trashed.")
    thumbhash: Packed = strawberry.field(description="For each image one byte for a length, then so many bytes.")


def shown_grid(grid: query.Grid) -> Grid:
    taken = np.where(grid.taken == NO_TIME, np.nan, grid.taken.astype(np.float64))
    return Grid(
        count=len(grid.id),
        id=packed(grid.id, "<u4"),
        aspect=packed(grid.aspect, "<f4"),
        taken=packed(taken, "<f8"),
        version=packed(grid.version, "<i4"),
        flags=packed(grid.flags, "u1"),
        thumbhash=packed_bytes(grid.thumbhash),
    )


@strawberry.type(description="Degrees; west > east crosses the antimeridian.")
class GeoBox:
    south: float
    west: float
    north: float
    east: float


@strawberry.type(description="Images close together on the map.")
class MapCluster:
    lat: float
    lon: float
    count: int
    box: GeoBox
    image_key: int = strawberry.field(description="`Image.key` of one to show.")


def shown_clusters(clusters: Sequence[query.Cluster]) -> list[MapCluster]:
    return [
        MapCluster(lat=c.lat, lon=c.lon, count=c.count, box=_geo_box(c.box), image_key=c.image_id) for c in clusters
    ]


def _geo_box(box: Box) -> GeoBox:
    return GeoBox(south=box.south, west=box.west, north=box.north, east=box.east)
