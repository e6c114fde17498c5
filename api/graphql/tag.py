"""Tags and the word net above them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

import strawberry
from strawberry.types.unset import UNSET

from api.graphql.context import Context, Info
from api.graphql.fields import field
from api.graphql.filter_input import ImageFilterInput, to_json
from api.graphql.limits import clamp
from api.graphql.node import Box, Node, box, global_id
from schema import graph
from schema.filter import conjoin, parse_filter
from schema.filter.nodes import ImageFilter, Origin, TagFilter

if TYPE_CHECKING:
    from schema import lexicon


def tagged(name: str, among: ImageFilter) -> ImageFilter:
    return conjoin(among, ImageFilter(tag=TagFilter(any=(name,))))


@strawberry.type(description="A meaning of WordNet. Its name, e.g. `gown.n.01`, is what filters take.")
class Synset(Node):
    id: strawberry.ID = global_id("Synset", "name")
    name: str
    lemmas: list[str]
    definition: str

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return type(value).__name__ == "Synset"

    @field
    @staticmethod
    def label(root: strawberry.Parent[lexicon.Synset], info: Info) -> str:
        """The word to show."""
        return info.context.lexicon.label(root.name)

    @field
    @staticmethod
    def chain(root: strawberry.Parent[lexicon.Synset], info: Info) -> list[Synset]:
        """One way up to the root, nearest first, without itself."""
        names = info.context.lexicon.chain(root.name)
        return synsets(info.context, [name for name in names if name != root.name])

    @field
    @staticmethod
    def broader(root: strawberry.Parent[lexicon.Synset], info: Info) -> list[Synset]:
        """Directly broader meanings."""
        return synsets(info.context, info.context.lexicon.hypernyms(root.name))

    @field
    @staticmethod
    def narrower(root: strawberry.Parent[lexicon.Synset], info: Info) -> list[Synset]:
        """Directly narrower meanings."""
        return synsets(info.context, info.context.lexicon.hyponyms(root.name))

    @field
    @staticmethod
    async def count(
        root: strawberry.Parent[lexicon.Synset], info: Info, filter: ImageFilterInput | None = UNSET
    ) -> int:
        """Images with this or a narrower meaning, among those of `filter`."""
        return await info.context.view.count(tagged(root.name, parse_filter(to_json(filter))))

    @field
    @staticmethod
    async def narrower_with_images(
        root: strawberry.Parent[lexicon.Synset],
        info: Info,
        first: int = 50,
        filter: ImageFilterInput | None = UNSET,
    ) -> list[SynsetCount]:
        """Directly narrower meanings that some image has, most images first."""
        context, among = info.context, parse_filter(to_json(filter))
        counts = await context.view.synset_counts(context.lexicon.hyponyms(root.name), among)
        most = sorted(((n, name) for name, n in counts.items() if n), key=lambda pair: (-pair[0], pair[1]))
        return [
            SynsetCount(synset=synset, count=count)
            for count, name in most[: clamp(first)]
            for synset in synsets(context, [name])
        ]


@strawberry.type
class SynsetCount:
    synset: Synset
    count: int


def synsets(context: Context, names: list[str] | tuple[str, ...]) -> list[Synset]:
    found = (context.lexicon.synset(name) for name in names)
    return [cast("Synset", synset) for synset in found if synset is not None]


def synset_of(context: Context, kind: graph.TagKind, name: str) -> Synset | None:
    return next(iter(synsets(context, [name])), None) if kind is graph.TagKind.CONCEPT else None


@strawberry.type(description="A word or meaning that images carry, with how many do.")
class Tag:
    id: strawberry.ID
    name: str = strawberry.field(description="What a filter takes: a synset name or the word itself.")
    label: str
    kind: graph.TagKind
    count: int

    @field
    def synset(self, info: Info) -> Synset | None:
        return synset_of(info.context, self.kind, self.name)


@strawberry.type(description="An image's tag: who says so, how surely, and where in the picture.")
class TagEdge:
    tag: str
    kind: graph.TagKind
    score: float
    origin: Origin
    model: str
    version: str
    count: int = strawberry.field(description="Separate instances found.")
    colors: list[str] = strawberry.field(description="Colors of the boxes, #rrggbb, most of it first.")
    box_scores: list[float] = strawberry.field(description="One for each of the boxes, in their order.")
    made: datetime | None = strawberry.field(description="UTC: when the model said so.")

    @field
    @staticmethod
    def label(root: strawberry.Parent[graph.TagEdge], info: Info) -> str:
        return info.context.lexicon.label(root.tag) if root.kind is graph.TagKind.CONCEPT else root.tag

    @field
    @staticmethod
    def boxes(root: strawberry.Parent[graph.TagEdge]) -> list[Box]:
        return [box(corners) for corners in root.boxes]

    @field
    @staticmethod
    def synset(root: strawberry.Parent[graph.TagEdge], info: Info) -> Synset | None:
        return synset_of(info.context, root.kind, root.tag)
