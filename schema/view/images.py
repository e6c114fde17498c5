"""Images below a viewer's scope: counts, pages, facets, grids, bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schema.apps_view import accounts_of
from schema.errors import NotFound
from schema.explicit import is_explicit
from schema.filter.compose import conjoin, parts, rewrite
from schema.filter.nodes import Box, DuplicateKind, ImageFilter, PlaceFilter, TagFilter
from schema.filter.photo import numbered
from schema.filter.validate import check
from schema.graph import Image
from schema.likeness import NOBODY
from schema.policy import Capability, Viewer
from schema.query import Bucket, Cluster, FacetBy, FacetValue, Grid, Page, Sort, SortBy
from schema.rarity import MOST_WEIGHED, concepts_named, weighed
from schema.seen import merged
from schema.shares import with_shares
from schema.visibility import allowed, files_in_scope, require_facet, sees_everything, shown

if TYPE_CHECKING:
    from schema.library import Library

EDGES = frozenset({"files", "tags", "faces", "texts"})
NOT_TRASHED = ImageFilter(trashed=False)
MOST_DUPLICATES = 20_000
"""Pictures that are looked through for groups."""


@dataclass(frozen=True, slots=True)
class MediaGrant:
    """Leave to have the bytes of one picture."""

    image_id: int
    content_hash: str
    media_version: int
    """0: there are no thumbnails yet."""
    name: str
    format: str
    original: str = ""
    """Path of a file that is there; only when the original was asked for and may be had."""
    explicit: bool = False


class ImagesView:
    """The part of `View` that answers with images."""

    def __init__(self, library: Library, viewer: Viewer) -> None:
        self.library = library
        self.viewer = viewer

    async def _below_scope(self, asked: ImageFilter, *, trash: bool = False) -> ImageFilter:
        """What to ask for this viewer: the question where it may be asked, AND the scope.

        The trash is left out unless the question speaks of it (or `trash`).
        """
        self.viewer.require(Capability.READ)
        question = allowed(check(asked), self.viewer)
        question = await with_shares(self.library.store, question, accounts_of(self.viewer))
        question = await self._without_hidden_examples(question)
        question = await self._with_seen_duplicates(question)
        speaks_of_trash = trash or any(part.trashed is not None for _, part in parts(question))
        rest: tuple[ImageFilter, ...] = () if speaks_of_trash else (NOT_TRASHED,)
        rest += await self.library.explicit.left_out(self.viewer, question, by_name=trash)
        return self.library.resolve(conjoin(question, *rest, self.viewer.scope))

    async def _without_hidden_examples(self, asked: ImageFilter) -> ImageFilter:
        """Nothing is similar to an image that the viewer may not see."""
        examples = {
            number
            for _, part in parts(asked)
            for reference in ((part.similar and part.similar.to), (part.semantic and part.semantic.image))
            if reference and (number := numbered("image", reference)) is not None
        }
        if not examples or sees_everything(self.viewer):
            return asked
        scope = self.library.resolve(self.viewer.scope)
        seen = await self.library.ask(lambda index: index.visible(scope, sorted(examples)))
        hidden = {number for number, there in zip(sorted(examples), seen, strict=True) if not there}

        def change(part: ImageFilter) -> ImageFilter:
            similar = part.similar is not None and numbered("image", part.similar.to) in hidden
            semantic = part.semantic is not None and numbered("image", part.semantic.image) in hidden
            return (
                part.model_copy(update={"ids": (), "similar": None, "semantic": None}) if similar or semantic else part
            )

        return rewrite(asked, change) if hidden else asked

    async def _with_seen_duplicates(self, asked: ImageFilter) -> ImageFilter:
        """A picture is a duplicate to somebody who sees another one of the kind: nothing tells of a hidden twin."""
        kinds = {kind for _, part in parts(asked) for kind in part.duplicate}
        if not kinds or sees_everything(self.viewer):
            return asked
        found = {kind: await self._seen_duplicates(kind) for kind in kinds}

        def change(part: ImageFilter) -> ImageFilter:
            if not part.duplicate:
                return part
            ids = sorted({number for kind in part.duplicate for number in found[kind]})
            seen = ImageFilter(ids=tuple(f"image:{number}" for number in ids))
            return part.model_copy(update={"duplicate": (), "and_": (*part.and_, seen)})

        return rewrite(asked, change)

    async def _seen_duplicates(self, kind: DuplicateKind) -> list[int]:
        """Images in scope, at most `MOST_DUPLICATES`, of which another one is in scope too."""
        question = self.library.resolve(conjoin(ImageFilter(duplicate=(kind,)), NOT_TRASHED, self.viewer.scope))
        ids = (await self.library.ask(lambda index: index.ids(question)))[:MOST_DUPLICATES].tolist()
        groups: dict[int, list[int]] = {}
        if kind is DuplicateKind.SAME_BYTES:
            images = await self.library.store.images(ids, frozenset({"files"}))
            return [i.id for i in images if i is not None and len(files_in_scope(i.files, self.viewer.scope)) > 1]
        async for rows in self.library.store.look_rows(ids):
            column = rows.duplicate_of if kind is DuplicateKind.SAME_PICTURE else rows.burst_of
            for number, leader in zip(rows.id.tolist(), column.tolist(), strict=True):
                groups.setdefault(number if leader == NOBODY else leader, []).append(number)
        return [number for group in groups.values() if len(group) > 1 for number in group]

    async def count(self, asked: ImageFilter) -> int:
        question = await self._below_scope(asked)
        return await self.library.ask(lambda index: index.count(question))

    async def page(
        self,
        asked: ImageFilter,
        sort: Sort,
        limit: int,
        *,
        after: str | None = None,
        before: str | None = None,
        fields: frozenset[str] = EDGES,
    ) -> tuple[Page, list[Image]]:
        """A page and its images with the chosen edges (of files, tags, faces, texts), in the same order."""
        question = await self._below_scope(asked)
        order = await self._weighed(asked, sort)
        page = await self.library.ask(lambda index: index.page(question, order, limit, after=after, before=before))
        images = await self._hydrate(page.ids.tolist(), fields)
        if None in images:  # deleted since the index was asked
            left = [i for i, image in enumerate(images) if image is not None]
            page = replace(page, ids=page.ids[left], cursors=[page.cursors[i] for i in left])
        return page, [image for image in images if image is not None]

    async def _weighed(self, asked: ImageFilter, sort: Sort) -> Sort:
        """Where the best matches come first: what is rare among the viewer's images counts for more."""
        concepts = concepts_named(asked)[:MOST_WEIGHED] if sort.by in (SortBy.RELEVANCE, SortBy.SIMILARITY) else ()
        if len(concepts) < 2:
            return sort
        questions = [await self._below_scope(ImageFilter(tag=TagFilter(any=(concept,)))) for concept in concepts]
        everything = await self._below_scope(ImageFilter())
        total, *shown = await self.library.ask(lambda index: [index.count(one) for one in (everything, *questions)])
        return replace(sort, weights=weighed(concepts, shown, total))

    async def ids(self, asked: ImageFilter) -> NDArray[np.uint32]:
        question = await self._below_scope(asked)
        return await self.library.ask(lambda index: index.ids(question))

    async def visible(self, ids: Sequence[int]) -> list[bool]:
        """Which images the viewer may see, those in the trash too."""
        if not ids:
            return []
        question = await self._below_scope(ImageFilter(), trash=True)
        return await self.library.ask(lambda index: index.visible(question, ids))

    async def images(self, ids: Sequence[int], fields: frozenset[str] = EDGES) -> list[Image | None]:
        """In the order asked; None for what is not there or not to be seen."""
        seen = await self.visible(ids)
        found = iter(await self._hydrate([number for number, there in zip(ids, seen, strict=True) if there], fields))
        return [next(found) if there else None for there in seen]

    async def image(self, image_id: int, fields: frozenset[str] = EDGES) -> Image | None:
        return (await self.images([image_id], fields))[0] if 0 < image_id < 2**32 else None

    async def _hydrate(self, ids: Sequence[int], fields: frozenset[str]) -> list[Image | None]:
        """Images that were found below scope, as the viewer sees them."""
        if not ids:
            return []
        images = await self.library.store.images(ids, fields)
        images = [image and replace(image, tags=merged(image.tags)) for image in images]
        twins = sorted({image.duplicate_of for image in images if image is not None and image.duplicate_of is not None})
        seen = dict(zip(twins, await self.visible(twins), strict=True))
        return [
            None
            if image is None
            else shown(
                image if seen.get(image.duplicate_of or 0, True) else replace(image, duplicate_of=None), self.viewer
            )
            for image in images
        ]

    async def facets(self, asked: ImageFilter, by: FacetBy, limit: int) -> list[FacetValue]:
        """Most frequent first. People who were hidden, or have no name yet, are left out."""
        require_facet(by, self.viewer)
        question = await self._below_scope(asked)
        hidden = {f"person:{person.id}" for person in self.library.people.values() if person.hidden or not person.name}
        more = len(hidden) if by is FacetBy.PERSON else 0
        values = await self.library.ask(lambda index: index.facets(question, by, limit + more))
        if by is FacetBy.TAG:
            return [replace(value, label=self.library.lexicon.label(value.value)) for value in values]
        return [value for value in values if by is not FacetBy.PERSON or value.value not in hidden][:limit]

    async def timeline(self, asked: ImageFilter) -> list[Bucket]:
        question = await self._below_scope(asked)
        return await self.library.ask(lambda index: index.timeline(question))

    async def grid(
        self, asked: ImageFilter, bucket: str | None, sort: Sort, *, offset: int = 0, limit: int | None = None
    ) -> Grid:
        question = await self._below_scope(asked)
        order = await self._weighed(asked, sort)
        return await self.library.ask(lambda index: index.grid(question, bucket, order, offset=offset, limit=limit))

    async def map_clusters(self, asked: ImageFilter, box: Box, zoom: int) -> list[Cluster]:
        """Needs the right to places."""
        self.viewer.require(Capability.LOCATION)
        check(ImageFilter(place=PlaceFilter(box=box)))
        question = await self._below_scope(asked)
        return await self.library.ask(lambda index: index.map_clusters(question, box, zoom))

    async def media(self, image_id: int, *, original: bool = False) -> MediaGrant:
        """Leave to have a picture's bytes. Raises NotFound for what the viewer may not see."""
        if original:
            self.viewer.require(Capability.ORIGINALS)
        image = await self.image(image_id, frozenset())
        if image is None:
            raise NotFound(f"There is no image {image_id}.")
        grant = _granted(image)
        if original:
            whole = (await self.library.store.images([image_id], frozenset({"files"})))[0]
            path = next((file.path for file in whole.files if file.present), "") if whole is not None else ""
            if not path:
                raise NotFound("The file of this picture is not there now; its folder may be offline.")
            grant = replace(grant, original=path)
        return grant

    async def thumbnails(self, ids: Sequence[int]) -> list[MediaGrant | None]:
        """Leave to have many pictures' thumbnails, in the order asked; None for what the viewer may not see."""
        images = await self.images(ids, frozenset())
        return [None if image is None else _granted(image) for image in images]

    async def _seen(self, ids: Iterable[int | None]) -> set[int]:
        wanted = sorted({number for number in ids if number is not None})
        return {number for number, there in zip(wanted, await self.visible(wanted), strict=True) if there}


def _granted(image: Image) -> MediaGrant:
    return MediaGrant(
        image.id,
        image.content_hash,
        image.media_version,
        image.name,
        image.format,
        explicit=is_explicit(image.nsfw),
    )
