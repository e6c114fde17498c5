"""`type Query`. Every field asks `View`, which ANDs the viewer's scope below it."""

from __future__ import annotations

from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.types.unset import UNSET

from api.graphql.account import AccountQueries
from api.graphql.apps import AppQueries
from api.graphql.change import Changes, shown_changes
from api.graphql.connection import ImageConnection, SortInput, image_page
from api.graphql.context import Context, Info
from api.graphql.duplicates import DuplicateQueries
from api.graphql.editing import EditingQueries
from api.graphql.fields import field
from api.graphql.filter_input import BoxInput, ImageFilterInput, to_json
from api.graphql.ids import from_global, to_global
from api.graphql.image import Image, edges_wanted, fetch_names
from api.graphql.ingest import IngestStatus, ingest_status
from api.graphql.limits import MAX_PAGE, clamp
from api.graphql.models import ModelQueries
from api.graphql.node import Node
from api.graphql.overview import (
    Facet,
    FacetValue,
    Grid,
    MapCluster,
    Timeline,
    shown_clusters,
    shown_grid,
    shown_timeline,
)
from api.graphql.people import PeopleQueries
from api.graphql.person import Album, Person
from api.graphql.place import Place, shown_place
from api.graphql.search import SearchQuery
from api.graphql.shares import ShareQueries
from api.graphql.tag import Synset, Tag, synsets
from api.graphql.webhooks import WebhookQueries
from schema import query
from schema.explicit import ExplicitPhotos
from schema.filter import parse_filter
from schema.filter.nodes import Box, ImageFilter
from schema.policy import Role, ViewerKind

MAX_GRID = 100_000
MAX_CHANGES = 5_000


@strawberry.type(description="Who is asking, and what they may do.")
class Viewer:
    name: str
    kind: ViewerKind
    role: Role | None = strawberry.field(description="Of the account; null without one.")
    capabilities: list[str]
    account: str | None = strawberry.field(description="Key of the account that asks, or in whose name an app asks.")

    @field
    async def explicit_photos(self, info: Info) -> ExplicitPhotos:
        """What becomes of pictures that are probably not safe for work."""
        return await info.context.library.explicit.of(info.context.view.viewer)


def asked(filter: Any) -> ImageFilter:
    """The filter of an argument; raises BadFilter with the path of what is wrong."""
    return parse_filter(to_json(filter))


async def _nodes(context: Context, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
    """In the order asked; each kind is fetched once."""
    asked = [from_global(id) for id in ids]
    keys: dict[str, list[str]] = {}
    for kind, key in dict.fromkeys(asked):
        keys.setdefault(kind, []).append(key)
    numbers = {kind: [int(key) for key in few if key.isdecimal()] for kind, few in keys.items()}
    found: dict[tuple[str, str], Any] = {}
    if images := numbers.get("Image"):
        nodes = await context.view.images(images, fields=edges_wanted(info._raw_info, ""))
        await fetch_names(context, info._raw_info, nodes, "")
        found |= {("Image", str(node.id)): node for node in nodes if node is not None}
    if people := numbers.get("Person"):
        found |= {("Person", str(person.id)): person for person in await context.view.people(people)}
    if albums := numbers.get("Album"):
        found |= {("Album", str(album.id)): album for album in await context.view.albums(albums)}
    if places := keys.get("Place"):
        await context.fetch_places(places)
        found |= {("Place", key): context.places.get(key) for key in places}
    found |= {("Synset", synset.name): synset for synset in synsets(context, keys.get("Synset", []))}
    return [cast("Node | None", found.get((kind, key.lstrip("0") if key.isdecimal() else key))) for kind, key in asked]


async def _image(context: Context, info: Info, key: int) -> Image | None:
    image = await context.view.image(key, fields=edges_wanted(info._raw_info, ""))
    await fetch_names(context, info._raw_info, [image], "")
    return cast("Image | None", image)


@strawberry.type
class Query(
    SearchQuery,
    AccountQueries,
    PeopleQueries,
    DuplicateQueries,
    EditingQueries,
    AppQueries,
    ShareQueries,
    ModelQueries,
    WebhookQueries,
):
    @field
    def viewer(self, info: Info) -> Viewer:
        viewer = info.context.view.viewer
        return Viewer(
            name=viewer.name,
            kind=viewer.kind,
            role=viewer.role,
            capabilities=sorted(c.value for c in viewer.capabilities),
            account=viewer.account or None,
        )

    @field
    async def images(
        self,
        info: Info,
        filter: ImageFilterInput | None = UNSET,
        sort: SortInput | None = None,
        first: int | None = 50,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ImageConnection:
        """Pages of at most 200 images, by cursor."""
        order = sort.to_sort() if sort else query.Sort()
        return await image_page(info, asked(filter), order, first, after, last, before)

    @field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Anything by its global id."""
        return (await _nodes(info.context, info, [id]))[0]

    @field
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        """At most 200, in the order asked; null for what is not there or not yours to see."""
        if len(ids) > MAX_PAGE:
            raise GraphQLError(f"Ask for at most {MAX_PAGE} nodes at once.")
        return await _nodes(info.context, info, ids)

    @field
    async def image(self, info: Info, key: int) -> Image | None:
        """An image by its plain number."""
        return await _image(info.context, info, key)

    @field
    async def facets(
        self, info: Info, by: list[query.FacetBy], filter: ImageFilterInput | None = UNSET, first: int = 30
    ) -> list[Facet]:
        among = asked(filter)
        facets: list[Facet] = []
        for each in dict.fromkeys(by):
            values = await info.context.view.facets(among, each, clamp(first, 1000))
            facets.append(
                Facet(by=each, values=[FacetValue(value=v.value, label=v.label, count=v.count) for v in values])
            )
        return facets

    @field
    async def timeline(self, info: Info, filter: ImageFilterInput | None = UNSET) -> Timeline:
        return shown_timeline(await info.context.view.timeline(asked(filter)))

    @field
    async def grid(
        self,
        info: Info,
        filter: ImageFilterInput | None = UNSET,
        bucket: str | None = None,
        sort: SortInput | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Grid:
        if offset < 0:
            raise GraphQLError("An offset is 0 or more.")
        most = clamp(MAX_GRID if limit is None else limit, MAX_GRID)
        order = sort.to_sort() if sort else query.Sort()
        return shown_grid(await info.context.view.grid(asked(filter), bucket, order, offset=offset, limit=most))

    @field
    async def map_clusters(
        self, info: Info, box: BoxInput, zoom: int, filter: ImageFilterInput | None = UNSET
    ) -> list[MapCluster]:
        """Clusters of about 60 screen pixels at web-mercator `zoom` 0..20."""
        shown = Box.model_validate(to_json(box))
        return shown_clusters(await info.context.view.map_clusters(asked(filter), shown, max(0, min(20, zoom))))

    @field
    async def places(
        self, info: Info, search: str | None = None, parent: str | None = None, first: int = 50
    ) -> list[Place]:
        """Places that images were taken at; with `parent`, those directly inside it."""
        found = await info.context.view.find_places(search or "", parent, clamp(first))
        return cast("list[Place]", found)

    @field
    async def place(self, info: Info, key: str) -> Place | None:
        await info.context.fetch_places([key])
        return shown_place(info.context.places.get(key))

    @field
    async def tags(
        self,
        info: Info,
        search: str | None = None,
        filter: ImageFilterInput | None = UNSET,
        first: int = 50,
    ) -> list[Tag]:
        """Tags of images, most frequent first; with `search`, those whose words begin so."""
        found = await info.context.view.tags(asked(filter), search or "", clamp(first))
        return [
            Tag(id=strawberry.ID(to_global("Tag", t.name)), name=t.name, label=t.label, kind=t.kind, count=t.count)
            for t in found
        ]

    @field
    def synset(self, info: Info, name: str) -> Synset | None:
        return next(iter(synsets(info.context, [name])), None)

    @field
    async def people(self, info: Info, first: int = 200) -> list[Person]:
        return cast("list[Person]", (await info.context.view.people())[: clamp(first)])

    @field
    async def albums(self, info: Info) -> list[Album]:
        return cast("list[Album]", await info.context.view.albums())

    @field
    async def ingest(self, info: Info) -> IngestStatus:
        """How the import stands."""
        return await ingest_status(info.context)

    @field
    async def changes(self, info: Info, since: str | None = None, first: int = 1000) -> Changes:
        """What changed after a cursor; without one, everything there is, or with `first: 0` only the cursor of now. Who
        sees a part is told that something is gone when they knew it: by earlier changes, or because they saw it then.
        """
        return shown_changes(await info.context.view.changes(since, clamp(first, MAX_CHANGES)))
